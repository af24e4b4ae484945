"""Compares a state with its twin: what is the same in both may be shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import field

from zester.compiler.lowstate import LowChunk
from zester.compiler.secrecy.derived import derived_texts, shown_lines
from zester.dataclass import dataclass
from zester.errors import ZesterError
from zester_peel.agent.secrecy.pairing import Pair, pair_texts
from zester_peel.agent.secrecy.recording import RecordingSources
from zester_peel.engine.content import Sources
from zester_peel.engine.parameters import accepted_names, read_spec
from zester_peel.engine.program import Registry

Pairs = Callable[[], Awaitable[Sequence[Pair]]]
"""Compiles both sides; called when something is to be shown. Raises ZesterError."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a state differs from its twin: in ``texts``, and in ``lines`` (as they may be shown).

    ``public`` are lines that both have.
    """

    texts: frozenset[str] = frozenset()
    lines: Mapping[str, str] = field(default_factory=dict)
    public: frozenset[str] = frozenset()

    @property
    def same(self) -> bool:
        return not self.texts and not self.lines


class Twin:
    """The other side of a program; what was compiled for it is kept until ``forget``.

    ``real`` and ``masked`` are what states take content from on each side.
    """

    def __init__(
        self,
        pairs: Pairs,
        real: Callable[[], Sources],
        masked: Callable[[], Sources],
        registry: Registry,
    ) -> None:
        self._compile = pairs
        self._make = real, masked
        self._registry = registry
        self._pairs: Sequence[Pair] | None = None
        self._sources: tuple[Sources, Sources] | None = None

    def forget(self) -> None:
        """Let go of what was compiled; it is compiled again when it is asked for."""
        self._pairs = self._sources = None

    def all(self, pairs: Sequence[Pair]) -> Iterator[Comparison | None]:
        """Compare every state, in order; for sources that never wait."""
        self._pairs = pairs
        for position, (ours, _) in enumerate(pairs):
            yield _at_once(self.compare(position, ours.function))

    async def compare(self, position: int, function: str) -> Comparison | None:
        """Compare the state at a position of the program; None where that cannot be done."""
        if self._pairs is None:
            self._pairs = await self._compile()
        if position >= len(self._pairs) or self._pairs[position][0].function != function:
            return None
        ours, theirs = self._pairs[position]
        if theirs is None:
            return None
        texts = set(pair_texts((ours, theirs)))
        if self._sources is None:
            make_real, make_masked = self._make
            self._sources = make_real(), make_masked()
        ours_from, theirs_from = self._sources
        real = await self._taken(ours, ours_from)
        mask = await self._taken(theirs, theirs_from)
        if real is None or mask is None or len(real.rendered) != len(mask.rendered):
            return None
        texts.update(derived_texts(real.values, mask.values))
        lines: dict[str, str] = {}
        public: set[str] = set()
        for text, masked_text in zip(real.rendered, mask.rendered, strict=True):
            texts.update(derived_texts(text, masked_text))
            public.update(text.splitlines())
            lines.update(shown_lines(text, masked_text))
        return Comparison(frozenset(texts), lines, frozenset(public - lines.keys()))

    async def _taken(self, chunk: LowChunk, sources: Sources) -> RecordingSources | None:
        """Return what the state takes from the tree and the settings; None when it cannot."""
        recording = RecordingSources(sources)
        state = self._registry.get(chunk.function)
        if state is None:
            return recording
        own = accepted_names(state.spec)
        given = {**chunk.args, **chunk.options}
        args = {key: value for key, value in given.items() if key in own}
        try:
            spec = read_spec(chunk.function, state.spec, chunk.name, args)
            await state.resolve(spec, recording, sls=chunk.sls)
        except ZesterError:
            return None
        return recording


def _at_once(comparing: Coroutine[None, None, Comparison | None]) -> Comparison | None:
    """Return what comes of it without an event loop; None when it fails, or has to wait."""
    try:
        comparing.send(None)
    except StopIteration as finished:
        found: Comparison | None = finished.value
        return found
    except ZesterError:
        return None
    comparing.close()
    return None
