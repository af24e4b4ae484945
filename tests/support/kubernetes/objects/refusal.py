"""What the server answers when it does not do what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.kind import Kind


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that is wrong; ``reason`` such as ``FieldValueInvalid``."""

    reason: str
    field: str
    message: str

    def document(self) -> Json:
        return {"reason": self.reason, "field": self.field, "message": self.message}


class Refusal(Exception):
    """A request that fails, as the ``Status`` a client gets."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        details: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.headers = dict(headers or {})

    def status(self) -> Json:
        """Return the body of the answer."""
        found: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        }
        if self.details is not None:
            found["details"] = self.details
        return found


def bad_request(message: str) -> Refusal:
    return Refusal(400, "BadRequest", message)


def not_found(kind: Kind, name: str) -> Refusal:
    return Refusal(
        404, "NotFound", f'{kind.resource} "{name}" not found', details=_about(kind, name)
    )


def already_exists(kind: Kind, name: str) -> Refusal:
    return Refusal(
        409, "AlreadyExists", f'{kind.resource} "{name}" already exists', details=_about(kind, name)
    )


def conflict(kind: Kind, name: str, why: str) -> Refusal:
    """Return that the object is not what the writer took it for."""
    return Refusal(
        409,
        "Conflict",
        f'Operation cannot be fulfilled on {kind.resource} "{name}": {why}',
        details=_about(kind, name),
    )


def invalid(kind: Kind, name: str, causes: Sequence[Cause]) -> Refusal:
    """Return everything that is wrong with an object at once."""
    told = [f"{cause.field}: {cause.message}" if cause.field else cause.message for cause in causes]
    return Refusal(
        422,
        "Invalid",
        f'{kind.qualified} "{name}" is invalid: '
        + (told[0] if len(told) == 1 else "[" + ", ".join(told) + "]"),
        details={
            "name": name,
            "group": kind.group,
            "kind": kind.name,
            "causes": [cause.document() for cause in causes],
        },
    )


def expired(message: str) -> Refusal:
    """Return that what was asked for is older than what the server remembers."""
    return Refusal(410, "Expired", message)


def _about(kind: Kind, name: str) -> Json:
    return {"name": name, "group": kind.group, "kind": kind.plural}
