"""What was made before, and from what: unchanged inputs are not rendered again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Generic, TypeVar

from zester.dataclass import dataclass
from zester.errors import CannotOpen, NotGranted
from zester.resources.files import DigestedFiles, Files, wishes_of
from zester.targeting.value import Value
from zester.templating.failures import FAILURES
from zester.templating.merging import plain_copy
from zester.templating.providers import Providers
from zester.templating.recorded import RecordedFiles
from zester.templating.trace import Call, Touched, Trace

if TYPE_CHECKING:
    from zester.compiler.compile import Compiled
    from zester.compiler.high.reading import Reading
    from zester.compiler.lowstate import LowChunk

T = TypeVar("T")

_MISSING: Value = object()


@dataclass(frozen=True, slots=True)
class Portion:
    """The part of a mapping that something depends on: some keys, or all of it."""

    values: Mapping[str, Value]
    whole: bool

    @classmethod
    def of(cls, mapping: Mapping[str, Value], touched: Touched) -> Portion:
        if touched.whole:
            return cls(plain_copy(mapping), whole=True)
        found = {key: plain_copy(mapping[key]) for key in touched.keys if key in mapping}
        return cls({key: found.get(key, _MISSING) for key in touched.keys}, whole=False)

    def same(self, mapping: Mapping[str, Value]) -> bool:
        """Return whether a mapping has the same part."""
        if self.whole:
            return self.values == mapping
        return all(mapping.get(key, _MISSING) == value for key, value in self.values.items())


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Everything a result was made from.

    ``files`` maps environment and path to a digest, None for a file that was looked for and is
    missing; a path that ends in ``/`` stands for the list of paths below it.
    """

    files: Mapping[tuple[str, str], str | None]
    facts: Portion
    settings: Portion
    calls: tuple[Call, ...]

    def same(
        self,
        trees: Mapping[str, Files],
        facts: Mapping[str, Value],
        settings: Mapping[str, Value],
        providers: Providers,
    ) -> bool:
        """Return whether all of it is as it was; functions of the machine are asked again."""
        return (
            self.facts.same(facts)
            and self.settings.same(settings)
            and all(
                env in trees and _still(trees[env], path, digest)
                for (env, path), digest in self.files.items()
            )
            and all(_answers(call, providers) for call in self.calls)
        )


class Memory(Generic[T]):
    """The newest results by request, each with its dependencies."""

    def __init__(self, capacity: int = 8) -> None:
        self._capacity = capacity
        self._known: OrderedDict[Hashable, tuple[Dependencies, T]] = OrderedDict()

    def recall(self, request: Hashable, same: Callable[[Dependencies], bool]) -> T | None:
        """Return what a request came to, None unless ``same`` says that nothing has changed."""
        known = self._known.get(request)
        if known is None or not same(known[0]):
            return None
        self._known.move_to_end(request)
        return known[1]

    def keep(
        self, request: Hashable, dependencies: Callable[[], Dependencies | None], result: T
    ) -> None:
        """Remember a result; one without known dependencies is forgotten."""
        self._known.pop(request, None)
        if self._capacity == 0:
            return  # dependencies are digests of every file
        known = dependencies()
        if known is not None:
            self._known[request] = (known, result)
            if len(self._known) > self._capacity:
                self._known.popitem(last=False)


@dataclass(frozen=True, slots=True)
class CompiledSettings:
    """A node's settings, never to be changed; ``reads`` and ``facts`` as in ``Compiled``."""

    values: Mapping[str, Value]
    reads: frozenset[str]
    facts: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Read:
    """What the newest compilation was asked, what it read, and what that came to."""

    request: Hashable
    assigned: tuple[tuple[str, str], ...]
    readings: tuple[Reading, ...]
    chunks: tuple[LowChunk, ...]


class CompileMemory:
    """What a process that compiles again and again gives to each compilation.

    ``settings`` and ``low_states`` are how many it keeps; 0 for who compiles once, or knows by
    itself when nothing has changed. ``read`` is the newest of all: state files that render to the
    same are not compiled again, whatever has changed in them.
    """

    read: Read | None = None

    def __init__(self, *, settings: int = 8, low_states: int = 8) -> None:
        self.settings: Memory[CompiledSettings] = Memory(settings)
        self.compiled: Memory[Compiled] = Memory(low_states)


def dependencies(
    trees: Mapping[str, RecordedFiles],
    trace: Trace,
    facts: Mapping[str, Value],
    settings: Mapping[str, Value],
) -> Dependencies | None:
    """Return what was made depends on, None when that cannot be told."""
    if trace.volatile:
        return None
    return Dependencies(
        {
            (env, path): _digest(files.unrecorded, path)
            for env, files in trees.items()
            for path in files.reads
        },
        Portion.of(facts, trace.facts),
        Portion.of(settings, trace.settings),
        tuple(trace.calls),
    )


def _digest(files: Files, path: str) -> str | None:
    if path.endswith("/"):
        below = "" if path == "/" else path
        return sha256(
            "\0".join(name for name in files.paths() if name.startswith(below)).encode(
                "utf-8", "surrogateescape"
            )
        ).hexdigest()
    wishes = "".join(f" {wish}" for wish in wishes_of(files, path))
    if isinstance(files, DigestedFiles):
        found = files.digest(path)
        return None if found is None else found + wishes
    data = files.read(path)
    return None if data is None else sha256(data).hexdigest() + wishes


def _still(files: Files, path: str, digest: str | None) -> bool:
    """Return whether a file is as it was; one whose key was taken away may not be needed now."""
    try:
        return _digest(files, path) == digest
    except (NotGranted, CannotOpen):
        return False


def _answers(call: Call, providers: Providers) -> bool:
    function = providers.function(call.name)
    if function is None:
        return False
    try:
        answer = function(*plain_copy(list(call.args)), **plain_copy(call.kwargs))
    except FAILURES:  # the template has to meet it itself
        return False
    return bool(answer == call.result)
