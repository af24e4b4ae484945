"""Seal a tree for a source, as the keyring and what was pushed before say."""

from __future__ import annotations

from collections.abc import Mapping

from zester.bus.link.connection import Bus
from zester.errors import InvalidHead
from zester.resources.manifest import FileEntry
from zester.resources.sealing.scope_keys import ScopeHalf, ScopeKeys
from zester.trees.fetch import manifest_from_bus
from zester.trees.heads import Heads
from zester.trees.publish import Authority, Destination
from zester.trees.sealed.keyring import Keyring, refuse_older, scopes_of_tree
from zester.trees.sealed.scopes import scope_of
from zester.trees.sealed.sealer import Sealer
from zester.trees.tree import LocalTree
from zester.trust.sealing import BoxKey

Refs = Mapping[str, tuple[str, ...]]
"""The files to be sealed, each with the others that it needs."""


async def seal_tree(
    bus: Bus, tree: LocalTree, to: Destination, by: Authority, refs: Refs
) -> LocalTree:
    """Return the tree as it may be published; missing keys are made by a master.

    Raises BusUnavailable (no master answers for new files), BusRefused, Untrusted.
    """
    keyring = Keyring(bus, by.verifier)
    previous = await _previous(bus, to, by)
    keys = await scopes_of_tree(keyring, to.source, list(_there(tree, refs)), previous)
    return Sealer(keys, refs, by.signer.key.secret).seal(tree)


async def seal_for_comparison(
    bus: Bus, tree: LocalTree, to: Destination, by: Authority, refs: Refs
) -> LocalTree:
    """Return the tree as it would be published, without asking for keys.

    Files whose keys would be made anew differ from what is published, as they will.
    """
    keyring = Keyring(bus, by.verifier)
    previous = await _previous(bus, to, by)
    scopes = {path: scope_of(to.source, path) for path in _there(tree, refs)}
    found = await keyring.get(scopes.values())
    keys = {}
    for path, scope in scopes.items():
        known = found.get(scope)
        if known is not None:
            refuse_older(path, known, previous.get(path))
        keys[path] = _next(scope, known) if known is None or known.rotate else known
    return Sealer(keys, refs, by.signer.key.secret).seal(tree)


def _there(tree: LocalTree, refs: Refs) -> list[str]:
    return [path for path in refs if path in tree.manifest.files]


def _next(scope: str, known: ScopeKeys | None) -> ScopeKeys:
    """Keys that nobody has, in place of those to be made."""
    number = known.newest.generation + 1 if known else 1
    half = ScopeHalf(generation=number, public=BoxKey.generate().public, sealed="")
    return ScopeKeys(scope=scope, halves=(half,))


async def _previous(bus: Bus, to: Destination, by: Authority) -> Mapping[str, FileEntry]:
    """The files of the tree that is replaced, none when there is none to be had."""
    current = (await Heads(bus, by.verifier).look(to.env, to.source)).head
    if current is None:
        return {}
    try:
        return (await manifest_from_bus(bus, current)).files
    except InvalidHead:
        return {}
