"""Jinja as Salt sets it up, in a sandbox and with limits."""

from __future__ import annotations

import posixpath
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence, Sized
from contextlib import contextmanager
from functools import wraps
from typing import Protocol

from jinja2 import Template, pass_context
from jinja2.environment import TemplateModule
from jinja2.exceptions import TemplateNotFound
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from zester.targeting.value import Value
from zester.templating.cache.library import Library
from zester.templating.filters.conditions import CONDITIONS
from zester.templating.filters.table import FILTERS
from zester.templating.jinja import bounds, filter_bounds
from zester.templating.jinja.code_generator import PlacingGenerator
from zester.templating.jinja.limits import Budget, Limits
from zester.templating.jinja.printing import printed
from zester.templating.jinja.tags import ImportTags, LoadTags, ProfileTag
from zester.templating.jinja.undefined import TemplateUndefined
from zester.templating.origin import PlacedText
from zester.templating.trace import Trace, TracedMapping

EXTENSIONS = ("jinja2.ext.do", "jinja2.ext.loopcontrols", ImportTags, LoadTags, ProfileTag)
SCHEMES = ("salt://", "zester://")
SCALARS = frozenset((str, int, float, bool, type(None)))
DICTS = frozenset((dict, TracedMapping))
METHODS = frozenset(name for kind in DICTS for name in dir(kind))


VOLATILE = (
    "date_format",
    "rand_str",
    "random",
    "random_hash",
    "random_sample",
    "random_shuffle",
    "random_str",
    "strftime",
)
"""Filters that answer differently each time, or may look at the clock."""


class TemplateSource(Protocol):
    """Where templates named by other templates come from."""

    def text(self, name: str) -> str | None:
        """Return a template's text, None when there is none; raises RenderError."""
        ...

    def path(self, name: str) -> str:
        """Return the template's path in the tree."""
        ...

    def variables(self, name: str) -> Mapping[str, Value]:
        """Return the variables that tell a template where it stands."""
        ...

    def public(self, name: str, text: str) -> bool:
        """Return whether a template is a readable file of the tree, as it stands there."""
        ...


class RelativeName(str):
    """The name of a template that was asked for as ``./name`` or ``../name``."""

    __slots__ = ("asked",)
    asked: str

    @classmethod
    def of(cls, name: str, asked: str) -> RelativeName:
        relative = cls(name)
        relative.asked = asked
        return relative


