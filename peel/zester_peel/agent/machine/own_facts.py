"""The facts that commands set, kept beside those of the administrators."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio

from zester.errors import FactError
from zester_peel.agent.machine.machine import Machine
from zester_peel.facts.collect import collect, source_below
from zester_peel.facts.custom.files import FOLDER
from zester_peel.facts.custom.reading import LIMIT, read_facts
from zester_peel.host.protocol import Host

FILE = f"{FOLDER}/zz-commands.json"
"""The last of the folder by name: what a command set counts more than other files."""


class StoredFacts:
    """One JSON file below the root.

    ``refresh`` has the machine's facts collected again, ``collect`` also asks programs.
    """

    def __init__(
        self,
        machine: Machine,
        host: Host,
        refresh: Callable[[], object],
        collect: Callable[[], Awaitable[None]],
    ) -> None:
        self._machine = machine
        self._host = host
        self._refresh = refresh
        self._collect = collect
        self._lock = anyio.Lock()

    async def collect(self) -> None:
        """Collect all facts anew, also those that programs tell."""
        await self._collect()

    async def change(self, edit: Callable[[dict[str, Any]], None], *, test: bool) -> None:
        """Have ``edit`` change what was set before; nothing is written that is the same.

        With ``test`` only looks whether it could be. Raises FactError for what cannot be a fact or
        is one of the machine itself, HostError.
        """
        async with self._lock:
            before = await self._read()
            after = json.loads(json.dumps(before))
            edit(after)
            if after == before:
                return
            self._demand_possible(after)
            if test:
                return
            await self._write(after)
            self._refresh()
            wrong = [
                name
                for name, value in after.items()
                if value != before.get(name) and self._machine.facts.get(name) != value
            ]
            if wrong:
                reason = self._reason()
                await self._write(before)
                self._refresh()
                raise FactError(
                    f"{', '.join(wrong)} could not be set: {reason}",
                    hint="`zester-peel facts` on the machine tells what is wrong with its facts",
                )

    async def _read(self) -> dict[str, Any]:
        if await self._host.stat(FILE) is None:
            return {}
        return read_facts((await self._host.read(FILE, limit=4 * LIMIT)).decode("utf-8", "replace"))

    async def _write(self, values: dict[str, Any]) -> None:
        if not values:
            await self._host.remove(FILE)
            return
        await self._host.mkdir(FOLDER, parents=True)
        text = json.dumps(values, indent=2, ensure_ascii=False, sort_keys=True)
        await self._host.write(FILE, f"{text}\n".encode(), mode=0o644)

    def _demand_possible(self, values: dict[str, Any]) -> None:
        try:
            text = json.dumps(values, ensure_ascii=False, allow_nan=False)
        except ValueError as error:
            raise FactError(f"not a fact: {error}") from error
        if read_facts(text) != values:
            raise FactError("not a fact: JSON would change it")
        source = source_below(self._machine.node, Path(self._host.root))
        taken = sorted({*collect(source).values, "labels"}.intersection(values))
        if taken:
            raise FactError(f"{', '.join(taken)}: a fact of the machine itself")

    def _reason(self) -> str:
        return self._machine.problems.get(FILE) or "a program of the machine says otherwise"
