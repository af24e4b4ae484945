"""What template functions may look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from zester.dataclass import dataclass
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.cache.library import Library
from zester.templating.providers import Providers
from zester.templating.recorded import RecordedFiles

Function = Callable[..., Value]


class Place(Protocol):
    """The session a template is rendered in: its tree and the way to render more of it."""

    files: RecordedFiles
    root: str
    library: Library

    def text(self, name: str) -> str | None:
        """Return the text of a file below the root, None when there is none."""
        ...

    def render_part(self, text: str, name: str, variables: Mapping[str, Value]) -> str:
        """Render a text within the rendering that goes on; raises RenderError."""
        ...

    def weigh(self, value: Value) -> None:
        """Refuse a value that would be too large as text; raises LimitReached."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """One node as templates see it; templates may change these mappings, as in Salt.

    ``call`` calls any function by its name.
    """

    id: str
    env: str
    facts: Mapping[str, Value]
    settings: Mapping[str, Value]
    opts: Mapping[str, Value]
    node: NodeView
    place: Place
    providers: Providers
    call: Function
