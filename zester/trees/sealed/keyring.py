"""The keyring as everybody may read it: each scope's public keys, vouched for by a master."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from zester.bus.buckets import KEYRING
from zester.bus.link.connection import Bus
from zester.bus.link.message import Message
from zester.bus.records import Record, Records
from zester.bus.signed import place_of, stored_at
from zester.errors import (
    BusRefused,
    BusUnavailable,
    InvalidDocument,
    StaleRevision,
    Untrusted,
    WrongAddressee,
    ZesterError,
)
from zester.resources.manifest import FileEntry
from zester.resources.sealing.keyring_request import KeyringAnswer, KeyringRequest
from zester.resources.sealing.scope_keys import ScopeKeys
from zester.trees.sealed.scopes import scope_of
from zester.trust.verifier import Verifier

ENSURE = "zester.keyring.ensure"
"""Subject on which a master makes keys."""

AT_ONCE = 500
"""Scopes of one request or read."""

ANSWER_WITHIN = 10.0
TRIES = 3


class Keyring:
    """The bucket ``keyring``, read by somebody who believes the masters of one environment."""

    def __init__(self, bus: Bus, verifier: Verifier) -> None:
        self._bus = bus
        self._records = Records(bus, KEYRING, timeout=30.0)
        self._verifier = verifier

    async def get(
        self, scopes: Iterable[str], bad: dict[str, ZesterError] | None = None
    ) -> dict[str, ScopeKeys]:
        """Return the keys of those scopes that have any.

        Raises Untrusted, InvalidDocument, unless ``bad`` takes up what is wrong with single scopes.
        """
        found: dict[str, ScopeKeys] = {}
        for part in _parts(scopes):
            for key, record in (await self._records.get_many(part)).items():
                try:
                    found[key] = read_scope_keys(record, self._verifier)
                except (Untrusted, InvalidDocument) as error:
                    if bad is None:
                        raise
                    bad[key] = error
        return found

    async def ensure(self, scopes: Iterable[str], *, rotate: bool = False) -> dict[str, ScopeKeys]:
        """Return the keys of scopes, having a master make those that are missing or to be rotated.

        What cannot be read counts as missing: the master makes it anew from what it can prove.
        ``rotate`` has it make a new generation of each. Raises BusUnavailable (no master answers),
        BusRefused (it says no), Untrusted.
        """
        wanted = tuple(dict.fromkeys(scopes))
        found = {} if rotate else await self.get(wanted, {})
        lacking = [scope for scope in wanted if scope not in found or found[scope].rotate]
        if not lacking:
            return found
        for part in _parts(lacking):
            await self._ask(KeyringRequest(scopes=tuple(part), rotate=rotate))
        found.update(await self.get(lacking))
        gone = [scope for scope in lacking if scope not in found]
        if gone:
            raise BusUnavailable(f"the master made no key for scope {gone[0]}", retry_after=5.0)
        return found

    async def _ask(self, request: KeyringRequest) -> None:
        try:
            answer = await self._answer(request)
        except BusUnavailable as error:
            raise BusUnavailable(
                f"no master makes keys for {len(request.scopes)} settings files: {error.message}",
                hint="new settings files need a running master once, which makes their keys",
                retry_after=5.0,
            ) from error
        said = KeyringAnswer.decode(answer.data)
        if said.error:
            raise BusRefused(f"the master makes no keys: {said.error}")

    async def _answer(self, request: KeyringRequest) -> Message:
        """Ask again while one master takes over from another, unless that made keys twice."""
        data = request.encode()
        if not request.rotate:
            for _ in range(TRIES - 1):
                with suppress(BusUnavailable):
                    return await self._bus.request(ENSURE, data, timeout=ANSWER_WITHIN)
                if not self._bus.connected:
                    break
        return await self._bus.request(ENSURE, data, timeout=ANSWER_WITHIN)


def read_scope_keys(record: Record, verifier: Verifier) -> ScopeKeys:
    """Return the keys that a stored envelope holds; raises Untrusted, InvalidDocument."""
    place = place_of(KEYRING, record.key)
    verified = verifier.open(record.value, place, stored=stored_at(record))
    try:
        keys = ScopeKeys.decode(verified.payload)
    except InvalidDocument as error:
        raise InvalidDocument(f"{place}: {error.message}") from error
    if keys.scope != record.key:
        raise WrongAddressee(f"{place} holds the keys of another scope")
    return keys


async def scopes_of_tree(
    keyring: Keyring, source: str, paths: Sequence[str], previous: Mapping[str, FileEntry]
) -> dict[str, ScopeKeys]:
    """Return the keys to seal files with, by path; missing ones are made.

    ``previous`` is the tree that is replaced: a keyring that is older than it is a StaleRevision.
    """
    scopes = {path: scope_of(source, path) for path in paths}
    found = await keyring.ensure(scopes.values())
    for path, scope in scopes.items():
        refuse_older(path, found[scope], previous.get(path))
    return {path: found[scope] for path, scope in scopes.items()}


def refuse_older(path: str, keys: ScopeKeys, before: FileEntry | None) -> None:
    """Raise StaleRevision when a file was sealed with a newer key already."""
    sealed = None if before is None else before.sealed
    if sealed and sealed.scope == keys.scope and sealed.generation > keys.newest.generation:
        raise StaleRevision(
            f"{path} was sealed with generation {sealed.generation} of its key, the keyring shows "
            f"generation {keys.newest.generation}",
            hint="somebody put an older keyring in place; nothing is sealed to it",
        )


def _parts(scopes: Iterable[str]) -> list[list[str]]:
    unique = list(dict.fromkeys(scopes))
    return [unique[start : start + AT_ONCE] for start in range(0, len(unique), AT_ONCE)]
