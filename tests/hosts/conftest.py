"""Real hosts: everything here runs as root in the namespaces that ``tests/hosts/run`` makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hosts.network import Namespace, run
from hosts.realm import PEEL, STATE, FoundedRealm
from hosts.site import Site
from support.machines.host import ManagedHost

MARK = Path("/run/zester-hosts")

Figure = Callable[[str], None]
"""Tells a measured figure; all are printed at the end."""

MakeHost = Callable[..., ManagedHost]
"""``make_host(**settings)`` starts the peel of ``host`` with these settings."""

Mount = Callable[..., None]
"""``mount(folder, "-t", "tmpfs", …)``; unmounted after the test."""

FIGURES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = []
    if not MARK.exists():
        raise pytest.UsageError("these tests change the machine they run on: use `make hosts`")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if config.stash[FIGURES]:
        terminalreporter.section("figures")
        for line in config.stash[FIGURES]:
            terminalreporter.line(line)


@pytest.fixture
def figure(pytestconfig: pytest.Config) -> Figure:
    return pytestconfig.stash[FIGURES].append


@pytest.fixture
def here() -> Iterator[Namespace]:
    """A network namespace that server and peel share."""
    namespace = Namespace("here")
    yield namespace
    namespace.remove()


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> FoundedRealm:
    """A realm with one machine, ``web-01``; founded once, every site has a copy."""
    realm, network = FoundedRealm(tmp_path_factory.mktemp("founded")), Namespace("founding")
    with ExitStack() as stack:
        stack.callback(network.remove)
        realm.init()
        site = Site(tmp_path_factory.mktemp("founding"), network, realm)
        stack.callback(site.stop)
        site.start()
        word = site.zester("enroll", "token", "create").stdout
        realm.enroll(word, realm.folder / STATE, PEEL, network)
    realm.keep_server()
    return realm


@pytest.fixture
def site(tmp_path: Path, here: Namespace, founded: FoundedRealm) -> Iterator[Site]:
    """A running site."""
    made = Site(tmp_path / "site", here, founded)
    with ExitStack() as stack:
        stack.callback(made.stop)
        made.start()
        yield made


@pytest.fixture
def mount() -> Iterator[Mount]:
    with ExitStack() as stack:

        def mounted(folder: Path, *options: str) -> None:
            folder.mkdir(parents=True, exist_ok=True)
            run("mount", *options, str(folder))
            stack.callback(run, "umount", "--lazy", str(folder))

        yield mounted


@pytest.fixture
def make_host(tmp_path: Path, site: Site, here: Namespace, mount: Mount) -> Iterator[MakeHost]:
    """Start the peel; it must still run when the test ends.

    ``mount`` comes first, so that the peel ends before its file systems go.
    """
    with ExitStack() as stack:

        def start(*, entering: tuple[str, ...] = (), **settings: object) -> ManagedHost:
            made = ManagedHost(
                tmp_path / PEEL,
                site.url,
                entering=(*here.entering, *entering),
                inside=here.inside,
                settings=settings,
            )
            site.realm.admit(made.state)
            stack.callback(made.stop)
            made.start()
            stack.callback(_still_runs, made)
            site.wait_for(made.name)
            return made

        yield start


@pytest.fixture
def host(make_host: MakeHost) -> ManagedHost:
    """A running peel with common settings."""
    return make_host()


def _still_runs(host: ManagedHost) -> None:
    assert host.alive, f"{host.name} has ended: {host.log()[-4000:]}"
