"""One call of ``zester render``: what is compiled, from what, for whom."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from zester.cli.render.arguments import read_text
from zester.compiler.compile import Compiled, compile_node
from zester.compiler.options import CompileOptions
from zester.compiler.roots import Roots
from zester.compiler.state_root import StateRoot
from zester.dataclass import dataclass
from zester.errors import CompileError, SourceError
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.cache.code_store import user_store
from zester.templating.cache.library import Library
from zester.templating.failures import FAILURES
from zester.templating.functions.machine.table import MACHINE
from zester.templating.providers import Providers
from zester.templating.recorded import RecordedFiles
from zester.trees.folder import FolderFiles


@dataclass(frozen=True)
class RenderJob:
    """``states`` are the roots by environment; ``settings`` one file or folder, or folders by
    environment; ``env`` is the environment to keep to, None for all."""

    states: Mapping[str, Path]
    settings: Path | Mapping[str, Path] | None
    facts: Mapping[str, Value]
    nodegroups: Path | None
    env: str | None
    lenient: bool
    options: CompileOptions

    def together(self, sls: Sequence[str] | None) -> Compiled:
        """Compile state files as one, or what the top file says; raises SourceError."""
        return compile_node(
            self._files,
            self._node,
            env=self.env,
            sls=sls,
            settings=self._known,
            roots=Roots(),
            library=self._library,
            providers=self._providers,
            options=self.options,
        )

    def each(self, patterns: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Compile state files one by one, all of the root when none is named.

        The answer of each is ``low``, its chunks, or ``error`` with the place it is ``at``.
        """
        return {sls: self._alone(sls) for sls in self._names(patterns)}

    def _alone(self, sls: str) -> dict[str, Any]:
        try:
            return {"low": [chunk.as_salt() for chunk in self.together([sls]).chunks]}
        except SourceError as error:
            text = str(error) if error.trail else error.message
            return {"error": text, "at": sls if error.at is None else str(error.at)}
        except FAILURES as error:
            # Not a fault that was foreseen: all the more it must not hide the other files.
            text = "nested too deeply" if isinstance(error, RecursionError) else str(error)
            return {"error": text or type(error).__name__, "at": sls}

    def _names(self, patterns: Sequence[str]) -> list[str]:
        env = self.env or ("base" if "base" in self.states else next(iter(self.states)))
        if env not in self._files:
            raise CompileError(f"there is no environment {env!r}", hint=f"give --states {env}=DIR")
        root = StateRoot(RecordedFiles(self._files[env]), "")
        if not patterns:
            return root.names()
        return list(dict.fromkeys(sls for pattern in patterns for sls in root.matching(pattern)))

    @cached_property
    def _files(self) -> dict[str, FolderFiles]:
        return {env: FolderFiles(path) for env, path in self.states.items()}

    @cached_property
    def _node(self) -> NodeView:
        groups: Mapping[str, str] = {}
        if self.nodegroups is not None:
            from zester.compiler.assigned.nodegroups import read_groups

            groups = read_groups(read_text(self.nodegroups, "node groups"), str(self.nodegroups))
        node = str(self.facts["id"] if "id" in self.facts else os.uname().nodename)
        return NodeView(id=node, facts=self.facts, groups=groups)

    @cached_property
    def _library(self) -> Library:
        return Library(store=user_store())

    @cached_property
    def _providers(self) -> Providers:
        return Providers(machine=MACHINE, lenient=self.lenient)

    @cached_property
    def _known(self) -> dict[str, Value]:
        if self.settings is None:
            return {}
        from zester.compiler.settings.argument import settings_argument

        return settings_argument(
            self.settings,
            self._node,
            env=self.env,
            library=self._library,
            providers=self._providers,
            options=self.options,
            placeholders=True,
        )
