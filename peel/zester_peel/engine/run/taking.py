"""What a state takes from its tree: where that is the same, it is resolved to the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from zester_peel.engine.content import Content, Sources, Version

Taken = Mapping[str, Version | None]
"""Files by URL, None for one that is not there."""

NOTHING: Taken = {}


class Taking:
    """Sources that note what one state is given."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._files: dict[str, Version | None] = {}
        self._more = False

    @property
    def taken(self) -> Taken | None:
        """The files; None when there was more: a rendered template, a setting, a list."""
        if self._more:
            return None
        return self._files or NOTHING

    async def fetch(self, url: str) -> Content | None:
        found = await self._sources.fetch(url)
        self._more |= found is not None and found.mode is None
        self._files[url] = None if found is None else (found.digest, found.mode or 0)
        return found

    def list(self, url: str) -> tuple[str, ...]:
        self._more = True
        return self._sources.list(url)

    def value(self, kind: Literal["settings", "facts"], key: str, *, delimiter: str = ":") -> Any:  # noqa: ANN401 - data of a tree
        self._more = True
        return self._sources.value(kind, key, delimiter=delimiter)

    async def render(self, text: str, *, name: str, sls: str, context: Mapping[str, Any]) -> str:
        self._more = True
        return await self._sources.render(text, name=name, sls=sls, context=context)
