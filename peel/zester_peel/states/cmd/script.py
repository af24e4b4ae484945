"""``cmd.script`` and ``cmd.wait_script``: scripts of the tree."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Literal

import anyio
from pydantic import BeforeValidator, PrivateAttr, model_validator

from zester.errors import StateError
from zester_peel.engine.content import Sources
from zester_peel.engine.fields import read_texts
from zester_peel.engine.state import EVERYTHING, Applied, Plan, State
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.cmd.command import CommandSpec, carry_out
from zester_peel.states.cmd.run import demand_folder
from zester_peel.states.file.body import Body, body_from, chunks, renderer, small
from zester_peel.states.file.source import read_sources, read_template

_FOLDER = "/tmp"  # noqa: S108 - the name is random and the file is renamed into place
_LIMIT = 16 * 1024 * 1024


def _read_args(value: object) -> tuple[str, ...]:
    """Read arguments: a list, or one text as a shell would split it."""
    return tuple(shlex.split(value)) if isinstance(value, str) else read_texts(value)


class ScriptSpec(CommandSpec):
    """Parameters of ``cmd.script`` and ``cmd.wait_script``.

    Without ``source`` the first word of ``name`` is the script. Words after the first are its
    arguments where ``args`` are missing.
    """

    source: Annotated[tuple[str, ...], BeforeValidator(read_sources)] | None = None
    args: Annotated[tuple[str, ...], BeforeValidator(_read_args)] | None = None
    template: Annotated[Literal["jinja"] | None, BeforeValidator(read_template)] = None
    context: dict[str, Any] | None = None
    defaults: dict[str, Any] | None = None

    _body: Body | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _has_source(self) -> ScriptSpec:
        if self.source is None:
            read_sources(self.name.split(maxsplit=1)[0] if self.name.strip() else self.name)
        if self.args is None:
            shlex.split(self.name)
        return self

    @property
    def words(self) -> tuple[str, ...]:
        return self.args if self.args is not None else tuple(shlex.split(self.name)[1:])


class Script(State[ScriptSpec, None]):
    """A script of the tree that runs each time it is asked for."""

    function: ClassVar[str] = "cmd.script"
    imperative: ClassVar[bool] = True
    spec = ScriptSpec

    async def resolve(self, spec: ScriptSpec, sources: Sources, *, sls: str) -> ScriptSpec:
        render = None
        if spec.template is not None:
            render = renderer(sources, sls, {**(spec.defaults or {}), **(spec.context or {})})
        candidates = spec.source or (spec.name.split(maxsplit=1)[0],)
        resolved = spec.model_copy(update={"context": None, "defaults": None})
        resolved._body = await body_from(candidates, sources, render, None)
        return resolved

    def requires(self, spec: ScriptSpec) -> Iterable[str]:
        return spec.needs

    def locks(self, spec: ScriptSpec) -> Iterable[str]:
        return (EVERYTHING,)

    async def observe(self, host: HostReader, spec: ScriptSpec) -> None:
        return None

    def plan(self, spec: ScriptSpec, observed: None) -> Plan:
        return Plan({"cmd": spec.name}, f"Command '{spec.name}' would have been executed")

    async def apply(self, host: Host, spec: ScriptSpec, plan: Plan) -> Applied:
        if spec._body is None:
            raise StateError(f"script {spec.name} has no content")
        await demand_folder(host, spec)
        owner = None if spec.runas is None else host.user_id(spec.runas)
        if spec.runas is not None and owner is None:
            raise StateError(f"cannot run a script as {spec.runas!r}: there is no such user")
        content = await spec._body.now(host)
        path = f"{_FOLDER}/.zester-script-{secrets.token_hex(8)}"
        await host.mkdir(_FOLDER, mode=0o1777)
        begins = small(content, _LIMIT)
        if begins is None:
            raise StateError(f"script {spec.name} is too large: {content.size} bytes")
        await host.write(path, chunks(content), mode=0o500, uid=owner)
        where = str(host.real(path))
        # without a first line that names its interpreter the kernel would not start it
        start = (where,) if begins.startswith(b"#!") else (spec.shell, where)
        try:
            argv = (*start, *spec.words)
            return await carry_out(host, spec, argv, spec.launch(), f"Command '{spec.name}' run")
        finally:
            if not spec.bg:  # who runs in the background still reads it
                await _remove(host, path)


async def _remove(host: Host, path: str) -> None:
    with anyio.CancelScope(shield=True):
        await host.remove(path)


class WaitScript(Script):
    """A script of the tree that runs when a state it watches has changed."""

    function: ClassVar[str] = "cmd.wait_script"
    reactive: ClassVar[bool] = True
