"""One state at a time on a machine below a temporary folder, with a tree of files."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import pytest

from support.machines.single_state import run_state
from zester.errors import At, RenderError, StateError
from zester.targeting.paths import MISSING, lookup
from zester_peel.engine.content import Content
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, Outcome
from zester_peel.host.linux import LinuxHost
from zester_peel.states.registry import REGISTRY


class Tree:
    """Files of a tree in memory; templates know ``{{name}}`` only."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.modes: dict[str, int] = {}
        self.values: dict[str, Any] = {}

    async def fetch(self, url: str) -> Content | None:
        path = url.partition("://")[2]
        data = self.files.get(path)
        if data is None:
            return None
        digest = hashlib.sha256(data).hexdigest()
        return Content(digest, len(data), data, mode=self.modes.get(path))

    def list(self, url: str) -> tuple[str, ...]:
        prefix = url.partition("://")[2]
        prefix = f"{prefix.rstrip('/')}/" if prefix else ""
        return tuple(sorted(path for path in self.files if path.startswith(prefix)))

    def value(self, kind: Literal["settings", "facts"], key: str, *, delimiter: str = ":") -> Any:  # noqa: ANN401 - data of a tree
        found = lookup(self.values, f"{kind}{delimiter}{key}", MISSING, delimiter=delimiter)
        if found is MISSING:
            raise StateError(f"there is no {kind.removesuffix('s')} {key!r}")
        return found

    async def render(self, text: str, *, name: str, sls: str, context: Mapping[str, Any]) -> str:
        for key, value in {**context, "sls": sls, "source": name}.items():
            text = text.replace("{{" + key + "}}", str(value))
        if "{{" in text:
            raise RenderError("undefined variable", at=At(name, 1))
        return text


Call = Callable[..., Awaitable[Outcome]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def tree() -> Tree:
    return Tree()


@pytest.fixture
def engine(root: Path, tree: Tree) -> Engine:
    return Engine(LinuxHost(root), REGISTRY, tree)


@pytest.fixture
def call(engine: Engine) -> Call:
    """Run one state: ``await call("file.managed", "/etc/motd", contents="x", test=True)``."""

    async def run(
        function: str,
        name: str,
        *,
        test: bool = False,
        cause: Cause = Cause.REVISION,
        **args: object,
    ) -> Outcome:
        return await run_state(engine, function, name, args, test=test, cause=cause)

    return run
