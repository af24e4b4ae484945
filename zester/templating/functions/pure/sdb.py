"""``sdb.get``."""

from __future__ import annotations

from typing import NoReturn

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.scope import Scope


def get(scope: Scope, uri: str, **options: Value) -> NoReturn:
    """Refuse: raises RenderError."""
    raise RenderError(
        f"there is no sdb here: {uri!r}",
        hint="put the value into a settings file and read it with pillar.get",
    )
