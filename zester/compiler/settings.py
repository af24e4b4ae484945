"""Settings of a node: rendered one after the other and merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from zester.compiler.state_file import StateFile, load_state_file
from zester.compiler.state_root import StateRoot
from zester.compiler.top import Assignment, assignments, missing_file
from zester.errors import CompileError, SourceError
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.failures import led_by
from zester.templating.library import Library
from zester.templating.merging import merge, plain_copy
from zester.templating.providers import NOTHING, Providers
from zester.templating.recorded import RecordedFiles
from zester.templating.renderer import Renderer

MAX_INCLUDES = 100
MAX_FILES = 2000
"""Files one node's settings may be made of; one that is included twice counts twice."""


class SettingsCompiler:
    """Renders the settings files of one node; each sees what came before it."""

    def __init__(
        self,
        files: RecordedFiles,
        prefix: str,
        node: NodeView,
        *,
        env: str,
        library: Library,
        providers: Providers = NOTHING,
    ) -> None:
        self._files = files
        self._prefix = prefix
        self._root = StateRoot(files, prefix)
        self._node = node
        self._env = env
        self._library = library
        self._providers = providers
        self._rendered = 0

    def compile(self) -> dict[str, Value]:
        """Return the settings the top file gives the node; raises SourceError."""
        assigned = assignments(self._renderer({}), self._root, self._node, self._env)
        merged: dict[str, Value] = {}
        for assignment in assigned or ():
            merged = self._add(merged, assignment, ())
        return merged

    def compile_file(self, name: str) -> dict[str, Value]:
        """Return the settings of one file, named from the root."""
        return self._add_file(
            {}, load_state_file(self._renderer({}), name, name.rpartition(".")[0]), ()
        )

    def _renderer(self, settings: Mapping[str, Value]) -> Renderer:
        node = replace(self._node, settings=settings)
        return Renderer(
            self._files,
            self._prefix,
            node,
            env=self._env,
            library=self._library,
            providers=self._providers,
        )

    def _add(
        self, merged: dict[str, Value], assignment: Assignment, including: tuple[str, ...]
    ) -> dict[str, Value]:
        name = self._root.find(assignment.sls)
        if name is None:
            if assignment.ignore_missing:
                return merged
            raise missing_file(assignment, "settings file", self._prefix)
        if assignment.sls in including or len(including) > MAX_INCLUDES:
            chain = " → ".join([*including, assignment.sls])
            raise CompileError(f"settings include themselves: {chain}", at=assignment.at)
        self._rendered += 1
        if self._rendered > MAX_FILES:
            raise CompileError(
                f"settings include more than {MAX_FILES:,} files",
                at=assignment.at,
                hint="do files include each other again and again?",
            )
        try:
            file = load_state_file(self._renderer(merged), name, assignment.sls)
            return self._add_file(merged, file, (*including, assignment.sls))
        except SourceError as error:
            raise led_by(error, assignment.at) from error

    def _add_file(
        self, merged: dict[str, Value], file: StateFile, including: tuple[str, ...]
    ) -> dict[str, Value]:
        includes = file.data.get("include", [])
        if not isinstance(includes, list):
            raise file.error("include must be a list", "include")
        for index, entry in enumerate(includes):
            name, options = _include(file, entry, index)
            start = plain_copy(options.get("defaults") or {})
            at = file.at("include", index)
            added = self._add(start, Assignment(name, at), including)
            key = options.get("key")
            for part in reversed(str(key).split(":")) if key else ():
                added = {part: added}
            merged = merge(merged, added)
        own = {key: value for key, value in file.data.items() if key != "include"}
        result: dict[str, Value] = merge(merged, own)
        return result


def _include(file: StateFile, entry: Value, index: int) -> tuple[str, Mapping[str, Value]]:
    if isinstance(entry, str):
        return entry, {}
    if isinstance(entry, Mapping) and len(entry) == 1:
        name, options = next(iter(entry.items()))
        if isinstance(options, Mapping) and set(options) <= {"defaults", "key"}:
            return str(name), options
    raise file.error("an include is a name, or a name with 'defaults' and 'key'", "include", index)
