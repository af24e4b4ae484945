"""A draft as the compiler's checks read it, beside what other sources have."""

from __future__ import annotations

from collections.abc import Mapping

from zester_controller.mirror.plan.draft import Draft


class DraftView:
    """``beside`` are the files of other sources: their paths, and the content where it matters.

    What is published already was checked when it was, and looks empty; top files (``tops``) are
    checked again, for what they name may be gone.
    """

    def __init__(
        self, draft: Draft, beside: Mapping[str, bytes], tops: Mapping[str, bytes]
    ) -> None:
        self._draft = draft
        self._beside = beside
        self._tops = tops
        self._paths = tuple(sorted({*beside, *draft.paths}))

    def read(self, path: str) -> bytes | None:
        fresh = self._draft.fresh.get(path)
        if fresh is not None:
            return fresh.data
        if path in self._draft.carried:
            return self._tops.get(path, b"")
        return self._beside.get(path)

    def paths(self) -> tuple[str, ...]:
        return self._paths
