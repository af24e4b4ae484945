"""Who a mirror is in a cluster."""

from __future__ import annotations

from support.chart.rights import NAMESPACE
from support.kubernetes.access.identity import service_account

MASTER = service_account(NAMESPACE, "zester")
"""Whom the chart gives its roles."""
