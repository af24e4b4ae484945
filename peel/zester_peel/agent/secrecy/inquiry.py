"""Finds out, while a tree is compiled, what of it is secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from zester.compiler.compile import Compiled
from zester.compiler.lowstate import LowChunk
from zester.compiler.secrecy.discreet import discreet, sparing
from zester.compiler.secrecy.mask import masked
from zester.dataclass import dataclass
from zester.errors import SourceError, ZesterError
from zester.telemetry.redaction.vault import Vault
from zester.templating.failures import with_excerpt
from zester.templating.providers import Providers
from zester_peel.agent.secrecy.clear import Clear
from zester_peel.agent.secrecy.pairing import Pair, derived, paired

Recompile = Callable[[Mapping[str, Any], Providers], Sequence[LowChunk]]
"""Compiles the low state for these settings; raises SourceError."""


def looking(providers: Providers) -> Providers:
    """Return the providers that masked templates may have: they look, and do nothing else.

    What needs more has no twin, and stays hidden.
    """
    return replace(providers, execution=None, python=None, basket=None)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Puts what it finds in the vault; ``clear`` is what everybody may read anyway."""

    vault: Vault
    clear: Clear

    def settled(self, settings: Mapping[str, Any]) -> None:
        """Hear the settings before the states are compiled: what is wrong with those may quote."""
        self.vault.hold(self.clear.secrets(settings, ()))

    def secrets(self, compiled: Compiled, more: frozenset[str] = frozenset()) -> frozenset[str]:
        """Return what is secret, all of it known; ``more`` are files that everybody may read."""
        secrets = self.clear.secrets(compiled.settings, compiled.reads | more)
        self.vault.narrow(secrets)
        return secrets

    def derived(
        self, compiled: Compiled, secrets: frozenset[str], providers: Providers, again: Recompile
    ) -> frozenset[str]:
        """Return what of the states themselves depends on secrets; names may."""
        if not secrets or not compiled.asked:
            return frozenset()
        mask = _again(masked(compiled.settings, secrets), providers, again)
        found = derived(paired(compiled.chunks, mask))
        found -= self.clear.said(found, compiled.reads)
        self.vault.add(found)
        return found

    def error(
        self, error: SourceError, *, public: bool = True, asked: Sequence[str] = ()
    ) -> SourceError:
        """Return a compile error that may be told; not ``public``: not of files of the tree.

        ``asked`` are the names that whoever asked gave in clear.
        """
        text = self.clear.text if public else _no_text
        said = self.clear.names().union(asked)
        told = with_excerpt(discreet(error, text, said), text)
        message, hint = (
            None if each is None else sparing(each, said, self.vault)
            for each in (told.message, told.hint)
        )
        self.vault.error(told)
        told.message, told.hint = message or "", hint
        told.args = (told.message,)
        return told


def pairs(
    settings: Mapping[str, Any],
    secrets: frozenset[str],
    providers: Providers,
    again: Recompile,
    real: Sequence[LowChunk] | None = None,
) -> list[Pair]:
    """Return each state with its twin; without ``real`` both sides are compiled anew.

    What does more than look is not done a second time: with it there are no pairs.
    """
    mask = _again(masked(settings, secrets), providers, again)
    return paired(_again(settings, providers, again) if real is None else real, mask)


def _again(
    settings: Mapping[str, Any], providers: Providers, again: Recompile
) -> Sequence[LowChunk]:
    try:
        return again(settings, looking(providers))
    except ZesterError:
        return ()


def _no_text(path: str) -> None:
    return None
