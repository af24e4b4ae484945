"""The secrets that a process knows at the moment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zester.errors import SourceError, TreeRejected, ZesterError
from zester.telemetry.redaction.redactor import Redactor, without_secrets

_NONE = Redactor()


class Vault:
    """Hides what it holds; made once by a process and handed to whatever shows something.

    The texts before the last ``hold`` are hidden as well until ``release``: a run that makes the
    machine what the newer settings say may still show what the older ones said. In memory only.
    """

    def __init__(self) -> None:
        self._now = self._last = self._derived = self._before = _NONE

    def __repr__(self) -> str:
        return f"Vault({self._now!r})"

    def __bool__(self) -> bool:
        return bool(self._now or self._derived or self._before)

    @property
    def texts(self) -> frozenset[str]:
        """The texts of the last ``hold``."""
        return self._now.texts

    def hold(self, texts: Iterable[str]) -> None:
        """Hide these texts from now on, and those so far until ``release``."""
        new = frozenset(texts)
        if new == self._now.texts:
            return
        earlier = self._before.texts | self._now.texts | self._derived.texts
        self._before = Redactor(earlier) if earlier else _NONE
        self._last, self._now, self._derived = self._now, Redactor(new), _NONE

    def narrow(self, texts: Iterable[str]) -> None:
        """Hold these instead of those of the last ``hold``: the others turned out no secrets."""
        new = frozenset(texts)
        if new != self._now.texts:
            self._now = self._last if new == self._last.texts else Redactor(new)

    def add(self, texts: Iterable[str]) -> None:
        """Hide what was derived from the texts, too."""
        new = self._derived.texts.union(texts) - self._now.texts
        if new != self._derived.texts:
            self._derived = self._derived.with_more(new)

    def take(self, derived: Redactor) -> None:
        """Add what another process derived, with the index it has made of it."""
        if self._derived or derived.texts & self._now.texts:
            self.add(derived.texts)
        else:
            self._derived = derived

    def release(self) -> None:
        """Forget the texts before the last ``hold``."""
        self._before = self._last = _NONE

    def rest(self) -> None:
        """Let go of what makes hiding fast; it is made again when something is to be shown."""
        for redactor in (self._derived, self._now, self._before):
            redactor.rest()

    def __call__(self, text: str) -> str:
        """Return a text without secrets."""
        for redactor in (self._derived, self._now, self._before):
            if redactor:
                text = redactor(text)
        return text

    def value(self, value: Any) -> Any:  # noqa: ANN401 - any value of a document
        """Return a value of maps, lists and scalars without secrets, keys included."""
        return without_secrets(value, (self._derived, self._now, self._before))

    def error(self, error: ZesterError) -> ZesterError:
        """Take the secrets out of an error's words, in place; returns it."""
        error.message = self(error.message)
        error.hint = None if error.hint is None else self(error.hint)
        error.args = tuple(self.value(each) for each in error.args)
        if isinstance(error, SourceError) and error.excerpt is not None:
            error.excerpt = self(error.excerpt)
        for each in error.problems if isinstance(error, TreeRejected) else ():
            self.error(each)
        return error
