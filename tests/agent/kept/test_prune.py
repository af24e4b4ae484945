"""What no state declares any more goes when Zester had made it, and only then."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from support.peel import MakePeel, Push, status_of, until
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import EmbeddedServer
from zester.compiler.tree_options import TreeOptions, read_tree_options
from zester.errors import HostError, SourceError
from zester_peel.agent.kept.belongings import AskedBelongings, StoredBelongings
from zester_peel.agent.kept.pruner import Pruner
from zester_peel.agent.store import Store
from zester_peel.engine.program import build_program
from zester_peel.engine.run.belongings import Made
from zester_peel.host.linux import LinuxHost
from zester_peel.host.protocol import Host

pytestmark = pytest.mark.anyio

TOP = "base:\n  '*':\n    - web\n"
FOLDER = "{p}-dir:\n  file.directory:\n    - name: /srv/{p}\n    - makedirs: True\n"
FILE = "{p}-file:\n  file.managed:\n    - name: /srv/{p}/conf\n    - contents: x\n"
LINK = "{p}-link:\n  file.symlink:\n    - name: /srv/{p}/link\n    - target: conf\n"


def tree(
    *apps: str, options: str | None = "prune: true\n", more: str = ""
) -> dict[str, str | None]:
    states = "".join((FOLDER + FILE + LINK).replace("{p}", app) for app in apps)
    found: dict[str, str | None] = {"states/top.zy": TOP, "states/web.zy": states + more or "{}"}
    return found if options is None else {**found, "zester.yaml": options}


async def applied(bus: Bus, revision: int) -> None:
    async def holds() -> bool:
        status = await status_of(bus)
        return status is not None and status.applied.get("cli") == revision

    await until(f"revision {revision} is applied", holds)


async def test_what_was_made_goes_and_what_was_there_stays(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    peel = make_peel(server.url)
    (peel.root / "srv/b").mkdir(parents=True)
    (peel.root / "srv/b/conf").write_text("mine")
    async with peel.running():
        await push(tree("a", "b", "c"))
        await applied(bus, 1)
        (peel.root / "srv/c/foreign").write_text("not ours")
        await push(tree())
        await applied(bus, 2)
        run = peel.agent.converger.last_run
    assert not (peel.root / "srv/a").exists()
    assert (peel.root / "srv/b/conf").read_text() == "x\n"
    assert not (peel.root / "srv/b/link").is_symlink()
    assert sorted(each.name for each in (peel.root / "srv/c").iterdir()) == ["foreign"]
    assert run is not None
    assert run.changed == 6


async def test_without_the_option_nothing_goes_also_not_later(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    peel = make_peel(server.url)
    async with peel.running():
        await push(tree("a", "b", options=None))
        await applied(bus, 1)
        await push(tree("b"))
        await applied(bus, 2)
        await push(tree())
        await applied(bus, 3)
    assert (peel.root / "srv/a/conf").exists()
    assert (peel.root / "srv/b/conf").exists()


async def test_nothing_goes_while_a_state_fails(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    peel = make_peel(server.url)
    async with peel.running():
        await push(tree("a"))
        await applied(bus, 1)
        await push(tree(more="bad:\n  test.fail_without_changes: []\n"))
        await applied(bus, 2)
        assert (peel.root / "srv/a/conf").exists()
        await push(tree())
        await applied(bus, 3)
    assert not (peel.root / "srv/a").exists()


async def test_too_much_at_once_is_held_back_and_said_once(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    apps = [f"app{number}" for number in range(8)]
    peel = make_peel(server.url)

    async def held() -> str:
        status = await status_of(bus)
        found = [each for each in status.conditions if each.type == "PruneHeld"] if status else []
        return found[0].message if found else ""

    async with peel.running():
        await push(tree(*apps))
        await applied(bus, 1)
        await push(tree())
        await until("it is held", held)
        assert (await held()).startswith("24 things below /srv would be removed, more than")
        assert (peel.root / "srv/app0/conf").exists()
        await push(tree(options="prune: true\nmax_prune: 24\n"))
        await applied(bus, 3)

        async def gone() -> bool:
            return not await held()

        await until("it is not held any more", gone)
    assert list((peel.root / "srv").iterdir()) == []


def test_belongings_outlive_the_process(tmp_path: Path) -> None:
    store = Store(tmp_path / "peel.db")
    belongings = StoredBelongings(store)
    new, old = Made("file", "/new"), Made("directory", "/old")
    belongings.note(new, ref="f:n", function="f", at="web.zy:3", created=True, own=True)
    belongings.found({new: ("f:n", "f", "x"), old: ("f:o", "f", "web.zy:9")})
    store.close()

    again = StoredBelongings(Store(tmp_path / "peel.db"))
    found = [(each.made, each.created, each.origin) for each in again.beyond(())]
    assert found == [(old, False, None), (new, True, "")]
    again.ask({new: "StateTree/web/1", old: "StateTree/old/2", Made("file", "/never"): ""})
    again.ask({old: None})
    again = StoredBelongings(Store(tmp_path / "peel.db"))
    found = [(each.made, each.created, each.origin) for each in again.beyond(())]
    assert found == [(old, False, None), (new, True, "StateTree/web/1")]
    again.keep_asked()
    assert list(StoredBelongings(Store(tmp_path / "peel.db"))) == [new]
    again.drop([old, new])
    assert len(StoredBelongings(Store(tmp_path / "peel.db"))) == 0


def test_of_a_tree_that_does_not_ask_only_what_its_files_ask_for_is_noted(tmp_path: Path) -> None:
    belongings = StoredBelongings(Store(tmp_path / "peel.db"))
    asked, made = AskedBelongings(belongings), Made("file", "/a")
    assert asked.knows(made, own=False)
    assert not asked.knows(made, own=True)
    asked.note(made, ref="f:n", function="f", at="web.zy:3", created=True, own=True)
    assert asked.knows(made, own=True)
    assert list(belongings) == [made]


class Stuck:
    """A host of which nothing can be removed."""

    async def stat(self, path: str) -> SimpleNamespace:
        return SimpleNamespace(kind="file")

    async def remove(self, path: str) -> None:
        raise HostError(f"{path}: read-only file system")


async def test_what_cannot_be_removed_is_told_and_tried_again(tmp_path: Path) -> None:
    belongings = StoredBelongings(Store(tmp_path / "peel.db"))
    for path in ("/a", "/b"):
        made = Made("file", path)
        belongings.note(made, ref="f:n", function="f", at="web.zy:3", created=True, own=True)
    pruner, nothing = Pruner(cast(Host, Stuck()), belongings), build_program([], {})
    outcomes = await pruner.prune(nothing, TreeOptions())
    assert [each.result for each in outcomes] == [False, False]
    assert pruner.reason == "RemovalFailed"
    told = "no state declares /a any more, and it cannot be removed: /a: read-only file system"
    assert pruner.held == f"{told}, and 1 more"
    assert len(belongings) == 2
    pruner = Pruner(LinuxHost(tmp_path), belongings)
    assert await pruner.prune(nothing, TreeOptions()) == []
    assert (pruner.held, len(belongings)) == ("", 0)


class OneFile:
    """A tree of one file."""

    def __init__(self, text: bytes | None) -> None:
        self._text = text

    def read(self, path: str) -> bytes | None:
        return self._text if path == "zester.yaml" else None

    def paths(self) -> tuple[str, ...]:
        return ("zester.yaml",)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (None, TreeOptions()),
        (b"", TreeOptions()),
        (b"prune: true", TreeOptions(prune=True)),
        (b"prune: true\nmax_prune: 0", TreeOptions(prune=True, max_prune=0)),
    ],
)
def test_options_of_a_tree(text: bytes | None, options: TreeOptions) -> None:
    assert read_tree_options(OneFile(text)) == options


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"prun: true", "unknown option 'prun'"),
        (b"prune: perhaps", "true or false"),
        (b"max_prune: -1", "number of resources"),
        (b"max_prune: true", "number of resources"),
        (b"- prune", "must hold a mapping"),
        (b"a: [", "zester.yaml"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_options_that_make_no_sense_are_an_error_of_the_tree(text: bytes, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        read_tree_options(OneFile(text))
