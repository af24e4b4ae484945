"""``hashutil.*``: digests and base64."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.scope import Scope


def md5_digest(scope: Scope, instr: Value) -> str:
    return hashlib.md5(_bytes(instr), usedforsecurity=False).hexdigest()


def sha256_digest(scope: Scope, instr: Value) -> str:
    return hashlib.sha256(_bytes(instr)).hexdigest()


def sha512_digest(scope: Scope, instr: Value) -> str:
    return hashlib.sha512(_bytes(instr)).hexdigest()


_DIGESTS: Mapping[str, Callable[[Scope, Value], str]] = {
    "md5": md5_digest,
    "sha256": sha256_digest,
    "sha512": sha512_digest,
}


def digest(scope: Scope, instr: Value, checksum: str = "md5") -> str:
    """Return the digest of a text by ``md5``, ``sha256`` or ``sha512``."""
    function = _DIGESTS.get(checksum)
    if function is None:
        raise RenderError(
            f"there is no digest {checksum!r}", hint=f"there are {', '.join(_DIGESTS)}"
        )
    return function(scope, instr)


def base64_b64encode(scope: Scope, instr: Value) -> str:
    return base64.b64encode(_bytes(instr)).decode("ascii")


def base64_b64decode(scope: Scope, instr: Value) -> str:
    return base64.b64decode(_bytes(instr)).decode("utf-8", "replace")


def base64_encodestring(scope: Scope, instr: Value) -> str:
    """Return base64 in lines of 76 characters."""
    return base64.encodebytes(_bytes(instr)).decode("ascii")


def base64_decodestring(scope: Scope, instr: Value) -> str:
    return base64.decodebytes(_bytes(instr)).decode("utf-8", "replace")


def hmac_compute(scope: Scope, string: Value, shared_secret: Value) -> str:
    """Return the SHA-256 message code of a text, in hexadecimal."""
    return hmac.new(_bytes(shared_secret), _bytes(string), hashlib.sha256).hexdigest()


def hmac_signature(scope: Scope, string: Value, shared_secret: Value, challenge_hmac: str) -> bool:
    """Return whether a base64 SHA-256 message code belongs to a text."""
    code = hmac.new(_bytes(shared_secret), _bytes(string), hashlib.sha256).digest()
    return hmac.compare_digest(base64.b64encode(code), _bytes(challenge_hmac))


def github_signature(
    scope: Scope, string: Value, shared_secret: Value, challenge_hmac: str
) -> bool:
    """Return whether ``algorithm=code`` belongs to a text."""
    kind, _, challenge = challenge_hmac.partition("=")
    try:
        code = hmac.new(_bytes(shared_secret), _bytes(string), kind).hexdigest()
    except ValueError as error:
        raise RenderError(f"there is no digest {kind!r}") from error
    return hmac.compare_digest(code, challenge)


def _bytes(value: Value) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8")
