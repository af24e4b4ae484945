"""The stored join tokens as an operator sees them."""

from __future__ import annotations

from zester.bus.buckets import TOKENS
from zester.bus.keys import make_key, split_key
from zester.bus.link.connection import Bus
from zester.bus.records import Record
from zester.bus.signed import SignedKv
from zester.cli.console.context import Context
from zester.dataclass import dataclass
from zester.errors import InvalidDocument, InvalidKey, KeyNotFound, Untrusted
from zester.resources.enrollment.join_token import JoinToken, TokenUse
from zester.trust.envelope import Signer
from zester.trust.tiers import Tier


@dataclass(frozen=True, slots=True)
class Kept:
    """One token; ``record`` None when it cannot be believed, ``used`` None when its uses cannot."""

    id: str
    record: JoinToken | None
    used: int | None
    problem: str = ""


class Drawer:
    """Reads judge who signed, writes are signed by the operator."""

    def __init__(
        self, tokens: SignedKv[JoinToken], uses: SignedKv[TokenUse], signer: Signer
    ) -> None:
        self._tokens = tokens
        self._uses = uses
        self._signer = signer

    @classmethod
    async def open(cls, bus: Bus, context: Context) -> Drawer:
        """Open as an operator; raises SettingsError, Untrusted."""
        verifier = await context.verifier(bus)
        signer = context.signer(Tier.OPERATOR)
        return cls(
            SignedKv(bus, TOKENS, JoinToken, verifier),
            SignedKv(bus, TOKENS, TokenUse, verifier),
            signer,
        )

    async def put(self, record: JoinToken) -> None:
        """Store a new token."""
        await self._tokens.write(make_key(record.id), record, self._signer, over=0)

    async def all(self) -> list[Kept]:
        """Return every token, by id."""
        records: dict[tuple[str, ...], Record] = {}
        async for record in self._tokens.records.scan():
            try:
                records[split_key(record.key)] = record
            except InvalidKey:
                continue
        names = sorted(parts[0] for parts in records if len(parts) == 1)
        return [self._kept(name, records[(name,)], records.get((name, "used"))) for name in names]

    def _kept(self, name: str, record: Record, used: Record | None) -> Kept:
        try:
            count: int | None = len(self._uses.open(used).value.keys) if used is not None else 0
        except (Untrusted, InvalidDocument):
            count = None
        try:
            return Kept(name, self._tokens.open(record).value, count)
        except (Untrusted, InvalidDocument) as error:
            return Kept(name, None, count, error.message)

    async def remove(self, name: str) -> None:
        """Remove a token; its uses stay noted. Raises KeyNotFound."""
        key = make_key(name)
        if await self._tokens.records.get(key) is None:
            raise KeyNotFound(
                f"there is no join token {name!r}", hint="`zester enroll token list` lists them"
            )
        await self._tokens.records.delete(key)
