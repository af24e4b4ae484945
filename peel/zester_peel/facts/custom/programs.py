"""Facts from programs: executable files in ``/etc/zester/facts.d``."""

from __future__ import annotations

import anyio

from zester.errors import FactError, HostError, TransientError
from zester_peel.facts.collect import Facts, collect_facts, source_below
from zester_peel.facts.custom.files import Found, demand_trusted, programs
from zester_peel.facts.custom.reading import LIMIT, read_facts
from zester_peel.facts.source import Source
from zester_peel.host.protocol import HostReader

_AT_ONCE = 4


async def program_facts(
    source: Source, host: HostReader, *, timeout: float = 10.0
) -> tuple[Found, ...]:
    """Run every program, a few at a time; each prints JSON, YAML or lines of ``name=value``.

    What fails, takes longer than ``timeout`` seconds or prints something else is a problem.
    """
    paths = programs(source)
    found: dict[str, Found] = {}
    limiter = anyio.CapacityLimiter(_AT_ONCE)

    async def run(path: str) -> None:
        async with limiter:
            found[path] = await _run(source, host, path, timeout)

    async with anyio.create_task_group() as tasks:
        for path in paths:
            tasks.start_soon(run, path)
    return tuple(found[path] for path in paths)


async def collect_all_facts(node_id: str, host: HostReader) -> Facts:
    """Collect the facts of a machine once, with those of its programs."""
    source = source_below(node_id, host.root)
    return collect_facts(node_id, host.root, await program_facts(source, host))


async def _run(source: Source, host: HostReader, path: str, timeout: float) -> Found:
    try:
        demand_trusted(source, path)
        done = await host.probe((str(source.root / path.lstrip("/")),), cwd="/", timeout=timeout)
        if done.returncode:
            said = " ".join(done.stderr.split())[:200]
            raise FactError(f"it ended with {done.returncode}{': ' if said else ''}{said}")
        if done.truncated or len(done.stdout) > LIMIT:
            raise FactError(f"it printed more than {LIMIT} characters")
        return Found(path, read_facts(done.stdout))
    except (FactError, HostError, TransientError) as error:
        return Found(path, problem=str(error))
