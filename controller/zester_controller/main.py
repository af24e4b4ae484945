"""``zester-master``: the only place that knows every room of the master."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import NoReturn

import anyio
import anyio.abc
import click

from zester import __version__
from zester.bus.buckets import HEADS, LEASES
from zester.bus.hints import watch_hints
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.lease import RoleLease
from zester.bus.link.connection import Bus
from zester.bus.link.folder_login import FolderLogin
from zester.cli.console.entry import run as run_group
from zester.errors import BusRefused, BusUnavailable, SettingsError, ZesterError, leaves
from zester.reconcile.backoff import Backoff
from zester.reconcile.queue import KeyedQueue
from zester.reconcile.worker import Worker
from zester.resources.lease import Lease
from zester.telemetry.checks import Checks
from zester.telemetry.logs import setup
from zester.telemetry.metrics import Metrics
from zester.telemetry.probes import serve_probes
from zester.trust.address import secure_urls
from zester.trust.disk.master_folder import MasterFolder
from zester.trust.tiers import Tier
from zester_controller.enrollment.room import EnrollmentRoom, Office
from zester_controller.enrollment.rules import Rules
from zester_controller.grants.bundle_authority import BundleAuthority
from zester_controller.grants.room import GrantsRoom
from zester_controller.index.room import IndexRoom
from zester_controller.jobs.room import JobsRoom
from zester_controller.keeper import keeper, trust_keeper, voucher
from zester_controller.keeper.trust_keeper import TrustKeeper
from zester_controller.mirror.chores.verbs import kube
from zester_controller.rollup import counter
from zester_controller.settings import MasterSettings

log = logging.getLogger(__name__)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="zester-master")
def group() -> None:
    """The master of Zester: keeps the buckets, counts the fleet. Peels converge without it."""


group.add_command(kube)


@group.command()
@click.option("--id", "id_", help="Default: host name and process id.")
@click.option("--trust", metavar="DIR", help="Trust folder: servers, keys, credentials.")
@click.option("--url", metavar="URL[,URL…]", help="Other NATS servers than it names.")
@click.option("--probe", help="host:port of health and metrics; empty = none, port 0 = any.")
@click.option("--rollup-interval", type=float, help="Seconds between counts of the fleet.")
@click.option("--enroll-policy", help="Who needs no join token: nobody (manual), or all.")
@click.option("--enroll-allow", metavar="GLOB[,GLOB…]", help="Ids that are let in unasked.")
@click.option("--kube-cluster", metavar="ID", help="Mirror the Kubernetes cluster of this name.")
@click.option("--kube-trust", metavar="DIR", help="Trust folder of the publisher kube/ID.")
@click.option("--kube-namespaces", metavar="NAME[,NAME…]", help="Only these. Default: all.")
@click.option("--kube-resync", type=float, help="Seconds between lists of all objects.")
@click.option(
    "--kube-watch",
    metavar="KIND[,KIND…]",
    help="Watch configmaps, secrets, or both, where they are labelled zester.dev/watch=true.",
)
@click.option("--kube-peels", metavar="TARGET", help="Show these peels as objects: '*' for all.")
@click.option(
    "--kube-enrollments",
    is_flag=True,
    default=None,
    help="Show machines that ask to join; who may change those objects lets them in.",
)
@click.option("--kube-home", metavar="NAME", help="Where those objects are. Default: our own.")
@click.option("--kubeconfig", metavar="FILE", help="Default: the pod's service account.")
@click.option("--log-level", default="info", show_default=True, help="Least severe that is logged.")
@click.option(
    "--log-style",
    type=click.Choice(["json", "human"]),
    default="json",
    show_default=True,
    help="Lines for machines, or for people.",
)
def run(id_: str | None, log_level: str, log_style: str, **given: object) -> None:
    """Run the master until SIGTERM. Any number may run; they share the work by leases."""
    settings = MasterSettings.load({"id": id_, **given})
    setup(log_level, "human" if log_style == "human" else "json")
    try:
        anyio.run(serve, settings)
    except* ZesterError as group:
        for error in leaves(group):
            log.error("master cannot run", extra={"error": str(error)})
        raise SystemExit(1) from None


async def serve(settings: MasterSettings) -> None:
    """Run until SIGTERM or SIGINT."""
    metrics = Metrics()
    metrics.build.set(1, component="master", version=__version__)
    checks = Checks("bus", "buckets")
    folder = MasterFolder.open(settings.trust)
    bus = _bus(settings, folder)
    async with anyio.create_task_group() as life:
        if settings.probe:
            address, _, port = settings.probe.rpartition(":")
            life.start_soon(_probes, checks, metrics, address or "127.0.0.1", int(port))
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            mirror = _mirror(settings, bus, folder, metrics, checks)
            master = _Master(settings, bus, folder, metrics, checks)
            await life.start(bus.supervise)
            async with anyio.create_task_group() as work:
                work.start_soon(master.keep_presence)
                work.start_soon(master.keeping.run)
                work.start_soon(master.counting.run)
                work.start_soon(master.trusting.run)
                work.start_soon(master.vouching.run)
                await watch_hints(bus, HEADS, "*.*", master.vouch)
                work.start_soon(master.granting.run)
                work.start_soon(master.enrolling.run)
                work.start_soon(master.following.run)
                work.start_soon(master.knowing.run)
                if mirror is not None:
                    work.start_soon(mirror)
                async for _ in signals:
                    break
                work.cancel_scope.cancel()
            await master.farewell()
        life.cancel_scope.cancel()


def _bus(settings: MasterSettings, folder: MasterFolder) -> Bus:
    servers = secure_urls(settings.url) if settings.url else folder.client.context.url
    login = FolderLogin(folder.client, Tier.MASTER)
    return Bus(servers, name=f"master {settings.id}", login=login)


class _Master:
    """The parts of one master, wired together."""

    def __init__(
        self,
        settings: MasterSettings,
        bus: Bus,
        folder: MasterFolder,
        metrics: Metrics,
        checks: Checks,
    ) -> None:
        self._settings = settings
        self._bus = bus
        self._metrics = metrics
        self._checks = checks
        self._connected_before = False
        self._lease = RoleLease(bus, "rollup", settings.id, ttl=settings.lease_ttl)
        self._keeper = keeper.Keeper(bus, interval=settings.keep_interval, kept=self._kept)
        self.keeping: Worker[str] = Worker(
            "keeper", self._keeper, KeyedQueue(), Backoff(first=0.2, ceiling=30)
        )
        self.counting: Worker[str] = Worker(
            "rollup",
            counter.RollupCounter(
                bus, self._lease, interval=settings.rollup_interval, publish=self._counted
            ),
            KeyedQueue(),
            Backoff(first=0.5, ceiling=30),
        )
        every = settings.keep_interval
        self.trusting: Worker[str] = Worker(
            "trust",
            TrustKeeper(bus, folder, interval=every),
            KeyedQueue(),
            Backoff(first=0.2, ceiling=30),
        )
        self.granting = _grants(settings, bus, folder, metrics)
        self.enrolling = _enrollment(settings, bus, folder, metrics)
        self.following = JobsRoom(
            bus,
            folder.verifier,
            holder=settings.id,
            metrics=metrics,
            lease_ttl=settings.lease_ttl,
        )
        self.knowing = IndexRoom(
            bus, folder.signer, folder.verifier, metrics=metrics, interval=every
        )
        self._voucher_lease = RoleLease(bus, voucher.ROLE, settings.id, ttl=settings.lease_ttl)
        env = folder.client.context.env
        room = voucher.Voucher(bus, self._voucher_lease, folder, env=env, interval=every)
        self.vouching: Worker[str] = Worker(
            "voucher", room, KeyedQueue(), Backoff(first=0.2, ceiling=30)
        )
        bus.on_connect(self._connected)
        bus.on_disconnect(self._disconnected)

    def _connected(self) -> None:
        self._metrics.bus_connected.set(1)
        if self._connected_before:
            self._metrics.bus_reconnects.inc()
        self._connected_before = True
        self._checks.set("bus", ok=True)
        self.keeping.queue.add(keeper.KEY)

    def _disconnected(self) -> None:
        self._metrics.bus_connected.set(0)
        self._checks.set("bus", ok=False, message=self._bus.last_error or "not connected")

    def _kept(self, problem: str) -> None:
        self._checks.set("buckets", ok=not problem, message=problem)
        if problem:
            return
        self.counting.queue.add(counter.KEY)
        self.trusting.queue.add(trust_keeper.KEY)
        self.enrolling.look()
        self.following.look()
        self.vouch()

    def vouch(self, _key: str = "") -> None:
        """Let the heads be looked at now."""
        self.vouching.queue.add(voucher.KEY)

    def _counted(self, totals: Mapping[str, int]) -> None:
        self._metrics.rollup_peels.replace(totals)
        if totals:
            self._metrics.rollup_updates.inc()

    async def keep_presence(self) -> None:
        """Say that this master is alive, every third of the lease's life, until cancelled."""
        leases = Kv(self._bus, LEASES, Lease)
        key = make_key("master", self._settings.id)
        while True:
            if self._bus.connected:
                presence = Lease(holder=self._settings.id, renewed=time.time())
                try:
                    await leases.put(key, presence, ttl=self._settings.lease_ttl)
                except (BusUnavailable, BusRefused) as error:
                    log.debug("lease not renewed", extra={"error": str(error)})
                for lease in (self._lease, self._voucher_lease):
                    if lease.held:  # the work may be due less often than the lease
                        await lease.renew()
            await anyio.sleep(self._settings.lease_ttl / 3)

    async def farewell(self) -> None:
        """Hand the role over at once instead of when the lease runs out."""
        with anyio.move_on_after(2):
            try:
                await self._lease.release()
                await self._voucher_lease.release()
            except (BusUnavailable, BusRefused) as error:
                log.debug("lease not released", extra={"error": str(error)})


