"""``state.…``: look at the desired state, converge to it or to some of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from zester.compiler.high.high_data import high_data
from zester.errors import StateError
from zester.targeting.value import Value
from zester_peel.engine.outcome import RunResult
from zester_peel.modules.calling.call import Answer, Call
from zester_peel.modules.calling.salt_result import as_salt


def _read_files(value: object) -> tuple[str, ...]:
    """Read names of state files: a list, or one text with commas."""
    texts = value.split(",") if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise ValueError("expected names of state files")
    return tuple(text.strip() for text in texts if text.strip())


StateFiles = Annotated[tuple[str, ...], BeforeValidator(_read_files)]
Settings = dict[str, Any]


async def apply(
    call: Call,
    mods: StateFiles = (),
    test: bool | None = None,
    pillar: Settings | None = None,
    saltenv: str | None = None,
    queue: bool = True,
    force: bool = False,
) -> Answer:
    """Converge to the named state files, without names to all that the top file assigns.

    ``pillar`` is laid over the settings for this one run. A peel that is suspended or only observes
    refuses unless ``force`` is true. Runs wait for each other: ``queue`` is there for Salt's sake.
    """
    over = dict(pillar) if pillar else None
    wanted = tuple(mods) or None
    states, only_test = call.around.states, _test(call, test)
    return _told(await states.apply(wanted, test=only_test, over=over, force=force))


async def highstate(
    call: Call,
    test: bool | None = None,
    pillar: Settings | None = None,
    queue: bool = True,
    force: bool = False,
) -> Answer:
    """Converge to all that the top file assigns."""
    return await apply(call, (), test, pillar, queue=queue, force=force)


async def sls(
    call: Call,
    mods: StateFiles,
    test: bool | None = None,
    pillar: Settings | None = None,
    saltenv: str | None = None,
    queue: bool = True,
    force: bool = False,
) -> Answer:
    """Converge to the named state files."""
    if not mods:
        raise StateError("no state file is named")
    return await apply(call, mods, test, pillar, saltenv, queue, force)


async def dry_run(call: Call, mods: StateFiles = (), pillar: Settings | None = None) -> Answer:
    """Tell what ``apply`` would change; change nothing."""
    return await apply(call, mods, True, pillar)


async def single(
    call: Call,
    fun: str,
    name: str | None = None,
    test: bool | None = None,
    force: bool = False,
    **kwargs: Value,
) -> Answer:
    """Run one state, such as ``file.managed`` with ``name=/etc/motd contents=hello``."""
    if name is None:
        raise StateError(f"{fun}: parameter 'name' is missing")
    states, only_test = call.around.states, _test(call, test)
    return _told(await states.single(fun, name, kwargs, test=only_test, force=force))


async def show_highstate(call: Call) -> Mapping[str, Any]:
    """Answer what all assigned state files declare."""
    return high_data((await call.around.states.compiled(None)).chunks)


async def show_lowstate(call: Call) -> list[dict[str, Any]]:
    """Answer the states of this peel in the order of their definition."""
    return [chunk.as_salt() for chunk in (await call.around.states.compiled(None)).chunks]


async def show_sls(
    call: Call, mods: StateFiles, pillar: Settings | None = None
) -> Mapping[str, Any]:
    """Answer what the named state files declare."""
    return high_data((await call.around.states.compiled(mods, pillar)).chunks)


async def show_low_sls(
    call: Call, mods: StateFiles, pillar: Settings | None = None
) -> list[dict[str, Any]]:
    """Answer the states of the named state files in the order of their definition."""
    return [chunk.as_salt() for chunk in (await call.around.states.compiled(mods, pillar)).chunks]


async def show_top(call: Call) -> list[str]:
    """Answer the state files that the top file assigns."""
    return list((await call.around.states.compiled(None)).sls)


def _test(call: Call, given: bool | None) -> bool:
    return call.test if given is None else given


def _told(result: RunResult) -> Answer:
    good = not result.failed
    return Answer(as_salt(result), ok=good, retcode=0 if good else 2)
