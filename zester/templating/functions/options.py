"""``opts``: the options of Salt that templates read, as a local ``salt-call`` has them."""

from __future__ import annotations

from collections.abc import Mapping

from zester.targeting.value import Value

_FIXED: Mapping[str, Value] = {
    "__cli": "salt-call",
    "__role": "minion",
    "cachedir": "/var/cache/salt/minion",
    "conf_file": "/etc/salt/minion",
    "config_dir": "/etc/salt",
    "default_top": "base",
    "extension_modules": "/var/cache/salt/minion/extmods",
    "failhard": False,
    "file_client": "local",
    "hash_type": "sha256",
    "local": True,
    "log_file": "/var/log/salt/minion",
    "log_level": "warning",
    "master": "salt",
    "master_port": 4506,
    "pidfile": "/var/run/salt-minion.pid",
    "pillar_merge_lists": False,
    "pillar_source_merging_strategy": "smart",
    "pki_dir": "/etc/salt/pki/minion",
    "renderer": "jinja|yaml",
    "root_dir": "/",
    "sock_dir": "/var/run/salt/minion",
    "state_auto_order": True,
    "state_output": "full",
    "state_top": "top.sls",
    "state_verbose": True,
    "test": False,
    "top_file_merging_strategy": "merge",
    "user": "root",
}


def salt_options(node_id: str, env: str) -> dict[str, Value]:
    """Return fresh options for a node; ``grains`` and ``pillar`` are added by the session."""
    roots: dict[str, Value] = {
        "file_roots": {env: ["/srv/salt"]},
        "pillar_roots": {env: ["/srv/pillar"]},
    }
    names = {"id": node_id, "minion_id": node_id}
    envs = {"saltenv": env, "environment": env, "pillarenv": None}
    return {**_FIXED, **names, **envs, **roots}
