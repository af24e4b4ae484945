"""``opts``: the options of Salt that templates read, as a local ``salt-call`` has them."""

from __future__ import annotations

from collections.abc import Mapping

from zester.targeting.value import Value
from zester.templating.merging import plain_copy

_FIXED: Mapping[str, Value] = {
    "__cli": "salt-call",
    "__role": "minion",
    "beacons": {},
    "cache": "localfs",
    "cachedir": "/var/cache/salt/minion",
    "conf_file": "/etc/salt/minion",
    "config_dir": "/etc/salt",
    "default_top": "base",
    "discovery": False,
    "engines": [],
    "env_order": [],
    "extension_modules": "/var/cache/salt/minion/extmods",
    "failhard": False,
    "file_client": "local",
    "file_ignore_glob": [],
    "file_ignore_regex": [],
    "fileserver_backend": ["roots"],
    "hash_type": "sha256",
    "interface": "0.0.0.0",  # noqa: S104 -- what Salt says; nothing is bound to it
    "ipv6": None,
    "keysize": 2048,
    "local": True,
    "log_file": "/var/log/salt/minion",
    "log_level": "warning",
    "master": "salt",
    "master_port": 4506,
    "master_type": "str",
    "mine_interval": 60,
    "multiprocessing": True,
    "nodegroups": {},
    "password": None,
    "pidfile": "/var/run/salt-minion.pid",
    "pillar_merge_lists": False,
    "pillar_source_merging_strategy": "smart",
    "ping_interval": 0,
    "pki_dir": "/etc/salt/pki/minion",
    "providers": {},
    "renderer": "jinja|yaml",
    "root_dir": "/",
    "schedule": {},
    "sls_list": [],
    "sock_dir": "/var/run/salt/minion",
    "ssl": None,
    "state_auto_order": True,
    "state_output": "full",
    "state_top": "salt://top.sls",
    "state_verbose": True,
    "test": False,
    "top_file": "",
    "top_file_merging_strategy": "merge",
    "transport": "zeromq",
    "user": "root",
    "username": None,
}


def salt_options(node_id: str, env: str) -> dict[str, Value]:
    """Return fresh options for a node; ``grains`` and ``pillar`` are added by the session."""
    options: dict[str, Value] = plain_copy(_FIXED)
    return {
        **options,
        "id": node_id,
        "saltenv": env,
        "environment": env,
        "pillarenv": None,
        "file_roots": {env: ["/srv/salt"]},
        "pillar_roots": {env: ["/srv/pillar"]},
    }
