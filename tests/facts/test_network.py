"""Addresses, names and the resolver, as the kernel and the configuration tell them."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.machines.described_machine import source
from zester_peel.facts.addresses import Address, addresses
from zester_peel.facts.collect import collect


def test_network_facts_have_salts_shape(tmp_path: Path) -> None:
    values = collect(source(tmp_path)).values
    assert values["ipv4"] == ["127.0.0.1", "192.0.2.3", "192.0.2.20", "198.51.100.7"]
    assert values["ipv6"] == ["::1", "2001:db8::20", "fe80::1"]
    assert values["ip4_interfaces"]["eth0"] == ["192.0.2.20", "192.0.2.3"]
    assert values["ip6_interfaces"]["eth1"] == []
    assert values["ip_interfaces"]["lo"] == ["127.0.0.1", "::1"]
    assert values["hwaddr_interfaces"] == {
        "eth0": "02:00:00:00:00:01",
        "eth1": "02:00:00:00:00:02",
        "lo": "00:00:00:00:00:00",
    }


def test_the_main_address_is_that_of_the_cheapest_default_route(tmp_path: Path) -> None:
    values = collect(source(tmp_path)).values
    assert values["default_ipv4"] == values["network"]["ipv4"] == "192.0.2.20"
    assert values["network"]["ipv6"] == "2001:db8::20"
    assert values["network"]["interfaces"]["eth1"]["mac"] == "02:00:00:00:00:02"


def test_a_machine_without_a_network_has_no_main_address(tmp_path: Path) -> None:
    values = collect(source(tmp_path, addresses=list)).values
    assert (values["default_ipv4"], values["ipv4"]) == ("", [])


def test_the_full_name_comes_from_the_hosts_file(tmp_path: Path) -> None:
    values = collect(source(tmp_path)).values
    assert values["fqdn"] == values["network"]["fqdn"] == "web1.example.com"
    assert (values["host"], values["domain"]) == ("web1", "example.com")
    assert values["localhost"] == values["nodename"] == values["network"]["hostname"] == "web1"
    assert (values["fqdn_ip4"], values["fqdn_ip6"]) == (["192.0.2.20"], [])


@pytest.mark.parametrize(
    ("files", "fqdn"),
    [
        ({"/etc/hosts": "127.0.1.1 web1 web1.lan\n"}, "web1.lan"),
        ({"/etc/hosts": "", "/proc/sys/kernel/domainname": "corp.example\n"}, "web1.corp.example"),
        ({"/etc/hosts": "", "/etc/resolv.conf": "domain lan\n"}, "web1.lan"),
        ({"/etc/hosts": ""}, "web1"),
        ({"/etc/hosts": "", "/proc/sys/kernel/hostname": "a.b.c\n"}, "a.b.c"),
        ({"/etc/hosts": "", "/proc/sys/kernel/hostname": ""}, "localhost"),
    ],
)
def test_the_full_name_without_a_name_server(
    tmp_path: Path, files: dict[str, str], fqdn: str
) -> None:
    assert collect(source(tmp_path, files=files)).values["fqdn"] == fqdn


def test_the_resolver_is_described(tmp_path: Path) -> None:
    assert collect(source(tmp_path)).values["dns"] == {
        "nameservers": ["192.0.2.53", "2001:db8::53"],
        "ip4_nameservers": ["192.0.2.53"],
        "ip6_nameservers": ["2001:db8::53"],
        "sortlist": [],
        "domain": "",
        "search": ["example.com", "example.net"],
        "options": ["ndots:2"],
    }


def test_the_loopback_address_is_found() -> None:
    assert Address("lo", 4, "127.0.0.1") in addresses()
