"""A tree without files, for states that take nothing from one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zester_peel.engine.content import Content


class NoFiles:
    """Has no file, no setting and no fact; a template is its own text."""

    async def fetch(self, url: str) -> Content | None:
        return None

    def list(self, url: str) -> tuple[str, ...]:
        return ()

    def value(self, kind: str, key: str, *, delimiter: str = ":") -> None:
        return None

    async def render(self, text: str, *, name: str, sls: str, context: Mapping[str, Any]) -> str:
        return text
