"""Every function the language itself offers to templates.

The tables hold places, not functions: a module is imported when one of its functions is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from zester.targeting.value import Value

_FACTS = "equals fetch filter_by get has_value item items ls"
_SETTINGS = "data fetch filter_by get item items keys ls obfuscate raw"

_MODULES: Mapping[str, tuple[str, str]] = {
    "config": ("data.config", "dot_vals get items manage_mode merge option valid_fileproto"),
    "cp": ("data.tree", "get_file_str hash_file list_master list_master_dirs list_states"),
    "defaults": ("data.defaults", "deepcopy get merge update"),
    "dnsutil": ("network.dns", "check_ip parse_hosts parse_zone serial"),
    "facts": ("data.facts", _FACTS),
    "file": ("pure.path", "basename dirname join normpath"),
    "grains": ("data.facts", _FACTS),
    "hashutil": (
        "pure.hashes",
        "base64_b64decode base64_b64encode base64_decodestring base64_encodestring digest"
        " github_signature hmac_compute hmac_signature md5_digest sha256_digest sha512_digest",
    ),
    "log": ("pure.log", "critical debug error exception info warning"),
    "match": (
        "match",
        "compound data filter_by glob grain grain_pcre ipcidr label list nodegroup pcre pillar"
        " pillar_pcre search_by",
    ),
    "mine": ("basket", "get"),
    "netaddress": ("network.ranges", "cidr_broadcast cidr_netmask list_cidr_ips"),
    "network": (
        "network.addresses",
        "calc_net convert_cidr fqdns get_fqdn get_hostname hw_addr ifacestartswith in_subnet"
        " interface_ip ip_addrs ip_addrs6 ip_in_subnet ipaddrs ipaddrs6 is_loopback is_private"
        " reverse_ip",
    ),
    "pillar": ("data.settings", _SETTINGS),
    "pkg": ("versions.compare", "version_cmp"),
    "random": ("pure.chance", "get_str hash rand_int sample seed shuffle str_encode"),
    "salt_version": (
        "versions.releases",
        "equal get_release_number greater_than less_than",
    ),
    "sdb": ("pure.sdb", "get"),
    "settings": ("data.settings", _SETTINGS),
    "slsutil": (
        "data.slsutil",
        "banner boolstr deserialize merge merge_all renderer serialize update",
    ),
    "status": ("pure.clock", "time"),
    "test": (
        "pure.test",
        "arg arg_repr arg_type assertion echo exception false kwarg outputter ping provider true"
        " try version",
    ),
}
_TREE = "dir_exists file_exists findup path_exists"

FUNCTIONS: Mapping[str, str] = {
    **{
        f"{module}.{name}": f"{place}:{name}"
        for module, (place, names) in _MODULES.items()
        for name in names.split()
    },
    **{f"slsutil.{name}": f"data.tree:{name}" for name in _TREE.split()},
}
"""``salt['name'](…)`` → ``module:function``; the function's first parameter is the Scope."""

GLOBALS: Mapping[str, str] = {
    "basket": "basket:basket",
    "cmd_has_exec": "reference:cmd_has_exec",
    "facts_get": "data.facts:get",
    "file_dirname": "pure.path:dirname",
    "grains_filter_by": "data.facts:filter_by_positional",
    "grains_get": "data.facts:get",
    "ifelse": "match:ifelse",
    "mlist": "reference:mlist",
    "pillar_get": "data.settings:get",
    "settings_get": "data.settings:get",
    "user_info": "reference:user_info",
}
"""Functions templates call by their own name; the first parameter is the Scope."""


def resolve(target: str) -> Callable[..., Value]:
    """Return the function at a place; names that Python reserves end in an underscore there."""
    module, _, name = target.partition(":")
    functions = vars(import_module(f"{__package__}.{module}"))
    function: Callable[..., Value] = functions.get(f"{name}_") or functions[name]
    return function
