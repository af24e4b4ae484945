"""What objects refer to, watched where a label asks for that."""

from __future__ import annotations

import logging
from collections.abc import Callable

from zester.errors import ZesterError
from zester_controller.mirror.cluster.watch import Body, Listing, Seen
from zester_controller.mirror.plan.references import Reference

log = logging.getLogger(__name__)


class ReferredWatcher:
    """A Watcher that tells which references changed; keeps nothing of what stands in them."""

    def __init__(self, changed: Callable[[Reference], None]) -> None:
        self._changed = changed
        self._versions: dict[Reference, str] = {}
        self._silent: set[str] = set()

    def listed(self, plural: str, namespace: str | None, listing: Listing | None) -> None:
        """Tell what is not as it was, and what is gone."""
        there = {_reference(plural, body): body for body in (listing.items if listing else ())}
        for reference in [
            known
            for known in self._versions
            if known.plural == plural
            and namespace in (None, known.namespace)
            and known not in there
        ]:
            del self._versions[reference]
            self._changed(reference)
        for reference, body in there.items():
            self._see(reference, body)
        self.heard(plural)

    def seen(self, seen: Seen) -> None:
        """Tell a change."""
        reference = _reference(seen.plural, seen.body)
        if seen.gone:
            self._versions.pop(reference, None)
            self._changed(reference)
        else:
            self._see(reference, seen.body)

    def heard(self, plural: str) -> None:
        """Take notice that this kind is watched."""
        self._silent.discard(plural)

    def failed(self, plural: str, error: ZesterError) -> None:
        """Say so once: what is not watched is read again from time to time."""
        if plural not in self._silent:
            self._silent.add(plural)
            log.warning("references not watched", extra={"kind": plural, "error": str(error)})

    def _see(self, reference: Reference, body: Body) -> None:
        version = str(body["metadata"].get("resourceVersion", ""))
        if self._versions.get(reference) != version:
            self._versions[reference] = version
            self._changed(reference)


def _reference(plural: str, body: Body) -> Reference:
    metadata = body["metadata"]
    return Reference(plural, str(metadata["namespace"]), str(metadata["name"]))
