"""Revoke users of a realm and replace its keys: new account tokens, a new bundle, one serial up."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping

from zester.errors import SettingsError
from zester.trust.certificates import Certificate, make_authority, signed_by
from zester.trust.disk.issuing import write_master_keys
from zester.trust.disk.leaves import close_leaf, renew_leaves
from zester.trust.disk.ledger import SYSTEM, EnvironmentState, Role, User
from zester.trust.disk.master_folder import ADMITS, MasterKeys
from zester.trust.disk.private_file import read_text
from zester.trust.disk.realm_folder import RealmFolder
from zester.trust.disk.server_folder import CERTIFICATE, write_certificates
from zester.trust.disk.topology import LEAF
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.realm import EnvironmentKeys
from zester.trust.tiers import CONTROL, Tier
from zester.trust.tokens import read_token

CONTROL_ROLES: frozenset[Role] = frozenset(CONTROL)
NODES_ROLES: frozenset[Role] = frozenset(tier for tier in Tier if tier not in CONTROL)
SYSTEM_ROLES: frozenset[Role] = frozenset((SYSTEM,))

Revocations = Mapping[str, int]


def revoke(realm: RealmFolder, env: str, name: str, nodes: Revocations) -> tuple[User, ...]:
    """Take somebody's rights; return the users that were meant.

    ``nodes`` are the peels that masters revoked: they stay so. Needs the root.
    """
    meant = realm.ledger.find(env, name)
    now = int(time.time())
    keys = {user.key for user in meant}
    users = tuple(
        user.model_copy(update={"revoked": now}) if user.key in keys else user
        for user in realm.ledger.users
    )
    realm.ledger = realm.ledger.model_copy(update={"users": users})
    roles = {user.tier for user in meant}
    if roles & SYSTEM_ROLES:
        _renew_system(realm)
    if LEAF in roles:
        close_leaf(realm, env, name)
    renew(realm, env, nodes if roles & NODES_ROLES else None)
    realm.save()
    return meant


def rotate_authority(realm: RealmFolder) -> None:
    """Make a new authority beside the old one: all bundles name both. Needs the root."""
    if len(realm.realm.authorities) > 1:
        raise SettingsError(
            "the last change of the authority is not finished",
            hint="`zester trust rotate DIR ca --finish` when every peel has the newest bundle",
        )
    _with_authorities(realm, (make_authority("Zester servers"), *realm.realm.authorities))


def finish_authority(realm: RealmFolder) -> None:
    """Believe only the newest authority from now on. Needs the root."""
    if len(realm.realm.authorities) < 2:
        raise SettingsError("the authority is not being changed", hint="there is nothing to finish")
    _with_authorities(realm, realm.realm.authorities[:1])


def rotate_server(realm: RealmFolder) -> None:
    """Make a new certificate for the servers, signed by the newest authority."""
    write_certificates(realm.folder, realm.ledger, realm.realm)


def server_has_newest(realm: RealmFolder) -> bool:
    """Whether the certificates in the servers' folders are signed by the newest authority."""
    newest = realm.ledger.authorities[0]
    return all(signed_by(read_text(each.path / CERTIFICATE), newest) for each in realm.servers)


def renew_accounts(realm: RealmFolder, peels: Mapping[str, Revocations]) -> None:
    """Sign every account anew, with the rights of this version's table. Needs the root."""
    _renew_system(realm)
    renew_leaves(realm)
    for env, revoked in peels.items():
        renew(realm, env, revoked)
    realm.save()


