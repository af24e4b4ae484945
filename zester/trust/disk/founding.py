"""Make a realm with what a first installation needs: whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zester.trust.disk.issuing import ISSUED, Wish, issue
from zester.trust.disk.ledger import Site
from zester.trust.disk.realm_folder import RealmFolder, discard
from zester.trust.disk.topology import Member
from zester.trust.disk.vault import GUARDED, Cost
from zester.trust.tiers import Tier


def found_realm(
    folder: Path,
    site: Site,
    environments: Sequence[str],
    passphrase: str,
    *,
    cost: Cost = GUARDED,
    cluster: tuple[Member, ...] = (),
) -> RealmFolder:
    """Make a realm at ``folder``: keys, server, and for each environment a master and one of each.

    Raises SettingsError when the folder exists; whatever goes wrong, nothing is left.
    """
    realm = RealmFolder.create(folder, site, environments, passphrase, cost=cost, cluster=cluster)
    try:
        issue(realm, [_first(realm, env, tier) for env in environments for tier in ISSUED])
        realm.finish(folder)
    except BaseException:
        discard(folder)
        raise
    return realm


def _first(realm: RealmFolder, env: str, tier: Tier) -> Wish:
    place = realm.master(env) if tier is Tier.MASTER else realm.client(env)
    return Wish(env, tier, tier.value, place)
