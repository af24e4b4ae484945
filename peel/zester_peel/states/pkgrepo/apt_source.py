"""One source of packages as apt reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field

from zester.dataclass import dataclass

_LINE = re.compile(r"(deb|deb-src)\s+(?:\[([^\]\n]*)\]\s*)?(\S+)\s+(\S+)((?:\s+[^\s#]+)*)\s*(#.*)?")


@dataclass(frozen=True, slots=True)
class AptSource:
    """``deb [options] uri suite components``; ``comment`` is what follows ``#``."""

    kind: str
    uri: str
    suite: str
    components: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    disabled: bool = False
    comment: str = ""

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes two entries speak of the same source."""
        return self.kind, self.uri.rstrip("/"), self.suite

    def same(self, other: AptSource) -> bool:
        """Tell whether apt reads both alike, and people too."""
        return (
            self.identity == other.identity
            and set(self.components) == set(other.components)
            and dict(self.options) == dict(other.options)
            and self.disabled is other.disabled
            and (not self.comment or self.comment == other.comment)
        )

    def line(self) -> str:
        """Return it as a line of a ``.list`` file."""
        options = " ".join(f"{name}={value}" for name, value in self.options.items())
        parts = [self.kind, f"[{options}]" if options else "", self.uri, self.suite]
        text = " ".join(part for part in (*parts, *self.components) if part)
        comment = f" # {self.comment}" if self.comment else ""
        return f"{'# ' if self.disabled else ''}{text}{comment}"

    def stanza(self) -> str:
        """Return it as a stanza of a ``.sources`` file."""
        fields = {
            "Enabled": "no" if self.disabled else "",
            "Types": self.kind,
            "URIs": self.uri,
            "Suites": self.suite,
            "Components": " ".join(self.components),
            **{_FIELDS.get(name, name): value for name, value in self.options.items()},
        }
        if "Architectures" in fields:
            fields["Architectures"] = fields["Architectures"].replace(",", " ")
        comment = f"# {self.comment}\n" if self.comment else ""
        return comment + "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


_FIELDS = {
    "arch": "Architectures",
    "lang": "Languages",
    "trusted": "Trusted",
    "signed-by": "Signed-By",
}


def read_line(text: str) -> AptSource | None:
    """Read one line, also one that is commented out; None when it is no source."""
    stripped = text.strip()
    disabled = stripped.startswith("#")
    match = _LINE.fullmatch(stripped.lstrip("# \t"))
    if match is None:
        return None
    kind, options, uri, suite, components, comment = match.groups()
    return AptSource(
        kind=kind,
        uri=uri,
        suite=suite,
        components=tuple((components or "").split()),
        options=read_options(options or ""),
        disabled=disabled,
        comment=(comment or "").lstrip("#").strip(),
    )


def read_options(text: str) -> dict[str, str]:
    """Read ``arch=amd64,arm64 signed-by=/x``; names in lower case."""
    found = {}
    for word in text.split():
        name, _, value = word.partition("=")
        name = name.lower().rstrip("+-") if name.endswith(("+", "-")) else name.lower()
        found[{"signedby": "signed-by", "architectures": "arch"}.get(name, name)] = value
    return found


def read_stanza(text: str) -> tuple[AptSource, ...]:
    """Read a stanza; one source for each type, URI and suite."""
    fields: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if line[:1] in (" ", "\t"):
            fields[name] = f"{fields.get(name, '')} {line.strip()}"
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    words = {long.lower(): short for short, long in _FIELDS.items()}
    known = ("types", "uris", "suites", "components", "enabled")
    options = {words.get(key, key): value for key, value in fields.items() if key not in known}
    if "arch" in options:
        options["arch"] = ",".join(options["arch"].split())
    return tuple(
        AptSource(
            kind=kind,
            uri=uri,
            suite=suite,
            components=tuple(fields.get("components", "").split()),
            options=options,
            disabled=fields.get("enabled", "yes").lower() in ("no", "false", "0", "off"),
        )
        for kind in fields.get("types", "").split()
        for uri in fields.get("uris", "").split()
        for suite in fields.get("suites", "").split()
    )
