"""Sources that remember what a state took from settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from zester.dataclass import dataclass
from zester_peel.engine.content import Content, Sources


@dataclass(slots=True)
class RecordingSources:
    """The same sources; ``rendered`` holds each text that was rendered, ``values`` each setting."""

    sources: Sources
    rendered: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    async def fetch(self, url: str) -> Content | None:
        return await self.sources.fetch(url)

    def list(self, url: str) -> tuple[str, ...]:
        return self.sources.list(url)

    def value(self, kind: Literal["settings", "facts"], key: str, *, delimiter: str = ":") -> Any:  # noqa: ANN401 - data of a tree
        found = self.sources.value(kind, key, delimiter=delimiter)
        self.values.append(found)
        return found

    async def render(self, text: str, *, name: str, sls: str, context: Mapping[str, Any]) -> str:
        found = await self.sources.render(text, name=name, sls=sls, context=context)
        self.rendered.append(found)
        return found
