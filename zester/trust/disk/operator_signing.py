"""Replace the operator's key for daily use: the one that signs the accounts of peels and servers.

Servers read whom they believe at their start only. So there are three configurations, and a start
of the servers after each of the first and the last: one names the old key and the next, then every
account is signed by the next while the servers still believe both, and the last names it alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from zester.errors import SettingsError
from zester.trust.disk.changing import Revocations, renew_accounts
from zester.trust.disk.issuing import write_master_keys
from zester.trust.disk.master_folder import SYSTEM, MasterKeys
from zester.trust.disk.realm_folder import RealmFolder
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.tokens import read_token


def begin_operator_signing(realm: RealmFolder) -> None:
    """Make the next key; the old one goes on signing until servers know it. Needs the root."""
    if realm.realm.signing_next is not None or realm.realm.signing_before is not None:
        raise SettingsError(
            "the last change of the operator's signing key is not finished",
            hint="`zester trust rotate DIR operator-signing --finish` when the servers were "
            "started with the new configuration",
        )
    _with(realm, signing_next=KeyPair.generate(KeyKind.OPERATOR))


def next_signing(realm: RealmFolder) -> str:
    """Return the public key that the servers must know; raises SettingsError when there is none."""
    if realm.realm.signing_next is not None:
        return realm.realm.signing_next.public
    if realm.realm.signing_before is not None:
        return realm.realm.signing.public
    raise SettingsError(
        "the operator's signing key is not being changed", hint="there is nothing to finish"
    )


def change_operator_signing(realm: RealmFolder, peels: Mapping[str, Revocations]) -> None:
    """Sign every account with the next key from now on; fine when that is so. Needs the root."""
    coming = realm.realm.signing_next
    if coming is not None:
        before = realm.realm.signing.public
        _with(realm, signing=coming, signing_next=None, signing_before=before)
    renew_accounts(realm, peels)


def signed_anew(realm: RealmFolder, token: str) -> bool:
    """Whether an account token may be on a server that knows the new key alone."""
    return read_token(token).issuer in (realm.realm.signing.public, realm.realm.operator_public)


def end_operator_signing(realm: RealmFolder) -> None:
    """Have the servers' configuration name the new key alone. Needs the root."""
    _with(realm, signing_before=None)


def _with(realm: RealmFolder, **changed: KeyPair | str | None) -> None:
    realm.realm = dataclasses.replace(realm.realm, **changed)  # type: ignore[arg-type]  # each is named by its field
    token = realm.realm.operator_token()
    realm.ledger = realm.ledger.model_copy(update={"operator_token": token})
    realm.save()
    for env in realm.ledger.environments:
        folder = realm.master(env)
        if (folder / SYSTEM).exists():
            write_master_keys(realm, env, folder, MasterKeys.load(folder).system)
