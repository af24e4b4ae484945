"""A tree compiled for this machine, without server or agent."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio.to_thread

from zester.compiler.compile import Compiled, compile_node
from zester.compiler.lowstate import LowChunk
from zester.compiler.options import DEFAULT
from zester.compiler.roots import find_roots
from zester.compiler.secrecy.mask import masked
from zester.compiler.settings.argument import settings_argument
from zester.compiler.settings.merge import merge_settings
from zester.compiler.template_renderer import TemplateRenderer
from zester.dataclass import dataclass
from zester.errors import SourceError
from zester.resources.files import Files
from zester.targeting.node import NodeView
from zester.telemetry.redaction.vault import Vault
from zester.templating.cache.code_store import user_store
from zester.templating.cache.library import Library
from zester.templating.providers import Providers
from zester.templating.recorded import RecordedFiles
from zester_peel.agent.offers import offers
from zester_peel.agent.secrecy.clear import Clear
from zester_peel.agent.secrecy.disclosure import SettingsDisclosure
from zester_peel.agent.secrecy.dumps import refuse_dumps
from zester_peel.agent.secrecy.inquiry import Inquiry, looking, pairs
from zester_peel.agent.secrecy.pairing import Pair
from zester_peel.agent.secrecy.twin import Comparison, Twin
from zester_peel.engine.content import Sources
from zester_peel.engine.run.guards import Functions
from zester_peel.states.registry import REGISTRY

SourcesFrom = Callable[[str, TemplateRenderer], Sources]
"""Returns what states may ask of the tree whose states are below a root."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command was asked to look at; ``sls`` None = what the top file assigns."""

    env: str
    node: str
    settings: Path | None
    sls: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Local:
    """What the tree comes to on this machine, and what may be shown of it.

    ``prepare`` finds out what of the states depends on secrets, before all of it is shown;
    ``compare`` does for each state, in order, what ``disclosure`` asks for when it changed.
    """

    compiled: Compiled
    sources: Callable[[], Sources]
    functions: Functions | None
    disclosure: SettingsDisclosure
    prepare: Callable[[], frozenset[str]]
    compare: Callable[[], Iterable[Comparison | None]]


def compile_local(
    files: Files,
    asked: Asked,
    facts: Mapping[str, Any],
    vault: Vault,
    sources_from: SourcesFrom,
    *,
    over: Mapping[str, Any] | None = None,
) -> Local:
    """Compile a tree; raises SourceError. From then on this process is not dumped to disk.

    ``over`` are settings laid over those of the tree.
    """
    refuse_dumps()
    session = _Session(files, asked, facts)
    mask: list[Sequence[LowChunk]] = []

    def again(given: Mapping[str, Any], providers: Providers) -> Sequence[LowChunk]:
        if not mask:  # whoever asks, it is with the masked settings
            mask.append(session.compile(given, providers=providers).chunks)
        return mask[0]

    inquiry = Inquiry(vault, Clear(files, session.roots, facts))
    try:
        given = session.given()
    except SourceError as error:
        raise inquiry.error(error, public=False) from None  # what it was may hold secrets
    try:
        if over:
            given = merge_settings(session.compile(given, sls=()).settings, over, DEFAULT)
        compiled = session.compile(given, settled=inquiry.settled)
    except SourceError as error:
        raise inquiry.error(error, asked=asked.sls or ()) from None  # as above
    secrets, settings, providers = inquiry.secrets(compiled), compiled.settings, session.providers
    both = functools.partial(pairs, settings, secrets, providers, again, compiled.chunks)
    sources = functools.partial(session.sources, sources_from, settings, providers)

    async def in_thread() -> list[Pair]:
        return await anyio.to_thread.run_sync(both)

    twin = Twin(
        in_thread,
        sources,
        lambda: session.sources(sources_from, masked(settings, secrets), looking(providers)),
        REGISTRY,
    )
    return Local(
        compiled,
        sources,
        providers.machine,
        SettingsDisclosure(vault, os.urandom(16), twin if secrets else None),
        functools.partial(inquiry.derived, compiled, secrets, providers, again),
        lambda: twin.all(both()),
    )


class _Session:
    """What is the same for all that is compiled of a tree for one command."""

    def __init__(self, files: Files, asked: Asked, facts: Mapping[str, Any]) -> None:
        self._files, self._asked = files, asked
        self._view = NodeView(id=str(facts["id"]), facts=facts)
        self.roots = find_roots(RecordedFiles(files))
        self._library, self.providers = Library(store=user_store()), offers()

    def given(self) -> Mapping[str, Any] | None:
        """Return the settings that were asked for, None for those of the tree."""
        if self._asked.settings is None:
            return None
        return settings_argument(
            self._asked.settings,
            self._view,
            env=self._asked.env,
            library=self._library,
            providers=self.providers,
        )

    def compile(
        self,
        settings: Mapping[str, Any] | None,
        *,
        sls: Sequence[str] | None = None,
        providers: Providers | None = None,
        settled: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> Compiled:
        return compile_node(
            self._files,
            self._view,
            env=self._asked.env,
            sls=self._asked.sls if sls is None else sls,
            settings=settings,
            roots=self.roots,
            library=self._library,
            providers=providers or self.providers,
            settled=settled,
        )

    def sources(
        self, made_from: SourcesFrom, settings: Mapping[str, Any], providers: Providers
    ) -> Sources:
        """Return what states ask of the tree, rendered with these settings."""
        renderer = TemplateRenderer(
            self._files,
            self._view,
            settings=settings,
            env=self._asked.env,
            roots=self.roots,
            library=self._library,
            providers=providers,
        )
        return made_from(self.roots.states, renderer)
