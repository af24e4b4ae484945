"""Heads on the bus: read, move by compare-and-set, look back."""

from __future__ import annotations

import logging

from zester.bus.buckets import HEADS
from zester.bus.hints import send_hint
from zester.bus.keys import Key, escape_token, make_key, split_key
from zester.bus.kv import Entry, Kv
from zester.bus.link.connection import Bus
from zester.errors import BusUnavailable, InvalidDocument, InvalidKey, RevisionConflict
from zester.resources.head import Head
from zester.resources.ids import parse_name

log = logging.getLogger(__name__)


def head_key(env: str, source: str) -> Key:
    """Return the key ``<env>.<source>``."""
    return make_key(env, source)


class Heads:
    """The bucket ``heads``."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.kv = Kv(bus, HEADS, Head)

    async def get(self, env: str, source: str) -> Entry[Head] | None:
        """Return the newest head; raises InvalidDocument when it is not one."""
        return await self.kv.get(head_key(env, source))

    async def of_env(self, env: str) -> tuple[dict[str, Entry[Head]], dict[str, InvalidDocument]]:
        """Return the newest head of each source of an environment, and what is wrong with others.

        One bad head does not hide the good ones.
        """
        records = await self.kv.records.get_many([f"{escape_token(env)}.*"])
        good: dict[str, Entry[Head]] = {}
        bad: dict[str, InvalidDocument] = {}
        for key, record in records.items():
            source = key.partition(".")[2]  # until it is known to be a name
            try:
                source = parse_name(split_key(key)[1], "source")
                head = Head.decode(record.value)
            except InvalidKey as error:
                bad[source] = InvalidDocument(error.message)
            except InvalidDocument as error:
                bad[source] = error
            else:
                good[source] = Entry(key, head, record.revision, record.created)
        return good, bad

    async def history(self, env: str, source: str) -> list[Entry[Head]]:
        """Return the kept heads, oldest first (at most 64); unreadable ones are left out."""
        found: list[Entry[Head]] = []
        async for record in self.kv.records.versions(head_key(env, source)):
            try:
                head = Head.decode(record.value)
            except InvalidDocument as error:
                log.warning("unreadable head", extra={"key": record.key, "error": str(error)})
                continue
            found.append(Entry(record.key, head, record.revision, record.created))
        return found

    async def move(self, env: str, source: str, head: Head, over: Entry[Head] | None) -> None:
        """Make ``head`` the newest, if ``over`` still is; then tell everybody.

        Raises RevisionConflict when somebody else moved it first.
        """
        key = head_key(env, source)
        try:
            if over is None:
                await self.kv.create(key, head)
            else:
                await self.kv.update(key, head, over.revision)
        except RevisionConflict as error:
            raise RevisionConflict(
                f"{env}/{source} was moved by somebody else in the meantime; nothing was changed",
                hint="look at `zester history`, then push again",
            ) from error
        try:
            await send_hint(self.bus, HEADS, key)
        except BusUnavailable as error:
            # The head is committed; peels find it with their next resync.
            log.warning("hint not sent", extra={"key": key, "error": str(error)})
