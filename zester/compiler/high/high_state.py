"""All declarations of a node: files, what they include, extend and exclude."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from zester.compiler.environments import Environments
from zester.compiler.high.declaration import Declaration, declarations, twice
from zester.compiler.high.reading import Include, Reading
from zester.compiler.requisites.call_index import CallIndex
from zester.compiler.requisites.merging import add_arguments, as_list
from zester.compiler.requisites.spelling import verify
from zester.compiler.requisites.turning import turn_round
from zester.compiler.state_file import StateFile
from zester.errors import At, CompileError, SourceError
from zester.targeting.value import Value
from zester.templating.failures import led_by

MAX_INCLUDES = 200
FIRST_ORDER = 10_000


class HighState:
    """Collects declarations.

    ``declared`` maps ids to declarations, those of a file before those of the files it includes;
    their order counts the other way round. ``files`` lists what was rendered, ``readings`` what it
    was read as.
    """

    def __init__(self, environments: Environments) -> None:
        self.declared: dict[str, Declaration] = {}
        self.files: list[str] = []
        self.readings: list[Reading] = []
        self._environments = environments
        self._rendered: set[tuple[str, str]] = set()
        self._order = FIRST_ORDER
        self._extensions: list[Declaration] = []
        self._excluded_ids: set[str] = set()
        self._excluded_sls: set[str] = set()

    def add(
        self, env: str, sls: str, name: str, including: tuple[At, ...] = ()
    ) -> list[Declaration]:
        """Render a file and all it includes, once; return what is new. Raises SourceError."""
        if (env, sls) in self._rendered:
            return []
        if len(including) > MAX_INCLUDES:
            raise CompileError("includes nested too deeply", at=including[-1])
        self._rendered.add((env, sls))
        self.files.append(sls)
        try:
            rendered = self._environments.rendered(env, sls, name)
            file = rendered.parsed()
        except SourceError as error:
            raise led_by(error, *including) from error
        own = self._read(file)
        added = list(own)
        included = includes(file, name)
        wishes = self._environments.wishes(env, name)
        self.readings.append(Reading.of(name, rendered, included, wishes))
        for include in included:
            for match, found in self._included(include):
                for declaration in self.add(include.env, match, found, (*including, include.at)):
                    declaration.included_from.append(sls)
                    added.append(declaration)
        self._number(own)
        return added

    def _included(self, include: Include) -> Iterator[tuple[str, str]]:
        """Yield names of state files, and of the files they are in."""
        if include.env not in self._environments:
            raise CompileError(
                f"include of {include.sls!r} from environment {include.env!r}, which is not there",
                at=include.at,
                hint=f"environments: {self._environments.known()}",
            )
        root = self._environments.root(include.env)
        for match in root.matching(include.sls):
            found = root.find(match)
            if found is None:
                raise missing_include(match, include.at, root.names())
            yield match, found

    def _read(self, file: StateFile) -> list[Declaration]:
        own = declarations(file, file.data)
        for declaration in own:
            first = self.declared.get(declaration.id)
            if first is not None:
                raise twice(first, declaration)
            self.declared[declaration.id] = declaration
        extend = file.data.get("extend")
        if extend is not None:
            if not isinstance(extend, Mapping):
                raise file.error("extend must hold a mapping of ids", "extend")
            self._extensions.extend(declarations(file, extend, "extend"))
        for key in ("exclude", "__exclude__"):
            self._read_exclude(file, key)
        return own

    def _number(self, own: Iterable[Declaration]) -> None:
        for declaration in own:
            for call in declaration.calls.values():
                if not call.places("order"):
                    call.args.append({"order": self._order})
                    self._order += 1

    def _read_exclude(self, file: StateFile, key: str) -> None:
        entries = file.data.get(key, [])
        if not isinstance(entries, list):
            raise file.error(f"{key} must be a list", key)
        for index, entry in enumerate(entries):
            if isinstance(entry, str):
                self._excluded_sls.add(entry)
            elif isinstance(entry, Mapping) and set(entry) <= {"sls", "id"}:
                self._excluded_sls.update(map(str, as_list(entry.get("sls"))))
                self._excluded_ids.update(map(str, as_list(entry.get("id"))))
            else:
                raise file.error(f"{entry!r} is neither 'sls: name' nor 'id: name'", key, index)

    def finished(self) -> list[Declaration]:
        """Apply ``extend``, ``_in`` forms, ``use`` and ``exclude``; raises CompileError."""
        for extension in self._extensions:
            if extension.calls and extension.sls not in self._excluded_sls:
                self._extend(self._extended(extension), extension)
        for declaration in self.declared.values():
            for call in declaration.calls.values():
                verify(call, self.declared)
        turn_round(self.declared, self._excluded_sls)
        return [
            declaration
            for id_, declaration in self.declared.items()
            if id_ not in self._excluded_ids
            and not any(fnmatchcase(declaration.sls, each) for each in self._excluded_sls)
        ]

    def _extend(self, target: Declaration, extension: Declaration) -> None:
        for state, call in extension.calls.items():
            own = target.calls.get(state)
            call.also = ((extension.env, extension.sls),)
            if own is not None:
                own.fun = call.fun or own.fun
                own.also += call.also
                add_arguments(own, call.args)
            elif call.fun:
                target.calls[state] = call
            else:
                raise CompileError(f"id {target.id!r} has no {state!r} to extend", at=call.at)

    def _extended(self, extension: Declaration) -> Declaration:
        if extension.id in self.declared:
            return self.declared[extension.id]
        found = CallIndex(self.declared).find(next(iter(extension.calls)), extension.id)
        if len(found) == 1:
            return self.declared[found[0]]
        if found:
            places = ", ".join(str(self.declared[id_].at) for id_ in found)
            raise CompileError(
                f"{extension.id!r} to extend is the name of several states: {places}",
                at=extension.at,
            )
        raise CompileError(
            f"extended id {extension.id!r} is declared nowhere",
            at=extension.at,
            hint=_nearest(extension.id, list(self.declared)),
        )


def includes(file: StateFile, name: str) -> list[Include]:
    """Return what a file includes, by default from its own environment; raises CompileError."""
    entries = file.data.get("include", [])
    if not isinstance(entries, list):
        raise file.error("include must be a list", "include")
    result = []
    for index, entry in enumerate(entries):
        env: Value = file.env
        if isinstance(entry, Mapping) and len(entry) == 1:
            env, entry = next(iter(entry.items()))
            if env == "_xenv":
                env = file.env
        if not isinstance(env, str):
            raise file.error(f"{env!r} is no name of an environment", "include", index)
        if not isinstance(entry, str) or not entry.strip("."):
            raise file.error(f"{entry!r} is no state file name", "include", index)
        result.append(Include(env, _absolute(file, name, entry, index), file.at("include", index)))
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


def missing_include(sls: str, at: At, known: Sequence[str]) -> CompileError:
    """Return the error for an include that leads nowhere."""
    return CompileError(f"there is no state file {sls!r}", at=at, hint=_nearest(sls, known))


def _nearest(name: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches  # late: only mistakes need it

    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else "is an include missing, or a name mistyped?"
