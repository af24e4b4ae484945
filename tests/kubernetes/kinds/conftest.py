"""The same server as for the contract: the double, or the one that ``ZESTER_KUBECONFIG`` names."""

from __future__ import annotations

from kubernetes.contract.conftest import client, kubeconfig, place, running

__all__ = ["client", "kubeconfig", "place", "running"]
