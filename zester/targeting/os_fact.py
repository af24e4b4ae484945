"""The ``os`` fact: one word for those who know Salt, a namespace for everybody else."""

from __future__ import annotations

from collections.abc import Mapping

from zester.targeting.value import Value

_FAMILIES = {"RedHat": "rhel"}


class OsFact(str):
    """Text such as ``Debian`` that also answers ``os.family`` and ``os["family"]``."""

    __slots__ = ("parts",)
    parts: Mapping[str, Value]

    def __new__(cls, name: str, parts: Mapping[str, Value]) -> OsFact:
        fact = super().__new__(cls, name)
        fact.parts = parts
        return fact

    def __getattr__(self, key: str) -> Value:
        if key.startswith("_") or key not in self.parts:
            raise AttributeError(key)
        return self.parts[key]

    def __getitem__(self, key: Value) -> Value:
        return self.parts[key] if isinstance(key, str) else super().__getitem__(key)

    def __eq__(self, other: object) -> bool:
        """Equal to its text; two of them must agree in the parts as well."""
        same = str.__eq__(self, other)
        return same and self.parts == other.parts if isinstance(other, OsFact) else same

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__

    def get(self, key: str, default: Value = None) -> Value:
        return self.parts.get(key, default)

    def __reduce__(self) -> tuple[type[OsFact], tuple[str, dict[str, Value]]]:
        return OsFact, (str(self), dict(self.parts))


def with_os_fact(facts: Mapping[str, Value]) -> Mapping[str, Value]:
    """Return facts whose ``os``, text or mapping, has become an OsFact."""
    value = facts.get("os")
    if isinstance(value, OsFact) or not value:
        return facts
    if isinstance(value, Mapping):
        name = str(value.get("name", ""))
        return {**facts, "os": OsFact(name, value)}
    if not isinstance(value, str):
        return facts
    family = str(facts.get("os_family", value))
    parts = {
        "name": value,
        "family": _FAMILIES.get(family, family.lower()),
        "platform": value.lower(),
        "platform_version": facts.get("osrelease"),
        "arch": facts.get("osarch"),
        "kernel": facts.get("kernel"),
        "kernel_arch": facts.get("cpuarch"),
    }
    known = {key: part for key, part in parts.items() if part is not None}
    return {**facts, "os": OsFact(value, known)}
