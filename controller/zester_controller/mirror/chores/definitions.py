"""Bring the definitions of our kinds into a cluster."""

from __future__ import annotations

from zester.errors import ClusterRefused
from zester.resources.kubernetes.definition import definition
from zester.resources.kubernetes.registry import CUSTOM_KINDS
from zester_controller.mirror.cluster.api import ClusterApi

PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


async def define(api: ClusterApi) -> list[str]:
    """Apply each definition of this version; return their names.

    Raises ClusterUnavailable, ClusterRefused.
    """
    names = []
    for kind in CUSTOM_KINDS:
        manifest = definition(kind)
        name: str = manifest["metadata"]["name"]
        if await api.apply(f"{PATH}/{name}", manifest) is None:
            raise ClusterRefused(f"this server takes no definitions: {PATH} is not there")
        names.append(name)
    return names
