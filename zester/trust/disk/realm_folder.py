"""A realm as a folder: its keys behind a passphrase, and what goes to servers, masters, clients.

::

    operator.seed   the root key; written once, may be kept elsewhere
    keys.sealed     every other private key and the ledger; both files need the passphrase
    realm.json      the ledger, readable
    server/         nats-server.conf and what it names; servers/<name>/ of a cluster
    leaves/<name>/  the same for a leaf site
    masters/<env>/  what a master needs        clients/<env>/  what people need

``keys.sealed`` counts. Everything below it in this list is made from it again whenever the folder
is opened and they differ, so that a change that was cut short is finished by the next command.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from zester.errors import InvalidToken, SettingsError
from zester.trust.disk.client_folder import BUNDLE, CONTEXT, ClientFolder, Context
from zester.trust.disk.ledger import EnvironmentState, Ledger, Site
from zester.trust.disk.private_file import (
    make_private_folder,
    read_private,
    read_text,
    sync_folder,
    write_private,
    write_public,
)
from zester.trust.disk.realm_keys import dump_keys, load_keys, read_operator, to_json
from zester.trust.disk.server_folder import (
    ServerFolder,
    server_folders,
    write_certificates,
    write_servers,
)
from zester.trust.disk.topology import Member
from zester.trust.disk.vault import GUARDED, Cost, Vault
from zester.trust.nkeys import KeyPair
from zester.trust.realm import Realm

OPERATOR, KEYS, LEDGER = "operator.seed", "keys.sealed", "realm.json"


class RealmFolder:
    """A realm's folder that was opened with its passphrase."""

    def __init__(self, folder: Path, vault: Vault, realm: Realm, ledger: Ledger) -> None:
        self.folder = folder
        self.realm = realm
        self.ledger = ledger
        self._vault = vault

    @property
    def server(self) -> Path:
        """The folder of the first server."""
        return self.servers[0].path

    @property
    def servers(self) -> tuple[ServerFolder, ...]:
        """The folders of all servers, those of leaf sites among them."""
        return tuple(server_folders(self.folder, self.ledger))

    def master(self, env: str) -> Path:
        return self.folder / "masters" / env

    def client(self, env: str) -> Path:
        return self.folder / "clients" / env

    @classmethod
    def create(
        cls,
        folder: Path,
        site: Site,
        environments: Sequence[str],
        passphrase: str,
        *,
        cost: Cost = GUARDED,
        cluster: tuple[Member, ...] = (),
    ) -> Self:
        """Make a new realm beside ``folder``, which it becomes by ``finish``; raises SettingsError.

        What an earlier attempt left there is removed: nothing of it was ever used.
        """
        if folder.is_symlink() or (folder.exists() and not _empty(folder)):
            raise SettingsError(f"{folder} exists", hint="name a folder that is not there yet")
        vault = Vault.create(passphrase, cost)
        building = unfinished(folder)
        discard(folder)
        make_private_folder(building)
        realm = Realm.generate(environments)
        assert realm.operator is not None  # noqa: S101 - it was just made
        root = Vault.create(passphrase, cost)
        write_private(building / OPERATOR, root.seal(realm.operator.seed.encode()))
        made = cls(building, vault, realm, first_ledger(realm, site, cluster))
        write_certificates(building, made.ledger, realm)
        made.save()
        return made

    def finish(self, folder: Path) -> None:
        """Give the folder that ``create`` made its name: from now on it is there."""
        try:
            self.folder.rename(folder)
        except OSError as error:
            raise SettingsError(f"{folder}: {error.strerror}") from error
        sync_folder(folder.parent)
        self.folder = folder

    @classmethod
    def open(cls, folder: Path, passphrase: str, *, root: bool = False) -> Self:
        """Open a realm, with its ``root`` when something needs the operator's own key.

        Raises SettingsError, CannotOpen, InvalidToken.
        """
        vault, data = Vault.open(read_private(folder / KEYS), passphrase)
        try:
            values = json.loads(data)
            keys, ledger = values["keys"], Ledger.decode(values["ledger"], folder / KEYS)
        except (ValueError, KeyError, TypeError):
            # Chained, the cause would show the keys' text.
            raise InvalidToken(f"{folder / KEYS} does not hold a realm") from None
        operator = _operator(folder, passphrase) if root else None
        made = cls(folder, vault, load_keys(keys, operator), ledger)
        if not made._written():
            made.save()
        return made

    def save(self) -> None:
        """Write the keys, and then everything that is made from them."""
        values = {"keys": dump_keys(self.realm), "ledger": self.ledger.encode()}
        write_private(self.folder / KEYS, self._vault.seal(to_json(values)))
        write_servers(self.folder, self.ledger, self.realm)
        for env, state in self.ledger.environments.items():
            for folder in (self.master(env), self.client(env)):
                make_private_folder(folder)
                write_public(folder / BUNDLE, state.bundle)
                ClientFolder.create(folder, self.context(env))
        write_public(self.folder / LEDGER, self.ledger.encode())  # the last: it says all is written

    def context(self, env: str) -> Context:
        """Return what is public about an environment."""
        return Context(
            url=self.ledger.site.url,
            env=env,
            operator=self.ledger.operator,
            authorities=self.ledger.authorities,
        )

    def _written(self) -> bool:
        """Whether the last change came to its end."""
        try:
            same = read_text(self.folder / LEDGER) == self.ledger.encode()
        except SettingsError:
            return False
        envs = self.ledger.environments
        return same and all((self.client(env) / CONTEXT).exists() for env in envs)


def read_ledger(folder: Path) -> Ledger:
    """Read what a realm handed out, without its passphrase; raises SettingsError, InvalidToken."""
    if not folder.is_dir():
        raise SettingsError(f"{folder} is not a folder", hint="`zester trust init DIR` makes one")
    if not (folder / LEDGER).exists():
        raise SettingsError(
            f"{folder} is not a trust folder: it has no {LEDGER}",
            hint="`zester trust init DIR` makes one",
        )
    return Ledger.decode(read_text(folder / LEDGER), folder / LEDGER)


def first_ledger(realm: Realm, site: Site, cluster: tuple[Member, ...] = ()) -> Ledger:
    """Return the ledger of a realm that has handed out nothing but its account tokens."""
    states = {}
    for env in realm.environments:
        control = realm.control_token(env)
        bundle = realm.bundle(env, account=control).decode()
        states[env] = EnvironmentState(
            serial=1, control=control, nodes=realm.nodes_token(env), bundle=bundle
        )
    return Ledger(
        site=site,
        operator=realm.operator_public,
        operator_token=realm.operator_token(),
        system=realm.system.public,
        system_token=realm.system_token(),
        guest=realm.guest_token(next(iter(realm.environments))),
        authorities=realm.authority_certificates,
        environments=states,
        cluster=cluster,
    )


def discard(folder: Path) -> None:
    """Remove what was built for a realm that never got its name."""
    shutil.rmtree(unfinished(folder), ignore_errors=True)


def unfinished(folder: Path) -> Path:
    """Return where a new realm is built before it gets its name."""
    return folder.with_name(f".{folder.name}.unfinished")


def _operator(folder: Path, passphrase: str) -> KeyPair:
    path = folder / OPERATOR
    if not path.exists():
        raise SettingsError(
            f"this needs the operator's own key, and {path} is not there",
            hint=f"bring {OPERATOR} back for this command; afterwards it may go away again",
        )
    return read_operator(Vault.open(read_private(path), passphrase)[1])


def _empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())
