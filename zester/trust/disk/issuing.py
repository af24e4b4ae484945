"""Hand out credentials of a realm, as folders that are ready to use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zester.dataclass import dataclass
from zester.errors import SettingsError
from zester.trust.credentials import Credentials
from zester.trust.disk.client_folder import BUNDLE, ClientFolder
from zester.trust.disk.ledger import SYSTEM, Role, User
from zester.trust.disk.master_folder import ADMITS, MasterKeys
from zester.trust.disk.private_file import make_private_folder, write_public
from zester.trust.disk.realm_folder import RealmFolder
from zester.trust.realm import LIFETIMES
from zester.trust.tiers import Tier, person_name
from zester.trust.tokens import read_token

ISSUED = (Tier.MASTER, Tier.PUBLISHER, Tier.OPERATOR, Tier.VIEWER)
"""Tiers that are handed out by hand; peels enrol."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Who is to get credentials; ``to`` is the folder, ``lifetime`` in seconds (None: usual)."""

    env: str
    tier: Tier
    name: str
    to: Path
    lifetime: float | None = None


def issue(realm: RealmFolder, wishes: Sequence[Wish]) -> tuple[User, ...]:
    """Hand out credentials; they are in the ledger before they are anywhere else.

    Raises SettingsError for a name that is taken or a folder of something else.
    """
    made: list[tuple[Wish, Credentials, Credentials | None]] = []
    users: list[User] = []
    for wish in wishes:
        realm.ledger.state(wish.env)
        realm.ledger.check_free(wish.env, wish.name, wish.tier)
        _check_folder(realm, wish)
        name = person_name(wish.tier, wish.name)
        who = realm.realm.issue(wish.env, wish.tier, name, lifetime=wish.lifetime)
        users.append(_user(wish.env, wish.tier, wish.name, who))
        system = None
        if wish.tier is Tier.MASTER:
            lifetime = LIFETIMES[Tier.MASTER] if wish.lifetime is None else wish.lifetime
            system = realm.realm.system_credentials(wish.name, lifetime=lifetime)
            users.append(_user(wish.env, SYSTEM, wish.name, system))
        made.append((wish, who, system))
    realm.ledger = realm.ledger.model_copy(update={"users": (*realm.ledger.users, *users)})
    realm.save()
    for wish, who, system in made:
        _write(realm, wish, who, system)
    return tuple(users)


def write_master_keys(realm: RealmFolder, env: str, folder: Path, system: Credentials) -> None:
    """Write what a master admits and revokes peels with."""
    keys = realm.realm.keys(env)
    signing = {tier: keys.signing[tier] for tier in ADMITS}
    operator, coming = realm.realm.signing, realm.realm.signing_next
    MasterKeys(system, operator, signing, keys.masters, coming).save(folder)


def _write(realm: RealmFolder, wish: Wish, who: Credentials, system: Credentials | None) -> None:
    make_private_folder(wish.to)
    client = ClientFolder.create(wish.to, realm.context(wish.env))
    write_public(wish.to / BUNDLE, realm.ledger.state(wish.env).bundle)
    if system is not None:
        write_master_keys(realm, wish.env, wish.to, system)
    client.keep(wish.tier, who)


def _check_folder(realm: RealmFolder, wish: Wish) -> None:
    """Refuse to mix two realms, two environments, or two people of one tier in a folder."""
    if not (wish.to / "context.json").exists():
        if wish.to.exists() and any(wish.to.iterdir()):
            raise SettingsError(
                f"{wish.to} has other files and no context.json", hint="name a folder of its own"
            )
        return
    there = ClientFolder.open(wish.to)
    if there.context.env != wish.env or there.context.operator != realm.ledger.operator:
        raise SettingsError(
            f"{wish.to} belongs to environment {there.context.env!r} of operator "
            f"{there.context.operator}",
            hint="name a folder of its own",
        )
    if there.has(wish.tier):
        raise SettingsError(
            f"{there.credentials_file(wish.tier)} exists", hint="name a folder of its own"
        )


def _user(env: str, role: Role, name: str, who: Credentials) -> User:
    token = read_token(who.token)
    return User(
        env=env,
        tier=role,
        name=name,
        key=token.subject,
        issuer=token.issuer,
        issued=token.issued,
        expires=token.expires,
    )
