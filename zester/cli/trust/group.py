"""``zester trust``: who may do what, and how everybody knows."""

from __future__ import annotations

from zester.cli.console.entry import LazyGroup

VERBS = {
    "init": ("zester.cli.trust.init:init", "Make keys, certificates and a server's configuration."),
    "issue": ("zester.cli.trust.issue:issue", "Give somebody credentials."),
    "leaf": (
        "zester.cli.trust.sites.leaf:leaf",
        "Make what a leaf site's server needs.",
    ),
    "lint": ("zester.cli.trust.lint:lint", "Tell what is wrong, or soon will be."),
    "list": ("zester.cli.trust.list:list_users", "Show who has what, until when."),
    "publish": ("zester.cli.trust.publish:publish", "Bring the servers to what the folder says."),
    "revoke": ("zester.cli.trust.revoke:revoke", "Take somebody's rights, at once."),
    "rotate": (
        "zester.cli.trust.rotate.rotate:rotate",
        "Replace a certificate or a key, without a cut.",
    ),
}

trust = LazyGroup(
    "trust",
    VERBS,
    "Make and keep the keys of an installation.\n\n"
    "DIR is the folder that `zester trust init` made. It holds every private key: keep it on a "
    "machine that few people use, not on the servers.",
)
