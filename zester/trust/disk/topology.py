"""The servers of a realm when there is more than one: members of its cluster, leaf sites."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from zester.errors import SettingsError
from zester.trust.crossing import HUB

LEAF: Final = "leaf"
LEAF_PORT, ROUTE_PORT, GATEWAY_PORT = 7422, 6222, 7222
FEWEST = 3
"""Servers of the smallest cluster that goes on without one of them."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


class Member(BaseModel):
    """One server of a cluster; ``place`` is the folder on it that holds its files.

    ``hosts`` are the names and addresses in its certificate; the others call the first. ``cluster``
    tells which one, where there are several; gateways connect them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    hosts: tuple[str, ...] = Field(min_length=1)
    place: str
    cluster: str = ""

    @property
    def gateway(self) -> str:
        """Where the servers of other clusters call it."""
        return f"{bracketed(self.hosts[0])}:{GATEWAY_PORT}"

    @property
    def route(self) -> str:
        """Where the other servers of the cluster call it."""
        return f"{bracketed(self.hosts[0])}:{ROUTE_PORT}"


class Leaf(BaseModel):
    """The server of a leaf site; ``account`` is the token of its account at the hub.

    ``listen`` and ``place`` are as those of other servers; ``closed`` once it was revoked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    env: Annotated[str, Field(min_length=1, max_length=64)]
    hosts: tuple[str, ...] = Field(min_length=1)
    listen: str
    place: str
    account: str
    closed: bool = False


def read_clusters(given: tuple[str, ...], place: str | None, made: str) -> tuple[Member, ...]:
    """Return the servers that ``HOST,HOST,HOST`` names, or ``NAME=HOST,HOST,HOST`` several times.

    ``made`` is where their folders are made. Raises SettingsError.
    """
    split = [each.rpartition("=") for each in given]
    names = [check_name(name) for name, separator, _ in split if separator]
    if len(split) > 1 and len(set(names)) != len(split):
        raise SettingsError(
            "several clusters need a name each",
            hint="like --cluster east=a,b,c --cluster west=d,e,f",
        )
    hosts = [tuple(host.strip() for host in part.split(",") if host.strip()) for *_, part in split]
    every = members_of(tuple(host for part in hosts for host in part), place, made)
    named = {host: name for (name, _, _), part in zip(split, hosts, strict=True) for host in part}
    for part in hosts:
        members_of(part, place, made)  # each is large enough
    return tuple(each.model_copy(update={"cluster": named[each.hosts[0]]}) for each in every)


def members_of(hosts: tuple[str, ...], place: str | None, made: str) -> tuple[Member, ...]:
    """Return a cluster of these hosts.

    Raises SettingsError when there are too few, or two that cannot be told apart.
    """
    if len(set(hosts)) < FEWEST or len(set(hosts)) != len(hosts):
        raise SettingsError(
            f"a cluster has at least {FEWEST} different servers, not {', '.join(hosts)}",
            hint="two servers stop when one of them does; name 3 or 5, separated by commas",
        )
    short = [host.partition(".")[0] for host in hosts]
    named = short if len(set(short)) == len(hosts) and not _addresses(hosts) else hosts
    names = [name.replace(".", "-").replace(":", "-") for name in named]
    return tuple(
        Member(name=check_name(name), hosts=with_loopback((host,)), place=place or f"{made}/{name}")
        for name, host in zip(names, hosts, strict=True)
    )


def check_name(name: str) -> str:
    """Return the name of a server or site; raises SettingsError for one that cannot be one."""
    if not _NAME.fullmatch(name) or name == HUB:
        raise SettingsError(
            f"not a name for a server or site: {name[:80]!r}",
            hint=f"1 to 63 of A-Z a-z 0-9 _ - (the first a letter or digit), and not {HUB}",
        )
    return name


def with_loopback(hosts: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a certificate names: the hosts, and the machine itself."""
    return tuple(dict.fromkeys((*hosts, "localhost", "127.0.0.1", "::1")))


def bracketed(host: str) -> str:
    """Return a host as it stands before a colon and a port."""
    return f"[{host}]" if ":" in host else host


def _addresses(hosts: tuple[str, ...]) -> bool:
    return any(":" in host or host.replace(".", "").isdecimal() for host in hosts)
