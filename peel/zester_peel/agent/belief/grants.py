"""The keys of settings files that this peel was granted: sealed on disk, open in memory only."""

from __future__ import annotations

from collections.abc import Mapping

from zester.bus.buckets import GRANTS
from zester.bus.keys import make_key
from zester.bus.records import Record
from zester.bus.signed import place_of, stored_at
from zester.errors import CannotOpen, InvalidDocument, InvalidToken, Untrusted, WrongAddressee
from zester.resources.sealing.grants import GrantedKeys, Grants
from zester.trees.digest import digest_of
from zester.trust.sealing import BoxKey
from zester.trust.tokens import decode_part
from zester.trust.verifier import Verifier
from zester_peel.agent.belief.kept import Kept, KeptEnvelopes
from zester_peel.agent.belief.marks import Marks
from zester_peel.agent.identity.identity import Identity

GRANTS_FILE = "grants.json"

Keys = Mapping[str, Mapping[int, bytes]]
"""Private keys by scope and generation."""


class HeldGrants:
    """What was granted last. ``keys`` is another object each time it changes."""

    def __init__(self, identity: Identity, marks: Marks) -> None:
        self.keys: Keys = {}
        self._identity = identity
        self._marks = marks
        self._data = b""
        self._kept = KeptEnvelopes(identity.folder / GRANTS_FILE, identity.env)

    @property
    def key(self) -> str:
        """The key in the bucket ``grants``."""
        return make_key(self._identity.id)

    def load(self, operator: str) -> None:
        """Take up what was granted before the restart; raises Untrusted, InvalidDocument."""
        for place, kept in self._kept.load(operator).items():
            grants = self._own(kept.payload, place)
            self._marks.check(place, grants.serial, digest_of(kept.payload))
            self.keys = self._opened(grants)
            self._data = kept.data

    def judge_anew(self) -> None:
        """Judge what the bus has again, although it came before: whom we believe has changed."""
        self._data = b""

    def take(self, record: Record, verifier: Verifier, bundle: bytes) -> None:
        """Take up what the bus has; raises Untrusted, InvalidDocument, HostError.

        What is refused leaves the keys as they are.
        """
        if record.value == self._data:
            return
        place = place_of(GRANTS, record.key)
        verified = verifier.open(record.value, place, stored=stored_at(record))
        grants = self._own(verified.payload, place)
        digest = digest_of(verified.payload)
        self._marks.check(place, grants.serial, digest)
        keys = self._opened(grants)
        self._marks.note(place, grants.serial, digest)
        if keys != self.keys:
            self.keys = keys
        self._data = record.value
        self._kept.save({place: Kept(record.value, bundle, verified.payload)})

    def _own(self, payload: bytes, place: str) -> Grants:
        grants = Grants.decode(payload)
        if grants.id != self._identity.id:
            raise WrongAddressee(f"{place} holds the keys of {grants.id}")
        return grants

    def _opened(self, grants: Grants) -> dict[str, dict[int, bytes]]:
        try:
            data = BoxKey.of(self._identity.key).open(decode_part(grants.box))
        except CannotOpen as error:
            raise CannotOpen(
                "the granted keys are sealed to another key than this peel's",
                hint="was this machine enrolled twice? the masters seal to the key accepted last",
            ) from error
        try:
            held = GrantedKeys.decode(data)
        except InvalidDocument as error:
            # From nothing: the cause would show the keys.
            raise InvalidDocument(f"the granted keys: {error.message}") from None
        if held.id != grants.id:
            raise WrongAddressee(f"the granted keys are those of {held.id}")
        return {
            scope: {number: _secret(text) for number, text in keys.items()}
            for scope, keys in held.keys.items()
        }


def _secret(text: str) -> bytes:
    try:
        return BoxKey(decode_part(text)).secret
    except Untrusted:
        raise InvalidToken("a granted key is none") from None
