"""One object as a plan sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zester.dataclass import dataclass
from zester.errors import InvalidDocument
from zester.resources.kubernetes.names import CONFIRM_DELETION, FINALIZER, RECONCILE_REQUESTED
from zester.resources.kubernetes.parts.mirrored import MirroredSpec
from zester.resources.kubernetes.resource import CustomResource
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.objects.key import KIND_OF, PUBLISHED, ObjectKey
from zester_controller.mirror.plan.problem import Problem

_ORPHAN = "orphan"


@dataclass(frozen=True, slots=True)
class Candidate:
    """``resource`` is None when the object cannot be read; ``problem`` says why."""

    key: ObjectKey
    body: Body
    resource: CustomResource | None
    problem: Problem | None = None

    @classmethod
    def read(cls, key: ObjectKey, body: Body) -> Candidate:
        """Read an object of one of our kinds; its status is not looked at."""
        known = {part: value for part, value in body.items() if part != "status"}
        try:
            resource = KIND_OF[key.plural].model.read({**known, "kind": key.kind})
        except InvalidDocument as error:
            return cls(key, body, None, Problem("InvalidSpec", error.message))
        return cls(key, body, resource)

    @property
    def metadata(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.body["metadata"]
        return found

    @property
    def uid(self) -> str:
        return str(self.metadata.get("uid", ""))

    @property
    def generation(self) -> int:
        return int(self.metadata.get("generation", 0))

    @property
    def published(self) -> bool:
        """Whether objects of its kind become files."""
        return self.key.plural in PUBLISHED

    @property
    def deleting(self) -> bool:
        return bool(self.metadata.get("deletionTimestamp"))

    @property
    def held(self) -> bool:
        """Whether it waits for us before it goes."""
        return FINALIZER in self.metadata.get("finalizers", ())

    @property
    def env(self) -> str:
        return str(self._said("env", "base"))

    @property
    def orphans(self) -> bool:
        """Whether what it published stays when it goes; also asked of what cannot be read."""
        return bool(self._said("deletionPolicy", "Delete") == "Orphan")

    @property
    def suspended(self) -> bool:
        return self._said("suspend", False) is True

    @property
    def priority(self) -> int:
        spec = getattr(self.resource, "spec", None)
        return spec.priority if isinstance(spec, MirroredSpec) else 0

    @property
    def requested(self) -> str | None:
        """The token with which somebody asked for a look."""
        found = self._annotation(RECONCILE_REQUESTED)
        return found[:253] if found else None

    @property
    def confirmed(self) -> int:
        """How many removals somebody said are meant."""
        text = self._annotation(CONFIRM_DELETION) or ""
        return int(text) if text.isdecimal() and len(text) < 10 else 0

    @property
    def origin(self) -> str:
        """What files of this object say they come from."""
        return f"{self.key.kind}/{self.key.name}/{self.uid}"

    @property
    def orphaned(self) -> str:
        """The same when the object is gone and its files stay."""
        return f"{_ORPHAN}/{self.key.kind}/{self.key.name}"

    def _annotation(self, name: str) -> str | None:
        found = (self.metadata.get("annotations") or {}).get(name)
        return found if isinstance(found, str) else None

    def _said(self, field: str, default: object) -> object:
        spec = self.body.get("spec")
        return spec.get(field, default) if isinstance(spec, Mapping) else default


def is_orphan(origin: str) -> bool:
    """Return whether files stay although what they came from is gone."""
    return origin.startswith(f"{_ORPHAN}/")


def is_object(origin: str) -> bool:
    """Return whether files came from an object that may still be there."""
    return plural_of(origin) is not None


def plural_of(origin: str) -> str | None:
    """Return the kind that files came from, None when it is none of ours."""
    name = origin.partition("/")[0]
    return next((plural for plural, kind in KIND_OF.items() if kind.name == name), None)
