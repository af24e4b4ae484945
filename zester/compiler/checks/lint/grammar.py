"""What every state call may carry besides its function's own parameters."""

from __future__ import annotations

_KINDS = ("require", "watch", "onchanges", "onfail", "listen", "prereq", "use")

REQUISITES = frozenset(
    (
        *_KINDS,
        *(f"{kind}_any" for kind in ("require", "watch", "onchanges", "onfail")),
        "onfail_all",
        *(f"{kind}_in" for kind in _KINDS),
    )
)
"""All of Salt's; which of them the engine knows is the compiler's to say."""

OPTIONS = frozenset(
    (
        *("name", "names", "order", "onlyif", "unless", "creates", "check_cmd", "retry"),
        *("failhard", "parallel", "runas", "runas_password", "timeout", "fire_event"),
        *("reload_modules", "reload_grains", "reload_pillar", "saltenv", "umask", "aggregate"),
        *("max_in_flight", "observe"),
    )
)

GUARDS = frozenset(
    (
        *("unless", "onlyif", "creates", "onchanges", "onchanges_any", "onfail", "onfail_any"),
        *("onfail_all", "prereq", "stateful", "use"),
    )
)
"""What keeps a command from running each time."""


def is_option(name: str) -> bool:
    """Return whether any state call may carry an argument of this name."""
    return name in OPTIONS or name in REQUISITES or name.startswith("__")
