"""Leaf sites of a realm: an account at the hub for each, and what its server needs."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

from zester.dataclass import dataclass
from zester.errors import SettingsError
from zester.trust.accounts import (
    closed_account_token,
    leaf_account_token,
    leaf_system_token,
    leaf_user_token,
)
from zester.trust.credentials import Credentials
from zester.trust.disk.ledger import SYSTEM, Role, User
from zester.trust.disk.private_file import write_private
from zester.trust.disk.realm_folder import RealmFolder
from zester.trust.disk.server_folder import (
    ACCOUNT_CREDS,
    LEAVES,
    SYSTEM_CREDS,
    write_certificate,
)
from zester.trust.disk.topology import LEAF, Leaf, check_name, with_loopback
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.tokens import read_token


@dataclass(frozen=True, slots=True)
class NewLeaf:
    """What somebody wants to have; ``place`` None = its files stay where they are made."""

    name: str
    env: str
    hosts: tuple[str, ...]
    listen: str
    place: str | None


def add_leaf(realm: RealmFolder, wanted: NewLeaf) -> Path:
    """Make the account, the folder and the credentials of a leaf site; return the folder.

    Raises SettingsError for a name that is taken.
    """
    check_name(wanted.name)
    realm.ledger.state(wanted.env)
    realm.ledger.check_free(wanted.env, wanted.name)
    if any(leaf.name == wanted.name for leaf in realm.ledger.leaves):
        raise SettingsError(
            f"there is, or was, a leaf site called {wanted.name!r}",
            hint="take another name: what an old server was told must not count for a new one",
        )
    folder = realm.folder / LEAVES / wanted.name
    if folder.exists() and any(folder.iterdir()):
        raise SettingsError(f"{folder} has other files", hint="move them away")
    keys = realm.realm.keys(wanted.env)
    account = KeyPair.generate(KeyKind.ACCOUNT)
    leaf = Leaf(
        name=wanted.name,
        env=wanted.env,
        hosts=with_loopback(wanted.hosts),
        listen=wanted.listen,
        place=wanted.place or str(folder),
        account=leaf_account_token(
            realm.realm.signing, account.public, keys.control.public, wanted.env, wanted.name
        ),
    )
    user, system = KeyPair.generate(KeyKind.USER), KeyPair.generate(KeyKind.USER)
    caller = Credentials(leaf_user_token(account, user.public, wanted.name), user)
    hearer = Credentials(leaf_system_token(realm.realm.system, system.public, wanted.name), system)
    _with_account(realm, wanted.env, wanted.name, account)
    users = (_user(leaf, LEAF, caller), _user(leaf, SYSTEM, hearer))
    realm.ledger = realm.ledger.model_copy(
        update={
            "leaves": (*realm.ledger.leaves, leaf),
            "users": (*realm.ledger.users, *users),
        }
    )
    realm.save()
    write_certificate(folder, leaf.hosts, realm.realm)
    write_private(folder / ACCOUNT_CREDS, caller.encode())
    write_private(folder / SYSTEM_CREDS, hearer.encode())
    return folder


def close_leaf(realm: RealmFolder, env: str, name: str) -> None:
    """Let the server of a leaf site in no more; does not save."""
    now = time.time()
    realm.ledger = realm.ledger.model_copy(
        update={
            "leaves": tuple(
                _closed(realm, leaf, now) if leaf.env == env and leaf.name == name else leaf
                for leaf in realm.ledger.leaves
            )
        }
    )


def renew_leaves(realm: RealmFolder) -> None:
    """Sign the accounts of leaf sites anew, with the rights of this version; does not save."""
    found = []
    for leaf in realm.ledger.leaves:
        old = read_token(leaf.account)
        control = realm.realm.keys(leaf.env).control.public
        token = leaf_account_token(
            realm.realm.signing,
            old.subject,
            control,
            leaf.env,
            leaf.name,
            now=max(time.time(), old.issued + 1),
        )
        found.append(leaf if leaf.closed else leaf.model_copy(update={"account": token}))
    realm.ledger = realm.ledger.model_copy(update={"leaves": tuple(found)})


def _closed(realm: RealmFolder, leaf: Leaf, now: float) -> Leaf:
    old = read_token(leaf.account)
    when = max(now, old.issued + 1)
    token = closed_account_token(realm.realm.signing, old.subject, old.name, now=when)
    return leaf.model_copy(update={"account": token, "closed": True})


def _with_account(realm: RealmFolder, env: str, name: str, account: KeyPair) -> None:
    keys = realm.realm.keys(env)
    changed = dataclasses.replace(keys, leaves={**keys.leaves, name: account})
    environments = {**realm.realm.environments, env: changed}
    realm.realm = dataclasses.replace(realm.realm, environments=environments)


def _user(leaf: Leaf, role: Role, who: Credentials) -> User:
    token = read_token(who.token)
    return User(
        env=leaf.env,
        tier=role,
        name=leaf.name,
        key=token.subject,
        issuer=token.issuer,
        issued=token.issued,
        expires=token.expires,
    )
