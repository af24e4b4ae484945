"""Put the mirror together as a master's settings say."""

from __future__ import annotations

import os
from pathlib import Path

from zester.bus.link.connection import Bus
from zester.errors import SettingsError, SourceError
from zester.resources.kubernetes.names import WATCH_LABEL
from zester.targeting.parser import parse_target
from zester.telemetry.checks import Checks
from zester.telemetry.metrics import Metrics
from zester.trust.disk.master_folder import MasterFolder
from zester_controller.mirror.cluster.endpoint import SERVICE_ACCOUNT, endpoint_of
from zester_controller.mirror.cluster.stream_watch import Pace, StreamWatch
from zester_controller.mirror.cluster.watch import Scope
from zester_controller.mirror.fleet.fleet import FleetRules
from zester_controller.mirror.mirror import CHECK, Mirror, MirrorRules
from zester_controller.mirror.publish.authority import MirrorAuthority
from zester_controller.mirror.room import MirrorRoom
from zester_controller.settings import MasterSettings

REFERENCES_AGAIN = 600.0
"""Seconds until what objects refer to is tried again at most: it may be forbidden for good."""


def open_mirror(
    settings: MasterSettings, bus: Bus, folder: MasterFolder, metrics: Metrics, checks: Checks
) -> MirrorRoom:
    """Return the room; raises SettingsError for what will never do."""
    if settings.kube_trust is None:
        raise SettingsError(
            f"the mirror of cluster {settings.kube_cluster} needs a publisher's folder",
            hint=f"`zester trust issue DIR publisher kube/{settings.kube_cluster}` makes it; name "
            "it with --kube-trust",
        )
    env = folder.client.context.env
    authority = MirrorAuthority(
        settings.kube_trust, settings.kube_cluster, env, folder.verifier, folder.signer
    )
    find = endpoint_of(settings.kubeconfig, os.environ)
    authority.signer()
    find()
    scope = Scope(settings.kube_namespaces)
    fleet = fleet_rules(settings)
    rules = MirrorRules(
        *(settings.kube_cluster, scope, _own(), settings.kube_resync),
        fleet=fleet,
        watched=settings.kube_watch,
    )
    checks.set(CHECK, ok=False, message="not known yet")

    def make() -> Mirror:
        watch = StreamWatch(find, scope, Pace(resync=settings.kube_resync))
        pace = Pace(resync=settings.kube_resync, ceiling=REFERENCES_AGAIN)
        return Mirror(
            *(bus, find, watch, authority, rules),
            metrics=metrics,
            checks=checks,
            references=StreamWatch(find, scope, pace, selector=f"{WATCH_LABEL}=true"),
        )

    return MirrorRoom(
        bus,
        make,
        holder=settings.id,
        checks=checks,
        metrics=metrics,
        lease_ttl=settings.lease_ttl,
    )


def fleet_rules(settings: MasterSettings) -> FleetRules | None:
    """Return which machines are shown, and where; raises SettingsError."""
    if not settings.kube_peels and not settings.kube_enrollments:
        return None
    home = settings.kube_home or _own()
    scope = Scope(settings.kube_namespaces)
    if home is None:
        raise SettingsError(
            "no namespace is named in which machines are shown", hint="name it with --kube-home"
        )
    if not scope.whole and home not in scope.namespaces:
        raise SettingsError(
            f"machines cannot be shown in namespace {home}: the mirror does not look at it",
            hint="add it to --kube-namespaces, or name another with --kube-home",
        )
    try:
        parse_target(settings.kube_peels or "*")
    except SourceError as error:
        raise SettingsError(f"the target of the peels to show: {error.message}") from error
    return FleetRules(home, settings.kube_peels, settings.kube_enrollments)


def _own(account: Path = SERVICE_ACCOUNT) -> str | None:
    """Return the namespace of the pod we run in, None outside of a cluster."""
    try:
        return (account / "namespace").read_text().strip() or None
    except OSError:
        return None
