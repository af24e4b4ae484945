"""The tree that the agent of this machine held last."""

from __future__ import annotations

from zester.errors import SettingsError
from zester.resources.files import Files
from zester.targeting.node import NodeView
from zester.telemetry.metrics import Metrics
from zester.trees.cache import BlobCache
from zester_peel.agent.belief.belief import Belief
from zester_peel.agent.belief.marks import Marks
from zester_peel.agent.desired import DesiredState
from zester_peel.agent.identity.identity import Identity
from zester_peel.agent.workshop.craft import files_of
from zester_peel.agent.workshop.orders import Tree
from zester_peel.settings import PeelSettings


def held_tree(settings: PeelSettings) -> Files:
    """Return the tree the agent held last; raises SettingsError when there is none."""
    blobs = settings.state_dir / "blobs"
    if blobs.is_dir():
        cache = BlobCache(blobs, limit=settings.cache_limit)
        belief = Belief(Identity.load(settings.state_dir), Marks(None), Metrics())
        belief.load()
        desired = DesiredState(settings.env, settings.state_dir, cache, belief).load()
        if desired.heads:
            node, keys = NodeView(id=settings.id, facts={}), belief.grants.keys
            return files_of(
                Tree(
                    settings.env,
                    node,
                    desired.blobs,
                    str(blobs),
                    desired.sealed,
                    keys,
                    desired.wishes,
                )
            )
    raise SettingsError(
        f"the agent holds no tree of {settings.env!r} in {settings.state_dir}",
        hint="name a folder with --local TREE",
    )
