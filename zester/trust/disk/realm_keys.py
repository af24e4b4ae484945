"""The private keys of a realm as JSON, for inside a vault; the operator's own root apart."""

from __future__ import annotations

import json
from typing import Any

from zester.errors import InvalidToken
from zester.trust.certificates import Certificate
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.realm import EnvironmentKeys, Realm
from zester.trust.sealing import BoxKey
from zester.trust.tiers import Tier
from zester.trust.tokens import decode_part, encode_part


def dump_keys(realm: Realm) -> dict[str, Any]:
    """Return every private key but the operator's."""
    return {
        "operator": realm.operator_public,
        "signing": realm.signing.seed,
        "signing_next": realm.signing_next.seed if realm.signing_next is not None else None,
        "signing_before": realm.signing_before,
        "system": realm.system.seed,
        "authorities": [[each.certificate, each.key] for each in realm.authorities],
        "environments": {env: _dump(keys) for env, keys in realm.environments.items()},
        "routes": realm.routes,
    }


def load_keys(values: object, operator: KeyPair | None) -> Realm:
    """Return the realm of what ``dump_keys`` gave; raises InvalidToken, which repeats nothing."""
    if not isinstance(values, dict):
        raise InvalidToken("the realm's keys are not what they were saved as")
    try:
        coming = values.get("signing_next")
        realm = Realm(
            values["operator"],
            operator,
            _key(values["signing"], KeyKind.OPERATOR),
            _key(values["system"], KeyKind.ACCOUNT),
            tuple(Certificate(certificate, key) for certificate, key in values["authorities"]),
            {env: _load(keys) for env, keys in values["environments"].items()},
            None if coming is None else _key(coming, KeyKind.OPERATOR),
            values.get("signing_before"),
            str(values.get("routes", "")),  # older realms have one server
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        # Chained, the cause would show the keys' text.
        raise InvalidToken("the realm's keys are not what they were saved as") from None
    if operator is not None and operator.public != realm.operator_public:
        raise InvalidToken(
            f"the operator's seed is that of {operator.public}, not of {realm.operator_public}"
        )
    return realm


def read_operator(data: bytes) -> KeyPair:
    """Read the operator's seed; raises InvalidToken."""
    return _key(data.decode("ascii", "replace"), KeyKind.OPERATOR)


def to_json(value: object) -> bytes:
    """Return JSON in one order."""
    return json.dumps(value, sort_keys=True).encode()


def _dump(keys: EnvironmentKeys) -> dict[str, Any]:
    return {
        "control": keys.control.seed,
        "nodes": keys.nodes.seed,
        "signing": {tier.value: key.seed for tier, key in keys.signing.items()},
        "masters": encode_part(keys.masters.secret),
        "guest": keys.guest,
        "retired": {key: tier.value for key, tier in keys.retired.items()},
        "leaves": {site: key.seed for site, key in keys.leaves.items()},
    }


def _load(values: dict[str, Any]) -> EnvironmentKeys:
    return EnvironmentKeys(
        _key(values["control"], KeyKind.ACCOUNT),
        _key(values["nodes"], KeyKind.ACCOUNT),
        {Tier(tier): _key(seed, KeyKind.ACCOUNT) for tier, seed in values["signing"].items()},
        BoxKey(decode_part(values["masters"])),
        values["guest"],
        {key: Tier(tier) for key, tier in values["retired"].items()},
        {site: _key(seed, KeyKind.ACCOUNT) for site, seed in values.get("leaves", {}).items()},
    )


def _key(seed: str, kind: KeyKind) -> KeyPair:
    key = KeyPair.from_seed(seed)
    if key.kind is not kind:
        raise InvalidToken(f"a key of the realm is no {kind.name.lower()} key")
    return key
