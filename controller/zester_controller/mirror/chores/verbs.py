"""``zester-master kube …``: what a chart's hooks run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import click

from zester.errors import SettingsError

if TYPE_CHECKING:
    from zester_controller.mirror.cluster.endpoint import FindEndpoint

kubeconfig_option = click.option(
    "--kubeconfig",
    type=click.Path(path_type=Path),
    metavar="FILE",
    envvar="ZESTER_MASTER_KUBECONFIG",
    help="Default: the pod's service account.",
)


@click.group()
def kube() -> None:
    """Look after a Kubernetes cluster; not needed to mirror one."""


@kube.command()
@kubeconfig_option
def define(kubeconfig: Path | None) -> None:
    """Bring the definitions of this version's kinds into the cluster, or up to date."""
    for name in anyio.run(_define, _endpoint(kubeconfig)):
        click.echo(f"{name} is defined")


@kube.command()
@kubeconfig_option
@click.option("--namespaces", metavar="NAME[,NAME…]", default="", help="Only these. Default: all.")
@click.option(
    "--quiet",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    help="Seconds without one until it ends.",
)
def release(kubeconfig: Path | None, namespaces: str, quiet: float) -> None:
    """Let go of all objects that a mirror holds, once no master runs; peels keep what they follow.

    Objects that nobody lets go of can never be removed, nor can their namespaces.
    """
    names = tuple(filter(None, namespaces.split(",")))
    count = anyio.run(_release, _endpoint(kubeconfig), names, quiet)
    click.echo(f"let go of {count} objects")


def _endpoint(kubeconfig: Path | None) -> FindEndpoint:
    try:
        import aiohttp  # noqa: F401 - whether it is there; late: most masters have no cluster
    except ImportError as error:
        raise SettingsError(
            f"speaking to a cluster needs {error.name}, which is not installed",
            hint="install zester-cm[kubernetes]",
        ) from error
    from zester_controller.mirror.cluster.endpoint import endpoint_of

    find = endpoint_of(kubeconfig, os.environ)
    find()
    return find


async def _define(find: FindEndpoint) -> list[str]:
    from zester_controller.mirror.chores.definitions import define
    from zester_controller.mirror.cluster.api import ClusterApi

    async with ClusterApi.open(find) as api:
        return await define(api)


async def _release(find: FindEndpoint, namespaces: tuple[str, ...], quiet: float) -> int:
    from zester_controller.mirror.chores.letting_go import let_go
    from zester_controller.mirror.cluster.api import ClusterApi
    from zester_controller.mirror.cluster.watch import Scope

    async with ClusterApi.open(find) as api:
        return await let_go(api, Scope(namespaces), quiet=quiet)
