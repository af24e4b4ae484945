"""An id and its state calls, as a state file declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from zester.compiler.state_file import StateFile
from zester.dataclass import dataclass
from zester.errors import At, CompileError
from zester.targeting.value import Value

RESERVED = ("include", "extend", "exclude")
"""Top-level keys of a state file that are no ids."""


@dataclass(slots=True)
class Call:
    """One state call; ``fun`` is empty in an extension.

    ``args`` holds one mapping for each item as written, mostly of one key; what they hold is
    shared with a cache: replace it, never change it. ``also`` are other files, by environment and
    name, that extend it.
    """

    state: str
    fun: str
    args: list[dict[str, Value]]
    at: At
    also: tuple[tuple[str, str], ...] = ()

    @property
    def function(self) -> str:
        """``file.managed``."""
        return f"{self.state}.{self.fun}" if self.fun else self.state

    def places(self, key: str) -> list[int]:
        """Return where in ``args`` items begin with a key."""
        return [index for index, arg in enumerate(self.args) if next(iter(arg)) == key]


@dataclass(slots=True)
class Declaration:
    """All calls under one id, by state module.

    ``included_from`` names the files that include the one it stands in, the nearest first.
    """

    id: str
    sls: str
    at: At
    calls: dict[str, Call] = field(default_factory=dict)
    included_from: list[str] = field(default_factory=list)
    env: str = "base"


def declarations(file: StateFile, data: Mapping[Value, Value], *path: str) -> list[Declaration]:
    """Return what stands below ``path`` of a file (empty, or ``extend``); raises CompileError."""
    extending = bool(path)
    return [
        _declaration(file, id_, body, (*path, id_), extending)
        for id_, body in data.items()
        if extending or not _reserved(id_)
    ]


def _reserved(id_: Value) -> bool:
    return id_ in RESERVED or (isinstance(id_, str) and id_.startswith("__"))


def _declaration(
    file: StateFile, id_: Value, body: Value, path: tuple[Value, ...], extending: bool
) -> Declaration:
    if not isinstance(id_, str):
        raise file.error(f"id {id_!r} is not text", *path, hint=f"quote it: '{id_}'")
    declaration = Declaration(id_, file.sls, file.at(*path), env=file.env)
    if isinstance(body, str):
        body = {body: []}
        if "." not in next(iter(body)):
            raise file.error(
                f"id {id_!r} holds text that is no state call", *path, hint="write state.function"
            )
    if not isinstance(body, Mapping):
        raise file.error(
            f"id {id_!r} must hold state calls", *path, hint="for example: pkg.installed: []"
        )
    for key, args in sorted(body.items(), key=_dotted):
        if isinstance(key, str) and key.startswith("__"):
            continue
        call = _call(file, id_, key, args, (*path, key), extending)
        if call.state in declaration.calls:
            raise file.error(
                f"id {id_!r} calls {call.state!r} twice",
                *path,
                key,
                hint="one id can hold one call of each state module: split it",
            )
        declaration.calls[call.state] = call
    return declaration


def _dotted(item: tuple[Value, Value]) -> bool:
    """Put ``pkg: [installed]`` before ``pkg.installed``: Salt reads them in this order."""
    return isinstance(item[0], str) and "." in item[0]


def _call(
    file: StateFile, id_: str, key: Value, args: Value, path: tuple[Value, ...], extending: bool
) -> Call:
    if not isinstance(key, str) or not key:
        raise file.error(f"{key!r} in id {id_!r} is no state call", *path)
    state, _, dotted = key.partition(".")
    functions = [dotted.partition(".")[0]] if dotted else []
    if args is None:
        args = []
    if not isinstance(args, list):
        raise file.error(
            f"{key!r} in id {id_!r} must hold a list of arguments",
            *path,
            hint="write each argument as '- name: value'",
        )
    named: list[dict[str, Value]] = []
    for item in args:
        if isinstance(item, str):
            functions.append(item)
        elif isinstance(item, Mapping) and item:
            named.append({str(name): value for name, value in item.items()})
        elif isinstance(item, list | Mapping):  # Salt passes over a lone dash or number
            raise file.error(f"{item!r} in {key!r} of id {id_!r} is no argument", *path)
    fun = _function(file, id_, key, functions, path, extending)
    return Call(state, fun, named, file.at(*path))


def _function(
    file: StateFile,
    id_: str,
    key: str,
    functions: list[str],
    path: tuple[Value, ...],
    extending: bool,
) -> str:
    if len(functions) > 1:
        extra = functions[-1]
        raise file.error(
            f"{key!r} in id {id_!r} names more than one function: {', '.join(functions)}",
            *path,
            hint=f"is {extra!r} an argument without a value?",
        )
    if not functions:
        if extending:
            return ""
        raise file.error(
            f"{key!r} in id {id_!r} names no function", *path, hint=f"write {key}.<function>"
        )
    if not functions[0].isidentifier():
        raise file.error(
            f"{functions[0]!r} in {key!r} of id {id_!r} is no function name",
            *path,
            hint="is it an argument that lacks its colon?",
        )
    return functions[0]


def twice(first: Declaration, second: Declaration) -> CompileError:
    """Return the error for one id in two files."""
    return CompileError(
        f"id {second.id!r} is declared twice: also at {first.at}",
        at=second.at,
        hint="ids are unique over all files of a node: rename one, or use 'extend'",
    )
