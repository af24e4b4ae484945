"""The heads of an environment: genuine, no step back, and no less than a master vouches for."""

from __future__ import annotations

from collections.abc import Mapping

from zester.bus.buckets import HEADS
from zester.bus.link.connection import Bus
from zester.bus.signed import Signed, place_of
from zester.errors import FrozenMirror, InvalidHead, Unsigned, Untrusted, ZesterError
from zester.resources.head import Head
from zester.trees.digest import digest_of
from zester.trees.heads import Heads, head_key
from zester_peel.agent.belief.belief import BUNDLE, Belief


class JudgedHeads:
    """Reads heads and judges them; ``known`` ones are not judged again while their bytes stay."""

    def __init__(self, env: str, belief: Belief) -> None:
        self.known: dict[str, Signed[Head]] = {}
        self._env = env
        self._belief = belief

    def recall(self, source: str, head: Head, data: bytes) -> None:
        """Know a head that was judged before a restart."""
        self._belief.marks.note(self.place(source), head.revision, digest_of(head.encode()))
        self.known[source] = Signed(head_key(self._env, source), head, 0, "", data, "")

    async def read(
        self, bus: Bus, current: Mapping[str, Head]
    ) -> tuple[dict[str, Signed[Head]], dict[str, ZesterError]]:
        """Return the heads to go to, and what is wrong with others; raises BusUnavailable.

        ``current`` are those that the peel follows now: none of them may be gone.
        """
        verifier = self._belief.verifier
        if verifier is None:
            refused = self._belief.problems.get(BUNDLE)
            return {}, {BUNDLE: refused or Unsigned("no trust bundle tells whom to believe")}
        found, problems = await Heads(bus, verifier).of_env(self._env, self.known)
        good: dict[str, Signed[Head]] = {}
        vouched = self._belief.vouched(self._env)
        for source, entry in found.items():
            try:
                self._check(source, entry, vouched.get(source, 0))
            except Untrusted as error:
                problems[source] = error
            else:
                good[source] = entry
        for source in (current.keys() | vouched.keys()) - found.keys() - problems.keys():
            problems[source] = _gone(source, current.get(source), vouched.get(source, 0))
        return good, problems

    def seen(self, good: Mapping[str, object], current: Mapping[str, Head]) -> dict[str, int]:
        """Return the newest revisions that are known to be genuine, followed or not."""
        sources = good.keys() | current.keys() | self._belief.vouched(self._env).keys()
        seen = {source: self._belief.marks.number(self.place(source)) for source in sources}
        return {source: revision for source, revision in seen.items() if revision}

    def place(self, source: str) -> str:
        """Return the place that the head of a source is signed for."""
        return place_of(HEADS, head_key(self._env, source))

    def _check(self, source: str, entry: Signed[Head], vouched: int) -> None:
        """Raise StaleRevision, FrozenMirror unless the head is one to go to."""
        revision, place = entry.value.revision, self.place(source)
        marks, known = self._belief.marks, self.known.get(source)
        if revision < vouched and not marks.witnessed(place):
            raise FrozenMirror(
                f"the bus shows revision {revision} of {source}, a master vouches for {vouched}",
                hint="look at the server or mirror this peel is connected to",
            )
        if known is None or known.data != entry.data or revision < marks.number(place):
            digest = digest_of(entry.value.encode())
            marks.check(place, revision, digest)
            marks.note(place, revision, digest)


def _gone(source: str, known: Head | None, vouched: int) -> ZesterError:
    if known is None:
        return FrozenMirror(
            f"the bus shows no head of {source}, but a master vouches for revision {vouched}",
            hint="look at the server or mirror this peel is connected to",
        )
    return InvalidHead(
        f"head of revision {known.revision} is gone from the bus",
        hint="push again; to give a source up, push an empty folder to it",
    )