def _grants(
    settings: MasterSettings, bus: Bus, folder: MasterFolder, metrics: Metrics
) -> GrantsRoom:
    return GrantsRoom(
        bus,
        BundleAuthority(bus, folder),
        env=folder.client.context.env,
        holder=settings.id,
        metrics=metrics,
        lease_ttl=settings.lease_ttl,
    )


def _enrollment(
    settings: MasterSettings, bus: Bus, folder: MasterFolder, metrics: Metrics
) -> EnrollmentRoom:
    context = folder.client.context
    office = Office(bus.servers, context.operator, folder.credentials, folder.keys)
    rules = Rules(
        context.env,
        policy=settings.enroll_policy,
        allow=settings.enroll_allow,
        lifetime=settings.token_lifetime,
        grace=settings.token_grace,
    )
    return EnrollmentRoom(
        bus, office, rules, holder=settings.id, metrics=metrics, lease_ttl=settings.lease_ttl
    )


def _mirror(
    settings: MasterSettings, bus: Bus, folder: MasterFolder, metrics: Metrics, checks: Checks
) -> Callable[[], Coroutine[None, None, NoReturn]] | None:
    """Return what mirrors a Kubernetes cluster if that is asked for."""
    if not settings.kube_cluster:
        return None
    try:
        # Late: its client takes half a second and 14 MiB, and most masters have no cluster.
        from zester_controller.mirror.opening import open_mirror
    except ImportError as error:
        raise SettingsError(
            f"mirroring cluster {settings.kube_cluster} needs {error.name}, which is not installed",
            hint="install zester-cm[kubernetes]",
        ) from error
    return open_mirror(settings, bus, folder, metrics, checks).run


async def _probes(checks: Checks, metrics: Metrics, host: str, port: int) -> None:
    await serve_probes("master", checks, host, port, metrics=metrics)


def main() -> None:
    """Run the command line."""
    run_group(group)


if __name__ == "__main__":
    main()
