"""``salt['module.function']`` in templates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from jinja2.exceptions import TemplateRuntimeError

from zester.targeting.value import Value

Function = Callable[..., Value]


class SaltAccessor(Mapping[str, Function]):
    """All functions a template may call: ``salt['a.b'](…)``, ``salt[name](…)``, ``salt.a.b(…)``."""

    def __init__(self, functions: Mapping[str, Function], *, execution: bool) -> None:
        self._functions = functions
        self._execution = execution

    def __getitem__(self, name: str) -> Function:
        return self._functions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._functions)

    def __len__(self) -> int:
        return len(self._functions)

    def __getattr__(self, module: str) -> SaltModule:
        prefix = f"{module}."
        if module.startswith("_") or not any(name.startswith(prefix) for name in self._functions):
            raise AttributeError(module)
        return SaltModule(self, module)

    def call(self, name: str, *args: Value, **kwargs: Value) -> Value:
        """``salt_call(name, …)``."""
        function = self._functions.get(name)
        if function is None:
            raise TemplateRuntimeError(self.unknown(name))
        return function(*args, **kwargs)

    def unknown(self, name: str) -> str:
        """Return what to say of a function that does not exist."""
        message = f"unknown function {name!r}"
        from difflib import get_close_matches  # late: only mistakes need it

        near = get_close_matches(name, self._functions, n=1)
        if near:
            message += f", did you mean {near[0]!r}?"
        elif not self._execution:
            message += "; execution functions are not available here"
        return message


class SaltModule:
    """``salt.module``, of which a function is then asked."""

    __slots__ = ("_accessor", "_module")

    def __init__(self, accessor: SaltAccessor, module: str) -> None:
        self._accessor = accessor
        self._module = module

    def __getattr__(self, name: str) -> Function:
        function = None if name.startswith("_") else self._accessor.get(f"{self._module}.{name}")
        if function is None:
            raise AttributeError(name)
        return function

    def unknown(self, name: str) -> str:
        return self._accessor.unknown(f"{self._module}.{name}")
