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
    view = NodeView(id=str(facts["id"]), facts=facts)
    roots = find_roots(RecordedFiles(files))
    library, providers = Library(store=user_store()), offers()
    inquiry = Inquiry(vault, Clear(files, roots, facts))
    compiled_with = functools.partial(
        compile_node, files, view, env=asked.env, sls=asked.sls, roots=roots, library=library
    )

    mask: list[Sequence[LowChunk]] = []

    def again(given: Mapping[str, Any], providers: Providers) -> Sequence[LowChunk]:
        if not mask:  # whoever asks, it is with the masked settings
            mask.append(compiled_with(settings=given, providers=providers).chunks)
        return mask[0]

    def sources_for(given: Mapping[str, Any], providers: Providers) -> Sources:
        renderer = TemplateRenderer(
            files,
            view,
            settings=given,
            env=asked.env,
            roots=roots,
            library=library,
            providers=providers,
        )
        return sources_from(roots.states, renderer)

    given = None
    try:
        if asked.settings is not None:
            given = settings_argument(
                asked.settings, view, env=asked.env, library=library, providers=providers
            )
    except SourceError as error:
        raise inquiry.error(error, public=False) from None  # what it was may hold secrets
    try:
        if over:
            below = compiled_with(settings=given, providers=providers, sls=()).settings
            given = merge_settings(below, over, DEFAULT)
        compiled = compiled_with(settings=given, providers=providers, settled=inquiry.settled)
    except SourceError as error:
        raise inquiry.error(error, asked=asked.sls or ()) from None  # as above
    secrets, settings = inquiry.secrets(compiled), compiled.settings

    both = functools.partial(pairs, settings, secrets, providers, again, compiled.chunks)

    async def in_thread() -> list[Pair]:
        return await anyio.to_thread.run_sync(both)

    twin = Twin(
        in_thread,
        functools.partial(sources_for, settings, providers),
        lambda: sources_for(masked(settings, secrets), looking(providers)),
        REGISTRY,
    )
    return Local(
        compiled,
        functools.partial(sources_for, settings, providers),
        providers.machine,
        SettingsDisclosure(vault, os.urandom(16), twin if secrets else None),
        functools.partial(inquiry.derived, compiled, secrets, providers, again),
        lambda: twin.all(both()),
    )
