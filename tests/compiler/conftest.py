"""Trees in memory and a compiler for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from zester.compiler.compile import Compiled, compile_node
from zester.targeting.node import NodeView


class MemoryFiles:
    """Files by path."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self.files = dict(files)

    def read(self, path: str) -> bytes | None:
        data = self.files.get(path)
        return data.encode() if isinstance(data, str) else data

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))


@pytest.fixture
def memory_files() -> type[MemoryFiles]:
    return MemoryFiles


@pytest.fixture
def node() -> NodeView:
    return NodeView(
        id="web1",
        facts={"id": "web1", "os": "Debian", "os_family": "Debian"},
        labels={"role": "web"},
    )


@pytest.fixture
def compiled(node: NodeView) -> Callable[..., Compiled]:
    """Compile a tree given as paths and texts."""

    def run(
        files: Mapping[str, str | bytes], sls: Sequence[str] | None = None, **options: object
    ) -> Compiled:
        return compile_node(MemoryFiles(files), node, sls=sls, **options)  # type: ignore[arg-type]  # options of the tests

    return run


@pytest.fixture
def low(compiled: Callable[..., Compiled]) -> Callable[..., list[dict[str, object]]]:
    """Compile state files named from ``states/`` and return Salt's chunks."""

    def run(**files: str) -> list[dict[str, object]]:
        tree = {f"states/{name}.sls": text for name, text in files.items()}
        return [chunk.as_salt() for chunk in compiled(tree, ["main"]).chunks]

    return run
