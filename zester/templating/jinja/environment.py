"""Jinja as Salt sets it up, in a sandbox and with limits."""

from __future__ import annotations

import posixpath
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence, Sized
from functools import wraps
from typing import Protocol

from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.exceptions import TemplateNotFound
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from zester.targeting.value import Value
from zester.templating.filters.table import FILTERS
from zester.templating.jinja import bounds
from zester.templating.jinja.code_generator import PlacingGenerator
from zester.templating.jinja.limits import Budget, Limits
from zester.templating.jinja.tags import ImportTags, LoadTags
from zester.templating.jinja.undefined import TemplateUndefined
from zester.templating.library import Library
from zester.templating.origin import PlacedText

EXTENSIONS = ("jinja2.ext.do", "jinja2.ext.loopcontrols", ImportTags, LoadTags)
SCHEMES = ("salt://", "zester://")
SCALARS = frozenset((str, int, float, bool, type(None)))


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


class TemplateEnvironment(SandboxedEnvironment):
    """One rendering session: not to be used by two threads at once."""

    code_generator_class = PlacingGenerator
    intercepted_binops = frozenset(("*", "**", "+", "%"))

    def __init__(
        self,
        source: TemplateSource,
        library: Library,
        limits: Limits,
    ) -> None:
        self.budget = Budget(limits)
        super().__init__(
            undefined=TemplateUndefined,
            extensions=EXTENSIONS,
            optimized=False,
            finalize=self._finalize,
        )
        self._source = source
        self._loaded: dict[str, Template] = {}
        self.library = library
        self.concat = self._concat  # type: ignore[method-assign]  # generated code asks for it
        self.globals["range"] = self._range
        self.globals["lipsum"] = self._lipsum
        self.filters.update(FILTERS)
        for name, check in bounds.FILTERS.items():
            self.filters[name] = self._bounded(self.filters[name], check, name in bounds.SIZED)

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

    def compiled(self, name: str, text: str, variables: MutableMapping[str, Value]) -> Template:
        """Return a template whose importing, including and imported templates see variables."""
        code = self.library.code(self, name, text)
        return Template.from_code(self, code, ChainMap(variables, self.globals))

    def join_path(self, template: str, parent: str) -> str:
        """Resolve ``./`` and ``../`` from the folder of the template that asks."""
        for scheme in SCHEMES:
            template = template.removeprefix(scheme)
        relative = template.split("/", 1)[0] in (".", "..")
        path = posixpath.join(posixpath.dirname(parent), template) if relative else template
        path = posixpath.normpath(path)
        if path.startswith(("/", "../")) or path == "..":
            raise TemplateNotFound(template, f"{template!r} leads out of the tree")
        return path

    def _load_template(
        self, name: str, globals: MutableMapping[str, Value] | None = None
    ) -> Template:
        loaded = self._loaded.get(name)
        if loaded is None:
            text = self._source.text(name)
            if text is None:
                raise TemplateNotFound(name, f"there is no template {name!r}")
            loaded = self.compiled(name, text, dict(self._source.variables(name)))
            self._loaded[name] = loaded
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

        @wraps(function)
        def bounded(*args: Value, **kwargs: Value) -> Value:
            if sized:
                args = (*args[:passed], _sized(args[passed]), *args[passed + 1 :])
            values = args[passed:]
            check(self.budget, values[0], (*values[1:], *kwargs.values()))
            return function(*args, **kwargs)

        return bounded


def _sized(values: Value) -> Value:
    return values if isinstance(values, Sized) or not isinstance(values, Iterable) else list(values)