class TemplateEnvironment(SandboxedEnvironment):
    """One rendering session: not to be used by two threads at once."""

    code_generator_class = PlacingGenerator
    intercepted_binops = frozenset(("*", "**", "+", "%"))

    def __init__(
        self,
        source: TemplateSource,
        library: Library,
        limits: Limits,
        trace: Trace | None = None,
    ) -> None:
        self.limits = limits
        trace = trace or Trace()
        self.budget = Budget(limits)
        super().__init__(
            undefined=TemplateUndefined,
            extensions=EXTENSIONS,
            optimized=False,
            finalize=self._finalize,
        )
        self._source = source
        self._loaded: dict[str, Template] = {}
        self._resolved: dict[str, str] = {}
        self.library = library
        self.concat = self._concat  # type: ignore[method-assign]  # generated code asks for it
        self.globals["range"] = self._range
        self.globals["lipsum"] = trace.volatile_call(self._lipsum)
        self._language: Mapping[str, Value] = self.globals
        self.filters.update(FILTERS)
        self.tests.update(CONDITIONS)
        for name, check in filter_bounds.FILTERS.items():
            sized = name in filter_bounds.SIZED
            self.filters[name] = self._bounded(self.filters[name], check, sized)
        for name in VOLATILE:
            asked = self.filters[name]
            self.filters[name] = _unfolded(wraps(asked)(trace.volatile_call(asked)))

    # what generated code calls

    placed = staticmethod(PlacedText.of)

    def tick(self) -> None:
        self.budget.tick()

    def join_texts(self, values: Sequence[Value]) -> str:
        for value in values:
            bounds.check_weight(self.budget, value)
        return self._concat([str(value) for value in values])

    def _finalize(self, value: Value) -> Value:
        if type(value) not in SCALARS:
            bounds.check_weight(self.budget, value)
            if isinstance(value, dict | list | tuple | set):
                return printed(value)
        return value

    def _concat(self, pieces: Iterable[str]) -> str:
        text = "".join(pieces)
        self.budget.text(len(text))
        return text

    def file_of(self, value: Value) -> str | None:
        """Return the path in the tree of an imported template, None for any other value."""
        name = value.__name__ if isinstance(value, TemplateModule) else None
        return None if name is None else self._source.path(name)

    # what the sandbox calls

    def getattr(self, obj: Value, attribute: str) -> Value:
        """Return what ``obj.attribute`` means; of a dict that is nearly always a key."""
        if type(obj) in DICTS and attribute not in METHODS:
            try:
                return obj[attribute]
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def call(
        __self,
        __context: Context,
        __obj: Value,
        *args: Value,
        **kwargs: Value,
    ) -> Value:
        __self.budget.tick()
        if args and bounds.wants_sized(__obj):
            args = (_sized(args[0]), *args[1:])
        bounds.check_call(__self.budget, __obj, args)
        return super().call(__context, __obj, *args, **kwargs)

    def wrap_str_format(self, value: Value) -> Callable[..., str] | None:
        wrapped = super().wrap_str_format(value)
        if wrapped is None:
            return None

        def bounded(*args: Value, **kwargs: Value) -> str:
            bounds.check_call(self.budget, value, (*args, *kwargs.values()))
            return wrapped(*args, **kwargs)

        return bounded

    def call_binop(self, context: Context, operator: str, left: Value, right: Value) -> Value:
        bounds.check_operator(self.budget, operator, left, right)
        return super().call_binop(context, operator, left, right)

    def handle_exception(self, source: str | None = None) -> None:  # type: ignore[override]
        """Leave exceptions as they are: they are explained where rendering was asked for."""
        raise

    # loading

    @contextmanager
    def rendering(self, variables: Mapping[str, Value]) -> Iterator[None]:
        """Begin a rendering with a full budget; one inside another is on the budget of that one.

        Every template that is loaded in it sees the variables, however it is imported, and is run
        anew: what one rendering does to imported data is not seen by the next.
        """
        outer = self.globals, self._loaded, self._resolved
        if self.globals is self._language:
            self.budget = Budget(self.limits)
        self.globals = {**self._language, **variables}
        self._loaded, self._resolved = {}, {}
        try:
            yield
        finally:
            self.globals, self._loaded, self._resolved = outer

    def compiled(self, name: str, text: str) -> Template:
        """Return a template of this rendering."""
        code = self.library.code(self, name, text, public=self._source.public)
        return Template.from_code(self, code, ChainMap({}, self.globals))

    def join_path(self, template: str, parent: str) -> str:
        """Resolve ``./`` and ``../`` as Salt does: from the folder of the template loaded last.

        Where nothing is found there, from the folder of the template that asks. The same relative
        name means the same file in all of a rendering.
        """
        for scheme in SCHEMES:
            template = template.removeprefix(scheme)
        if template.split("/", 1)[0] not in (".", ".."):
            return _inside(template, template)
        if template not in self._resolved:
            here = posixpath.dirname(parent)
            last = posixpath.join(str(self.globals.get("tpldir", here)), template)
            near = posixpath.join(here, template)
            found = not _leaves(last) and self._source.text(_inside(last, template)) is not None
            self._resolved[template] = _inside(last if found else near, template)
        return RelativeName.of(self._resolved[template], template)

    def _load_template(
        self, name: str, globals: MutableMapping[str, Value] | None = None
    ) -> Template:
        asked = name.asked if isinstance(name, RelativeName) else name
        loaded = self._loaded.get(asked)
        if loaded is None:
            # Salt's loader writes these into what all templates share, found or not.
            self.globals.update(
                {"tplfile": asked} if asked is not name else self._source.variables(name)
            )
            text = self._source.text(name)
            if text is None:
                raise TemplateNotFound(name, f"there is no template {name!r}")
            # the name goes into the code, which is written to disk: nothing but plain text may
            loaded = self.compiled(str(name), text)
            self._loaded[asked] = loaded
        return loaded

    # bounded globals and filters

    def _range(self, *args: int) -> range:
        result = range(*args)
        self.budget.items(len(result))
        return result

    def _lipsum(self, n: int = 5, html: bool = True, min: int = 20, max: int = 100) -> str:
        from jinja2.utils import generate_lorem_ipsum

        self.budget.items(n * max)
        return generate_lorem_ipsum(n, html, min, max)

    def _bounded(
        self, function: Callable[..., Value], check: bounds.Check, sized: bool
    ) -> Callable[..., Value]:
        passed = int(hasattr(function, "jinja_pass_arg"))

        def bounded(*args: Value, **kwargs: Value) -> Value:
            if sized:
                args = (*args[:passed], *map(_sized, args[passed:]))
            values = args[passed:]
            check(self.budget, values[0], (*values[1:], *kwargs.values()))
            return function(*args, **kwargs)

        # Not ``wraps``: each session makes all of them, and Jinja looks at nothing else.
        bounded.__dict__.update(getattr(function, "__dict__", ()))
        return bounded


def _unfolded(function: Callable[..., Value]) -> Callable[..., Value]:
    """Return a filter that is called by each rendering: compiled into a template it would last."""
    if hasattr(function, "jinja_pass_arg"):
        return function

    @pass_context
    def unfolded(_: Context, *args: Value, **kwargs: Value) -> Value:
        return function(*args, **kwargs)

    return unfolded


def _leaves(path: str) -> bool:
    path = posixpath.normpath(path)
    return path.startswith(("/", "../")) or path == ".."


def _inside(path: str, asked: str) -> str:
    """Return the normal form of a path; raises TemplateNotFound when it leads out of the tree."""
    if _leaves(path):
        raise TemplateNotFound(asked, f"{asked!r} leads out of the tree")
    return posixpath.normpath(path)


def _sized(values: Value) -> Value:
    return values if isinstance(values, Sized) or not isinstance(values, Iterable) else list(values)
