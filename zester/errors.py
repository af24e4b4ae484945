"""Every exception Zester raises on purpose.

    ZesterError
    ├── TransientError              try again: carries ``retry_after`` (seconds)
    │   ├── BusUnavailable          no server, no answer in time
    │   │   └── NobodyAnswers       nobody listened: certainly nothing was done
    │   ├── RevisionConflict        somebody else wrote the key first
    │   ├── BlobUnavailable         a referenced blob is not on the bus (yet)
    │   ├── PackagesBusy            somebody else holds the package manager's lock
    │   ├── CommandTimeout          a command ran past its deadline and was ended
    │   ├── CompanionLost           a process of our own ended before it answered
    │   ├── ClusterUnavailable      no API server of Kubernetes, or it cannot answer now
    │   └── ClusterConflict         another object or another writer was there first
    └── TerminalError               trying again changes nothing: somebody must act
        ├── InvalidKey              a key, bucket or node id outside the grammar
        ├── KeyNotFound             nothing is stored under the key
        ├── BusRefused              the server said no (permission, limits, configuration)
        ├── EmbeddedServerError     the embedded nats-server is missing or did not start
        ├── InvalidDocument         stored or received data is not what its kind says
        │   ├── InvalidHead         a head that must not be followed
        │   └── CorruptBlob         bytes that do not hash to their name
        ├── TreeRejected            a tree that must not be pushed; lists every problem
        ├── SourceError             a problem at a place in a file
        │   ├── YamlError           not the YAML we accept
        │   ├── RenderError         a template failed
        │   ├── TargetError         a target expression does not parse
        │   ├── CompileError        files that render but do not make a high state
        │   └── NotGranted          a sealed file or value whose key this node does not have
        ├── SettingsError           a process was configured wrongly
        ├── StateError              a state cannot be planned or applied
        │   └── ParameterError      unknown, missing or mistyped parameters of a state
        ├── FactError               a custom fact that cannot be one
        ├── NotStructural           a model that has no schema Kubernetes would take
        ├── UnderMaintenance        this machine must not be changed now
        ├── EnrollmentRefused       a master said no to a machine
        ├── Untrusted               a signed document that must not be followed
        │   ├── InvalidToken        not a key, token or envelope
        │   ├── Unsigned            no signature where one must be
        │   ├── BadSignature        the signature is not that of what was signed
        │   ├── UnknownSigner       signed by a key that nobody vouches for
        │   ├── RevokedSigner       signed by a key that was revoked
        │   ├── ExpiredSigner       signed by a key whose time was over
        │   ├── WrongTier           signed by somebody who may not sign this
        │   ├── WrongAddressee      signed for another key, node or environment
        │   ├── Expired             the time of what was signed is over
        │   ├── StaleRevision       older than what is known already
        │   ├── NotAllowed          no role lets this signer have this done here
        │   ├── FrozenMirror        the bus shows less than a master vouches for
        │   └── CannotOpen          sealed for another key, or damaged
        ├── ClusterRefused          the API server of Kubernetes said no
        └── HostError               the operating system refused

``reason`` is the word that conditions show. Messages say what, which and why; ``hint`` what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from zester.at import At as At


class ZesterError(Exception):
    """The root. ``str()`` gives one line, ``hint`` the way out."""

    reason: ClassVar[str] = "Error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class TransientError(ZesterError):
    reason = "Transient"

    def __init__(
        self, message: str, *, hint: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class BusUnavailable(TransientError):
    reason = "BusUnavailable"


class NobodyAnswers(BusUnavailable):
    pass


class RevisionConflict(TransientError):
    reason = "RevisionConflict"


class BlobUnavailable(TransientError):
    reason = "BlobUnavailable"


class CommandTimeout(TransientError):
    reason = "CommandTimeout"


class CompanionLost(TransientError):
    reason = "CompanionLost"


class PackagesBusy(TransientError):
    reason = "PackagesBusy"


class ClusterUnavailable(TransientError):
    reason = "ClusterUnavailable"


class ClusterConflict(TransientError):
    reason = "ClusterConflict"


class TerminalError(ZesterError):
    reason = "Terminal"


class InvalidKey(TerminalError):
    reason = "InvalidKey"


class KeyNotFound(TerminalError):
    reason = "KeyNotFound"


class BusRefused(TerminalError):
    reason = "BusRefused"


class EmbeddedServerError(TerminalError):
    reason = "EmbeddedServerError"


class InvalidDocument(TerminalError):
    reason = "InvalidDocument"


class InvalidHead(InvalidDocument):
    reason = "InvalidHead"


class CorruptBlob(InvalidDocument):
    reason = "CorruptBlob"


class SourceError(TerminalError):
    """A problem at a place in a file.

    ``at`` is where it is; ``trail`` how we came there, outermost first (the including files);
    ``excerpt`` the offending line with a caret under it, when known.
    """

    reason = "SourceError"

    def __init__(
        self,
        message: str,
        *,
        at: At | None = None,
        trail: Sequence[At] = (),
        excerpt: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.at = at
        self.trail = tuple(trail)
        self.excerpt = excerpt

    def __str__(self) -> str:
        places = [*self.trail, *([self.at] if self.at else [])]
        where = " → ".join(map(str, places))
        return f"{where}: {self.message}" if where else self.message


class YamlError(SourceError):
    reason = "YamlError"


class RenderError(SourceError):
    reason = "RenderError"


class TargetError(SourceError):
    reason = "TargetError"


class CompileError(SourceError):
    reason = "CompileError"


class NotGranted(SourceError):
    reason = "NotGranted"


class TreeRejected(TerminalError):
    """A tree that must not be pushed; ``problems`` holds one error for each thing wrong with it."""

    reason = "TreeRejected"

    def __init__(self, problems: Sequence[SourceError], *, hint: str | None = None) -> None:
        count = len(problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in the tree", hint=hint)
        self.problems = tuple(problems)


class SettingsError(TerminalError):
    reason = "SettingsError"


class StateError(TerminalError):
    reason = "StateFailed"


class ParameterError(StateError):
    reason = "InvalidParameters"


class FactError(TerminalError):
    reason = "InvalidFact"


class NotStructural(TerminalError):
    reason = "NotStructural"


class UnderMaintenance(TerminalError):
    reason = "UnderMaintenance"


class EnrollmentRefused(TerminalError):
    reason = "EnrollmentRefused"


class Untrusted(TerminalError):
    reason = "Untrusted"


class InvalidToken(Untrusted):
    reason = "InvalidToken"


class Unsigned(Untrusted):
    reason = "Unsigned"


class BadSignature(Untrusted):
    reason = "BadSignature"


class UnknownSigner(Untrusted):
    reason = "UnknownSigner"


class RevokedSigner(Untrusted):
    reason = "RevokedSigner"


class ExpiredSigner(Untrusted):
    reason = "ExpiredSigner"


class WrongTier(Untrusted):
    reason = "WrongTier"


class WrongAddressee(Untrusted):
    reason = "WrongAddressee"


class Expired(Untrusted):
    reason = "Expired"


class StaleRevision(Untrusted):
    reason = "StaleRevision"


class FrozenMirror(Untrusted):
    reason = "FrozenMirror"


class NotAllowed(Untrusted):
    reason = "NotAllowed"


class CannotOpen(Untrusted):
    reason = "CannotOpen"


class ClusterRefused(TerminalError):
    reason = "ClusterRefused"


class HostError(TerminalError):
    reason = "HostError"


def leaves(group: BaseExceptionGroup[ZesterError]) -> Iterator[ZesterError]:
    """Yield the errors of a group, however deep the groups in it are."""
    for error in group.exceptions:
        yield from leaves(error) if isinstance(error, BaseExceptionGroup) else (error,)
