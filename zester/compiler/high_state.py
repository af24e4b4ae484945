"""All declarations of a node: files, what they include, extend and exclude."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from zester.compiler.declaration import Call, Declaration, declarations, twice
from zester.compiler.requisites import REQUISITE_KEYS, as_list
from zester.compiler.state_file import StateFile, load_state_file
from zester.compiler.state_root import StateRoot
from zester.errors import At, CompileError, SourceError
from zester.targeting.value import Value
from zester.templating.failures import led_by
from zester.templating.renderer import Renderer

MAX_INCLUDES = 200


class HighState:
    """Collects declarations; included files come before the file that includes them.

    ``declared`` maps ids to declarations in definition order, ``files`` lists what was rendered.
    """

    def __init__(self, renderer: Renderer, root: StateRoot, env: str) -> None:
        self.declared: dict[str, Declaration] = {}
        self.files: list[str] = []
        self._renderer = renderer
        self._root = root
        self._env = env
        self._names: dict[str, list[tuple[str, Declaration]]] | None = None
        self._extensions: list[Declaration] = []
        self._excluded_ids: set[str] = set()
        self._excluded_sls: set[str] = set()

    def add(self, sls: str, name: str, including: tuple[At, ...] = ()) -> None:
        """Render a file and all it includes, once; raises SourceError."""
        if sls in self.files:
            return
        if len(including) > MAX_INCLUDES:
            raise CompileError("includes nested too deeply", at=including[-1])
        self.files.append(sls)
        try:
            file = load_state_file(self._renderer, name, sls)
        except SourceError as error:
            raise led_by(error, *including) from error
        for included, at in includes(file, name, self._env):
            for match in self._root.matching(included):
                found = self._root.find(match)
                if found is None:
                    raise missing_include(match, at, self._root.names())
                self.add(match, found, (*including, at))
        self._read(file)

    def _read(self, file: StateFile) -> None:
        for declaration in declarations(file, file.data):
            first = self.declared.get(declaration.id)
            if first is not None:
                raise twice(first, declaration)
            self.declared[declaration.id] = declaration
        extend = file.data.get("extend")
        if extend is not None:
            if not isinstance(extend, Mapping):
                raise file.error("extend must hold a mapping of ids", "extend")
            self._extensions.extend(declarations(file, extend, "extend"))
        self._read_exclude(file)

    def _read_exclude(self, file: StateFile) -> None:
        entries = file.data.get("exclude", [])
        if not isinstance(entries, list):
            raise file.error("exclude must be a list", "exclude")
        for index, entry in enumerate(entries):
            if isinstance(entry, str):
                self._excluded_sls.add(entry)
            elif isinstance(entry, Mapping) and set(entry) <= {"sls", "id"}:
                self._excluded_sls.update(_texts(entry.get("sls")))
                self._excluded_ids.update(_texts(entry.get("id")))
            else:
                raise file.error(
                    f"{entry!r} is neither 'sls: name' nor 'id: name'", "exclude", index
                )

    def extend(self) -> None:
        """Apply every ``extend``; raises CompileError for ids that do not exist."""
        for extension in self._extensions:
            for call in extension.calls.values():
                target = self._extended(extension, call)
                self._names = None
                own = target.calls.get(call.state)
                if own is not None:
                    _extend_call(own, call)
                elif call.fun:
                    target.calls[call.state] = call
                else:
                    raise CompileError(
                        f"id {target.id!r} has no {call.state!r} to extend", at=call.at
                    )

    def _extended(self, extension: Declaration, call: Call) -> Declaration:
        found = self.named(call.state, extension.id)
        if len(found) == 1:
            return found[0]
        if found:
            places = ", ".join(str(item.at) for item in found)
            raise CompileError(
                f"{extension.id!r} to extend is the name of several states: {places}",
                at=extension.at,
            )
        raise missing_id("extended", extension.id, self.declared, extension.at)

    def exclude(self) -> None:
        """Drop what ``exclude`` names."""
        self.declared = {
            id_: declaration
            for id_, declaration in self.declared.items()
            if id_ not in self._excluded_ids and declaration.sls not in self._excluded_sls
        }

    def named_anywhere(self, name: str) -> list[Declaration]:
        """Return the declaration with an id, or those with a call of that name."""
        if name in self.declared:
            return [self.declared[name]]
        calls = sorted(self._calls_by_name().get(name, ()), key=lambda found: found[0])
        return list({item.id: item for _, item in calls}.values())

    def missing(self, written: str, name: str, key: str, call: Call) -> CompileError:
        """Return the error for the target of an ``_in`` form that is not there."""
        return CompileError(
            f"{key!r} of {call.state}.{call.fun} names {written!r}, which nothing declares",
            at=call.at,
            hint=_nearest(name, list(self.declared)),
        )

    def named(self, state: str, name: str) -> list[Declaration]:
        """Return the declaration with an id, or those whose call has that name."""
        if name in self.declared:
            return [self.declared[name]]
        calls = self._calls_by_name().get(name, ())
        return [declaration for module, declaration in calls if module == state]

    def _calls_by_name(self) -> dict[str, list[tuple[str, Declaration]]]:
        """Every call that has a name, kept until an extension may have changed one."""
        if self._names is None:
            self._names = {}
            for declaration in self.declared.values():
                for state, call in declaration.calls.items():
                    texts = (value for key, value in call.args if key == "name")
                    written = {value for value in texts if isinstance(value, str)}
                    for name in written:
                        self._names.setdefault(name, []).append((state, declaration))
        return self._names


def includes(file: StateFile, name: str, env: str | None) -> list[tuple[str, At]]:
    """Return the included state file names, relative ones resolved; raises CompileError.

    An include may name its environment: it must be ``env``, or any when that is None.
    """
    entries = file.data.get("include", [])
    if not isinstance(entries, list):
        raise file.error("include must be a list", "include")
    result = []
    for index, entry in enumerate(entries):
        if isinstance(entry, Mapping) and len(entry) == 1:
            other, entry = next(iter(entry.items()))
            if env is not None and other not in (env, "_xenv"):
                raise file.error(
                    f"include from environment {other!r}: a tree holds only {env!r}",
                    *("include", index),
                )
        if not isinstance(entry, str) or not entry.strip("."):
            raise file.error(f"{entry!r} is no state file name", "include", index)
        result.append((_absolute(file, name, entry, index), file.at("include", index)))
    return result


def _absolute(file: StateFile, name: str, entry: str, index: int) -> str:
    levels = len(entry) - len(entry.lstrip("."))
    if not levels:
        return entry
    parts = file.sls.split(".")
    if name.rpartition(".")[0].endswith("/init"):
        parts.append("init")
    if levels > len(parts):
        raise file.error(f"{entry!r} leads out of the states", "include", index)
    return ".".join([*parts[:-levels], entry[levels:]])


def _extend_call(own: Call, extension: Call) -> None:
    own.fun = extension.fun or own.fun
    for key, value in extension.args:
        places = [index for index, (known, _) in enumerate(own.args) if known == key]
        if key == "name":
            places += [index for index, (known, _) in enumerate(own.args) if known == "names"]
        if not places:
            own.args.append((key, value))
        elif key in REQUISITE_KEYS:
            known = own.args[places[0]][1]
            own.args[places[0]] = (key, [*as_list(known), *as_list(value)])
        else:
            own.args[places[0]] = (key, value)


def missing_include(sls: str, at: At, known: Sequence[str]) -> CompileError:
    """Return the error for an include that leads nowhere."""
    return CompileError(f"there is no state file {sls!r}", at=at, hint=_nearest(sls, known))


def missing_id(what: str, name: str, known: Iterable[str], at: At) -> CompileError:
    """Return the error for an id that nothing declares."""
    return CompileError(
        f"{what} id {name!r} is declared nowhere", at=at, hint=_nearest(name, list(known))
    )


def _nearest(name: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches  # late: only mistakes need it

    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else "is an include missing, or a name mistyped?"


def _texts(value: Value) -> list[str]:
    return [str(item) for item in as_list(value)]
