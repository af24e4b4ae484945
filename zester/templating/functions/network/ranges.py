"""``netaddress.*``."""

from __future__ import annotations

import ipaddress

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.scope import Scope

_MAX_ADDRESSES = 65_536


def list_cidr_ips(scope: Scope, cidr: Value) -> list[str]:
    """Return every address of a network; raises RenderError for a huge one."""
    network = ipaddress.ip_network(str(cidr), strict=False)
    if network.num_addresses > _MAX_ADDRESSES:
        raise RenderError(f"{cidr} has more than {_MAX_ADDRESSES} addresses")
    return [str(address) for address in network]


def cidr_netmask(scope: Scope, cidr: Value) -> str:
    return str(ipaddress.ip_network(str(cidr), strict=False).netmask)


def cidr_broadcast(scope: Scope, cidr: Value) -> str:
    return str(ipaddress.ip_network(str(cidr), strict=False).broadcast_address)
