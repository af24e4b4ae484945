"""What reads bytes of strangers, and what must be true of whatever it accepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from zester.bus.keys import check_filter, escape_token, split_key, unescape_token
from zester.errors import ZesterError
from zester.resources.enrollment.invitation import Invitation
from zester.resources.enrollment.request import make_request, read_request, request_place
from zester.resources.head import Head
from zester.resources.jobs.job import Job
from zester.resources.manifest import Manifest
from zester.targeting.parser import parse_target
from zester.trust.bundle import read_bundle
from zester.trust.credentials import parse_credentials
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester.trust.tokens import read_token

PLACE = "heads.base.cli"
REALM = Realm.generate(["base"])
VERIFIER = REALM.verifier("base")
PAYLOAD = b'{"revision":7}'
HEAD = REALM.signer("base", Tier.PUBLISHER, "ci").sign(PLACE, PAYLOAD)
BUNDLE = REALM.bundle("base")
OPERATOR = REALM.operator_public
GENUINE = read_bundle(BUNDLE, operator=OPERATOR, env="base").bundle
CREDENTIALS = REALM.issue("base", Tier.OPERATOR, "ann")
NODE = KeyPair.generate(KeyKind.USER)
REQUEST, ASKED = make_request(NODE, "web-01", "base", request_place("web-01"))
MANIFEST = b'{"files":{"a/b":{"digest":"' + b"a" * 64 + b'","mode":420,"size":1}}}'


@dataclass(frozen=True, slots=True)
class FuzzTarget:
    """``read`` raises ZesterError or returns; ``seeds`` are where mutations start."""

    read: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def _envelope(data: bytes) -> None:
    assert VERIFIER.open(data, PLACE).payload == PAYLOAD, "a forged document was believed"


def _bundle(data: bytes) -> None:
    found = read_bundle(data, operator=OPERATOR, env="base")
    assert found.bundle == GENUINE, "a forged bundle was believed"


def _token(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    assert read_token(text).text.strip() == text.strip(), "a token that is not the one it read"


def _credentials(data: bytes) -> None:
    found = parse_credentials(data.decode("utf-8", "replace"))
    assert found.key.public == CREDENTIALS.key.public, "credentials for a key that nobody has"


def _request(data: bytes) -> None:
    assert read_request(data) == REQUEST, "a request that its key did not sign was read"


def _invitation(data: bytes) -> None:
    Invitation.parse(data.decode("utf-8", "replace"))


def _manifest(data: bytes) -> None:
    found = Manifest.decode(data)
    assert found.encode() == data, "two texts for one manifest"
    for path in found.files:
        assert not {"", ".", ".."} & set(path.split("/")), f"a path out of the tree: {path!r}"


def _keys(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    if text:
        assert unescape_token(escape_token(text)) == text, "a name that does not survive"
    for read in (split_key, check_filter, unescape_token):
        try:
            read(text)
        except ZesterError:
            continue


def _target(data: bytes) -> None:
    parse_target(data.decode("utf-8", "replace"))


TARGETS: Mapping[str, FuzzTarget] = {
    "envelope": FuzzTarget(_envelope, (HEAD,)),
    "bundle": FuzzTarget(_bundle, (BUNDLE,)),
    "token": FuzzTarget(_token, (CREDENTIALS.token.encode(),)),
    "credentials": FuzzTarget(_credentials, (CREDENTIALS.encode().encode(),)),
    "request": FuzzTarget(_request, (ASKED,)),
    "invitation": FuzzTarget(_invitation, (b"",)),
    "manifest": FuzzTarget(_manifest, (MANIFEST,)),
    "head": FuzzTarget(
        lambda data: void(Head.decode(data)),
        (b'{"created":0,"manifest":"' + b"a" * 64 + b'","revision":1}',),
    ),
    "job": FuzzTarget(lambda data: void(Job.decode(data)), (b'{"jid":"1","target":"*"}',)),
    "keys": FuzzTarget(_keys, (b"web-01=2Eexample.a", b">")),
    "target": FuzzTarget(_target, (b"G@os:Debian and (web* or not I@a:b) and L@a,b",)),
}


def void(value: object) -> None:
    """Only whether it could be read counts."""
    del value
