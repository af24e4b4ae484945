"""What a repository state wants of the machine's files."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.states.pkgrepo import apt_files, ini
from zester_peel.states.pkgrepo.apt_source import AptSource
from zester_peel.states.pkgrepo.parameters import ManagedSpec, RepositorySpec

_YUM = (
    *("baseurl", "mirrorlist", "metalink", "gpgcheck", "gpgkey", "repo_gpgcheck", "priority"),
    *("cost", "exclude", "includepkgs", "sslverify", "sslcacert", "skip_if_unavailable"),
    *("module_hotfixes", "metadata_expire", "proxy", "type", "autorefresh", "keeppackages"),
)
KEYRINGS = "/etc/apt/trusted.gpg.d"


@dataclass(frozen=True, slots=True)
class Edits:
    """New texts of files by path, and what is reported of them."""

    files: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)


def apt_source(spec: RepositorySpec) -> AptSource:
    """Return the source a state means; raises StateError when its name is none."""
    found = spec.source()
    if found is None:
        hint = "write the whole line: deb https://example.com/debian stable main"
        if spec.name.startswith("ppa:"):
            hint = "write the PPA's line and its key_url; add-apt-repository is not used"
        raise StateError(f"{spec.name!r} is no line of sources.list", hint=hint)
    if not isinstance(spec, ManagedSpec):
        return found
    options = dict(found.options)
    if spec.architectures:
        options["arch"] = ",".join(spec.architectures)
    if spec.signedby is not None:
        options["signed-by"] = spec.signedby
    if spec.trusted is not None:
        options["trusted"] = "yes" if spec.trusted else "no"
    return replace(
        found,
        suite=spec.dist or found.suite,
        components=tuple(dict.fromkeys((*found.components, *spec.comps))),
        options=options,
        disabled=spec.off or (found.disabled and spec.enabled is not True),
        comment=" ".join(" ".join(spec.comments).split()) or found.comment,
    )


def apt_edits(spec: ManagedSpec, files: Mapping[str, str]) -> Edits:
    """Return what has to change in apt's files."""
    wished = apt_source(spec)
    path = spec.file or apt_files.MAIN
    if posixpath.splitext(path)[1] == ".repo":
        raise StateError(f"{path} is no file of apt's: its name must end with .list or .sources")
    edits = apt_files.put(files, wished, path, clean=spec.clean_file, consolidate=spec.consolidate)
    if not edits:
        return Edits()
    now = apt_files.current(files, wished)
    if now is None:
        return Edits(edits, {"repo": spec.name})
    if now.same(wished):
        return Edits(edits, {"file": ", ".join(sorted(edits))})
    return Edits(edits, {"line": {"old": now.line(), "new": wished.line()}})


def section_edits(spec: ManagedSpec, files: Mapping[str, str], folder: str) -> Edits:
    """Return what has to change in ``.repo`` files."""
    name = section_name(spec)
    values = {"name": spec.humanname or name}
    values |= {key: value for key in _YUM if (value := getattr(spec, key)) is not None}
    values["enabled"] = "0" if spec.off else "1"
    home = next((path for path, text in files.items() if ini.section(text, name) is not None), None)
    path = home or spec.file or f"{folder}/{name.replace('/', '_')}.repo"
    text = files.get(path, "")
    now = ini.section(text, name)
    kept = dict(now or {})
    changes: dict[str, Any] = {}
    for key, value in values.items():
        told = key != "enabled" or now is None or key in kept or value == "0"
        if told and not ini.same_value(kept.get(key), value):
            changes[key] = {"old": kept.get(key), "new": value}
            kept[key] = value
    notes = tuple(line for text in spec.comments for line in text.splitlines())
    written = ini.comments(text, name)
    if notes and notes != written:
        changes["comments"] = {"old": list(written), "new": list(notes)}
    if now is not None and not changes and not _unclean(spec, text, name):
        return Edits()
    base = "" if spec.clean_file else text
    new = ini.with_section(base, name, kept, notes or written)
    if now is None:
        changes = {"repo": spec.name}
    return Edits({path: new}, changes or {"file": path})


def section_name(spec: RepositorySpec) -> str:
    """Return the id of a repository; raises StateError for what cannot be one."""
    try:
        return spec.section
    except ValueError as error:
        raise StateError(str(error), hint="a repository of this machine has an id: epel") from error


def key_place(spec: ManagedSpec, armored: bool) -> str | None:
    """Return where apt looks for the key, None when the state names none."""
    if spec.key_url is None and spec.key_text is None and not spec.keyid:
        return None
    source = apt_source(spec)
    signed_by = spec.keyring or source.options.get("signed-by", "")
    if signed_by.startswith("/"):
        return signed_by.split(",")[0]
    words = "".join(letter if letter.isalnum() else "-" for letter in source.uri.partition("//")[2])
    return f"{KEYRINGS}/{words.strip('-') or 'key'}.{'asc' if armored else 'gpg'}"


def _unclean(spec: ManagedSpec, text: str, name: str) -> bool:
    return spec.clean_file and bool(ini.without_section(text, name).strip())
