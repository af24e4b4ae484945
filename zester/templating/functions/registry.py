"""The functions of one rendering session by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial

from jinja2.exceptions import TemplateRuntimeError

from zester.targeting.value import Value
from zester.templating.functions.known import KNOWN_MODULES
from zester.templating.functions.table import FUNCTIONS, resolve
from zester.templating.providers import Providers
from zester.templating.scope import Function, Scope
from zester.templating.trace import Trace

VOLATILE = frozenset(
    (
        "dnsutil.serial",
        "random.get_str",
        "random.rand_int",
        "random.sample",
        "random.shuffle",
        "status.time",
    )
)
"""Functions that answer differently each time, or by the clock."""

UNAVAILABLE = "execution calls are not available here"


class Registry(Mapping[str, Function]):
    """The language's own functions come first, then execution functions, then looks at the machine.

    Not for templates: they get it behind a SaltAccessor.
    """

    def __init__(self, providers: Providers, trace: Trace) -> None:
        self._trace = trace
        self._execution = providers.execution
        self._machine = providers.machine or {}
        self._scope: Scope | None = None
        self._found: dict[str, Function] = {}

    def attach(self, scope: Scope) -> None:
        """Give the language's own functions what they may look at."""
        self._scope = scope

    def bound(self, function: Callable[..., Value]) -> Function:
        """Return a function of the language without its first parameter, the Scope."""
        scope = self._scope
        if scope is None:
            raise TypeError("functions are bound to a scope first")
        return BoundFunction(partial(function, scope), scope.place.weigh)

    def __getitem__(self, name: str) -> Function:
        function = self._found.get(name)
        if function is None:
            function = self._found[name] = self._find(name)
        return function

    def __contains__(self, name: object) -> bool:
        return any(name in functions for functions in self._sources())

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for source in self._sources() for name in source))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @cached_property
    def modules(self) -> frozenset[str]:
        """The parts of the names before the dot."""
        return frozenset(name.partition(".")[0] for name in self)

    def call(self, name: str, *args: Value, **kwargs: Value) -> Value:
        """Call a function by its name; raises TemplateRuntimeError when there is none."""
        if name not in self:
            raise TemplateRuntimeError(self.unknown(name))
        return self[name](*args, **kwargs)

    def unknown(self, name: str) -> str:
        """Return what to say of a function that does not exist."""
        from difflib import get_close_matches  # late: only mistakes need it

        unavailable = self._execution is None
        # What a node could run is not a slip of the pen, however like another name it looks.
        runs = unavailable and name.partition(".")[0] in KNOWN_MODULES
        near = get_close_matches(name, list(self), n=1, cutoff=0.85 if runs else 0.6)
        message = f"unknown function {name!r}"
        if near:
            return f"{message}, did you mean {near[0]!r}?"
        return f"{message}: {UNAVAILABLE}" if unavailable else message

    def _sources(self) -> Iterator[Mapping[str, Value]]:
        yield FUNCTIONS
        yield self._execution or {}
        yield self._machine

    def _find(self, name: str) -> Function:
        target = FUNCTIONS.get(name)
        if target is not None:
            function = self.bound(resolve(target))
            return self._trace.volatile_call(function) if name in VOLATILE else function
        if self._execution is not None and name in self._execution:
            return self._execution[name]
        return self._machine[name]


class BoundFunction:
    """Hides the function and its scope from the sandbox, and refuses arguments that are small in
    memory and huge once copied or written."""

    __slots__ = ("_call", "_weigh")

    def __init__(self, call: Function, weigh: Callable[[Value], None]) -> None:
        self._call = call
        self._weigh = weigh

    def __call__(self, *args: Value, **kwargs: Value) -> Value:
        for value in (*args, *kwargs.values()):
            self._weigh(value)
        return self._call(*args, **kwargs)
