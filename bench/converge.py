"""Converging a whole tree: at first, with nothing to do, and in a process that has done it."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from bench.apps import write_apps
from bench.figures import Figure
from bench.render import SALT
from zester.compiler.compile import compile_node
from zester.compiler.roots import Roots
from zester.compiler.settings.argument import settings_argument
from zester.compiler.template_renderer import TemplateRenderer
from zester.targeting.node import NodeView
from zester.templating.cache.library import Library
from zester.trees.folder import FolderFiles
from zester_peel.agent.offers import offers
from zester_peel.agent.sources import FolderSources
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause
from zester_peel.facts.collect import collect_facts
from zester_peel.host.linux import LinuxHost
from zester_peel.states.registry import REGISTRY

ROUNDS = 3
SHARES = {100: 1 / 4, 1000: 1 / 5}
"""The part of the peer's time that a new process may take for so many states."""
RUNNING = 1 / 20
NOTED = {100: 1.98, 1000: 6.1}
"""Seconds the peer took on the machine the budgets were written on."""


def measure() -> list[Figure]:
    """Apply trees of 100 and 1,000 states; the peer in turns with us where it is there."""
    figures = []
    for states in SHARES:
        with TemporaryDirectory(prefix="zester-bench-") as place:
            figures += _tree(Path(place), states)
    return figures


def _tree(place: Path, states: int) -> list[Figure]:
    write_apps(place, place / "made", states)
    for argv in (_ours(place), *((_salt(place),) if SALT.exists() else ())):
        _seconds(argv, place)  # compiles its modules, as installing does
    first, idle, theirs = [], [], []
    for _ in range(ROUNDS):
        shutil.rmtree(place / "made", ignore_errors=True)
        first.append(_seconds(_ours(place), place))
        idle.append(_seconds(_ours(place), place))
        if SALT.exists():
            theirs.append(_seconds(_salt(place), place))
    peer = statistics.median(theirs) if theirs else NOTED[states]
    beside = f"{'Salt' if theirs else 'Salt (noted)'} {peer:.2f} s"
    budget = round(peer * SHARES[states], 2)
    figures = []
    if states == min(SHARES):
        figures = [Figure(f"first apply of {states} states", statistics.median(first), budget, "s")]
    return [
        *figures,
        Figure(f"no-op of {states} states, {beside}", statistics.median(idle), budget, "s"),
        Figure(
            f"the same in a running process, {states} states",
            anyio.run(_running, place) * 1000,
            round(peer * RUNNING * 1000),
            "ms",
        ),
    ]


def _ours(folder: Path) -> tuple[str, ...]:
    program = (sys.executable, "-m", "zester_peel.main", "apply", str(folder / "states"))
    return (*program, "--id", "bench", "--settings", str(folder / "settings"), "-o", "json")


def _salt(folder: Path) -> tuple[str, ...]:
    """Let the peer look at what we made: it finds nothing to do, and may not do anything."""
    config = folder / "salt"
    config.mkdir(exist_ok=True)
    states, settings = (json.dumps({"base": [str(folder / n)]}) for n in ("states", "settings"))
    (config / "minion").write_text(
        f"root_dir: {config}\nid: bench\nfile_client: local\nfile_roots: {states}\n"
        f"pillar_roots: {settings}\nlog_file: {config}/log\nenable_fqdns_grains: False\n"
    )
    return (str(SALT), "--local", "-c", str(config), "state.apply", "test=True", "--out=json")


def _seconds(argv: tuple[str, ...], place: Path) -> float:
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(place / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # both start from compiled modules
    start = time.perf_counter()
    subprocess.run(argv, check=True, capture_output=True, env=environment)
    return time.perf_counter() - start


async def _running(folder: Path) -> float:
    """Return the seconds of a look at everything, by a process that has resolved everything."""
    facts = collect_facts("bench", Path("/")).values
    view, files, library, providers = (
        NodeView(id="bench", facts=facts),
        FolderFiles(folder / "states"),
        Library(),
        offers(),
    )
    given = settings_argument(
        folder / "settings", view, env="base", library=library, providers=providers
    )
    compiled = compile_node(
        files, view, settings=given, roots=Roots(), library=library, providers=providers
    )
    renderer = TemplateRenderer(
        files,
        view,
        settings=compiled.settings,
        env="base",
        roots=Roots(),
        library=library,
        providers=providers,
    )
    engine = Engine(
        LinuxHost(Path("/")), REGISTRY, FolderSources(files, root="", renderer=renderer)
    )
    program = engine.program(compiled.chunks)
    await engine.run(program, cause=Cause.COMMAND)
    samples = []
    for _ in range(ROUNDS * 3):
        start = time.perf_counter()
        result = await engine.run(program, cause=Cause.RESYNC)
        samples.append(time.perf_counter() - start)
        if result.failed or result.changed:
            raise SystemExit(f"not as wished: {result.failed or result.changed}")
    return statistics.median(samples)