def rotate_signing(realm: RealmFolder, env: str, tier: Tier, nodes: Revocations) -> None:
    """Make a new signing key for a tier; users of the old one are still let in. Needs the root."""
    keys = realm.realm.keys(env)
    if tier in keys.retired.values():
        raise SettingsError(
            f"the last change of {env}'s signing key of tier {tier} is not finished",
            hint=f"`zester trust rotate DIR signing-key {tier} --finish` shuts its users out",
        )
    changed = dataclasses.replace(
        keys,
        signing={**keys.signing, tier: KeyPair.generate(KeyKind.ACCOUNT)},
        retired={**keys.retired, keys.signing[tier].public: tier},
    )
    _with_keys(realm, env, changed)
    renew(realm, env, None if tier in CONTROL else nodes)
    realm.save()
    folder = realm.master(env)
    if tier in ADMITS and folder.exists():
        write_master_keys(realm, env, folder, MasterKeys.load(folder).system)


def finish_signing(realm: RealmFolder, env: str, tier: Tier, nodes: Revocations) -> None:
    """Shut out whoever has a token of a tier's old signing key. Needs the root."""
    keys = realm.realm.keys(env)
    kept = {key: each for key, each in keys.retired.items() if each is not tier}
    if len(kept) == len(keys.retired):
        raise SettingsError(
            f"{env}'s signing key of tier {tier} is not being changed",
            hint="there is nothing to finish",
        )
    now = int(time.time())
    gone = keys.retired.keys() - kept.keys()
    users = tuple(
        user.model_copy(update={"revoked": now})
        if user.issuer in gone and user.revoked is None
        else user
        for user in realm.ledger.users
    )
    realm.ledger = realm.ledger.model_copy(update={"users": users})
    _with_keys(realm, env, dataclasses.replace(keys, retired=kept))
    renew(realm, env, None if tier in CONTROL else nodes)
    realm.save()


def renew(realm: RealmFolder, env: str, nodes: Revocations | None = None) -> None:
    """Sign an environment's account and bundle anew; with ``nodes`` the account of peels too.

    Does not save. Needs the root.
    """
    ledger, state = realm.ledger, realm.ledger.state(env)
    revoked = ledger.revocations(env, CONTROL_ROLES)
    control = realm.realm.control_token(env, revoked=revoked, now=_after(state.control))
    peels = state.nodes
    if nodes is not None:
        every = {**nodes, **ledger.revocations(env, NODES_ROLES)}
        peels = realm.realm.nodes_token(env, revoked=every, now=_after(state.nodes))
    bundle = realm.realm.bundle(env, serial=state.serial + 1, account=control, revoked=revoked)
    states = {
        **ledger.environments,
        env: EnvironmentState(
            serial=state.serial + 1, control=control, nodes=peels, bundle=bundle.decode()
        ),
    }
    realm.ledger = ledger.model_copy(update={"environments": states})


def revoked_by(token: str) -> dict[str, int]:
    """Return the revocations that an account token carries."""
    found = read_token(token).nats.get("revocations")
    if not isinstance(found, dict):
        return {}
    return {str(key): int(when) for key, when in found.items() if isinstance(when, int)}


def _renew_system(realm: RealmFolder) -> None:
    revoked: dict[str, int] = {}
    for env in realm.ledger.environments:
        revoked.update(realm.ledger.revocations(env, SYSTEM_ROLES))
    token = realm.realm.system_token(revoked=revoked, now=_after(realm.ledger.system_token))
    realm.ledger = realm.ledger.model_copy(update={"system_token": token})


def _with_authorities(realm: RealmFolder, authorities: tuple[Certificate, ...]) -> None:
    realm.realm = dataclasses.replace(realm.realm, authorities=authorities)
    certificates = realm.realm.authority_certificates
    realm.ledger = realm.ledger.model_copy(update={"authorities": certificates})
    for env in realm.ledger.environments:
        renew(realm, env)
    realm.save()


def _with_keys(realm: RealmFolder, env: str, keys: EnvironmentKeys) -> None:
    environments = {**realm.realm.environments, env: keys}
    realm.realm = dataclasses.replace(realm.realm, environments=environments)


def _after(token: str) -> float:
    """Now, but later than an older token: the servers keep the newer of two by the second."""
    return max(time.time(), read_token(token).issued + 1)
