"""Settings of a node: rendered one after the other and merged."""

from __future__ import annotations

from collections.abc import Mapping

from zester.compiler.assigned.assignments import settings_assignments, top_files
from zester.compiler.assigned.top import Assignment, missing_file
from zester.compiler.environments import Environments
from zester.compiler.options import DEFAULT, CompileOptions
from zester.compiler.settings.include import SettingsInclude, settings_includes
from zester.compiler.settings.merge import Settings, as_wished, merge_settings
from zester.compiler.settings.opened import load_settings_file
from zester.compiler.state_file import StateFile
from zester.errors import CompileError, SourceError
from zester.targeting.value import Value
from zester.templating.failures import led_by
from zester.templating.merging import in_order

MAX_INCLUDES = 100
MAX_FILES = 2000
"""Files one node's settings may be made of; one that is included twice counts twice."""

Chain = tuple[tuple[str, str], ...]
Found = tuple[Settings, CompileOptions]
"""Settings, and how they are laid over those before them."""


class SettingsCompiler:
    """Renders the settings files of one node; each sees what came before it.

    ``env`` is the only environment whose top file counts; with None those of all count.
    """

    def __init__(
        self, environments: Environments, env: str | None, options: CompileOptions = DEFAULT
    ) -> None:
        self._environments = environments.with_settings({})
        self._env = env
        self._options = options
        self._rendered = 0

    def compile(self) -> Settings:
        """Return the settings the top files give the node; raises SourceError."""
        tops = top_files(self._environments, self._env)
        if self._options.settings_merge == "none":
            own = self._env or next(iter(self._environments), None)
            tops = {env: files for env, files in tops.items() if env == own}
        merged: Settings = {}
        for entry in settings_assignments(tops, self._environments, self._env):
            found = self._file(entry, merged, {}, ())
            if found is not None:
                merged = merge_settings(merged, *found)
                self._environments = self._environments.with_settings(merged)
        return merged

    def compile_file(self, env: str, name: str) -> Settings:
        """Return the settings of one file, named from the root; raises SourceError."""
        sls = name.rpartition(".")[0]
        renderer = self._environments.renderer(env)
        file = load_settings_file(renderer, name, sls, env)
        return self._whole(file, name, {}, {}, ((env, sls),))

    def _file(
        self, entry: Assignment, seen: Settings, defaults: Mapping[str, Value], chain: Chain
    ) -> Found | None:
        """Return a file's settings and those it includes, None when it is not there and need not
        be. ``seen`` is what its template sees as settings, ``defaults`` are variables of it."""
        name = self._environments.root(entry.env).find(entry.sls)
        if name is None:
            if entry.ignore_missing:
                return None
            prefix = self._environments.renderer(entry.env).root
            raise missing_file(entry, "settings file", prefix)
        here = (entry.env, entry.sls)
        if here in chain or len(chain) > MAX_INCLUDES:
            names = " → ".join(sls for _, sls in (*chain, here))
            raise CompileError(f"settings include themselves: {names}", at=entry.at)
        self._rendered += 1
        if self._rendered > MAX_FILES:
            raise CompileError(
                f"settings include more than {MAX_FILES:,} files",
                at=entry.at,
                hint="do files include each other again and again?",
            )
        try:
            renderer = self._environments.with_settings(seen).renderer(entry.env)
            file = load_settings_file(renderer, name, entry.sls, entry.env, context=defaults)
            whole = self._whole(file, name, seen, defaults, (*chain, here))
        except SourceError as error:
            raise led_by(error, entry.at) from error
        return whole, as_wished(self._options, self._environments.wishes(entry.env, name))

    def _whole(
        self,
        file: StateFile,
        name: str,
        seen: Settings,
        defaults: Mapping[str, Value],
        chain: Chain,
    ) -> Settings:
        """Included settings in their order, the file's own over them."""
        merged: Settings | None = None
        for include in settings_includes(file, name, self._environments.root(file.env)):
            defaults = include.defaults if include.defaults is not None else defaults
            added, options = self._included(file, include, merged, seen, defaults, chain)
            merged = added if merged is None else merge_settings(merged, added, options)
        own = {key: in_order(value) for key, value in file.data.items() if key != "include"}
        return merge_settings(merged, own, self._options) if merged is not None else own

    def _included(
        self,
        file: StateFile,
        include: SettingsInclude,
        merged: Settings | None,
        seen: Settings,
        defaults: Mapping[str, Value],
        chain: Chain,
    ) -> Found:
        before = merge_settings(seen, merged, self._options) if merged else seen
        entry = Assignment(include.sls, include.at, env=file.env)
        added, options = self._file(entry, before, defaults, chain) or ({}, self._options)
        for part in reversed(include.key.split(":")) if include.key else ():
            added = {part: added}
        return added, options
