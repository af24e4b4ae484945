"""This node as only it knows itself: with its settings and the node groups of its tree."""

from __future__ import annotations

from dataclasses import replace

import anyio

from zester.targeting.node import NodeView
from zester_peel.agent.cached_files import CachedFiles
from zester_peel.agent.desired import DesiredState
from zester_peel.agent.offers import offers


async def with_settings(node: NodeView, desired: DesiredState) -> NodeView:
    """Return the node with the settings and groups of the tree it follows; raises SourceError."""
    from zester.compiler.assigned.nodegroups import with_groups  # late: only some jobs need it
    from zester.compiler.compile import compile_node
    from zester.templating.recorded import RecordedFiles

    files = CachedFiles(desired.current.files, desired.cache)

    def work() -> NodeView:
        grouped = with_groups(node, {desired.env: RecordedFiles(files)})
        compiled = compile_node(files, grouped, env=desired.env, sls=(), providers=offers())
        return replace(grouped, settings=compiled.settings)

    return await anyio.to_thread.run_sync(work)
