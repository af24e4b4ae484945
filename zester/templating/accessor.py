"""``salt['module.function']`` in templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zester.templating.functions.registry import Registry
from zester.templating.scope import Function


class SaltAccessor(Mapping[str, Function]):
    """All functions a template may call: ``salt['a.b'](…)``, ``salt[name](…)``, ``salt.a.b(…)``."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def __getitem__(self, name: str) -> Function:
        return self._registry[name]

    def __contains__(self, name: object) -> bool:
        return name in self._registry or name in self._registry.modules

    def __iter__(self) -> Iterator[str]:
        return iter(self._registry)

    def __len__(self) -> int:
        return len(self._registry)

    def __getattr__(self, module: str) -> SaltModule:
        if module.startswith("_") or module not in self._registry.modules:
            raise AttributeError(module)
        return SaltModule(self._registry, module)

    def unknown(self, name: str) -> str:
        """Return what to say of a function that does not exist."""
        return self._registry.unknown(name)


class SaltModule:
    """``salt.module``, of which a function is then asked."""

    __slots__ = ("_module", "_registry")

    def __init__(self, registry: Registry, module: str) -> None:
        self._registry = registry
        self._module = module

    def __getattr__(self, name: str) -> Function:
        function = None if name.startswith("_") else self._registry.get(f"{self._module}.{name}")
        if function is None:
            raise AttributeError(name)
        return function

    def __getitem__(self, name: str) -> Function:
        return self._registry[f"{self._module}.{name}"]

    def unknown(self, name: str) -> str:
        """Return what to say of a function that the module does not have."""
        return self._registry.unknown(f"{self._module}.{name}")
