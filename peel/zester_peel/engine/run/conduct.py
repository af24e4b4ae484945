"""Options that say how a state is run, not what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zester.dataclass import dataclass
from zester.errors import ParameterError
from zester_peel.engine.fields import read_flag, read_texts
from zester_peel.engine.run.slots import Share, read_share

NEEDLESS = frozenset(
    (
        *("aggregate", "cmd_opts_exclude", "onfail_stop", "parallel", "reload_grains"),
        *("reload_modules", "reload_pillar", "runas_password", "__umask__"),
    )
)
"""Options there is nothing to do for here: states run side by side anyway, facts and settings are
read again when they change, and guards have read theirs."""

_CARRIED_OUT = frozenset(
    ("check_cmd", "failhard", "fire_event", "max_in_flight", "no_log", "observe", "retry")
)
_OFF: tuple[Any, ...] = (None, False, [], "")


@dataclass(frozen=True, slots=True)
class Retry:
    """Try until the result is ``until``, ``attempts`` times in all; seconds, the defaults Salt's.

    Up to ``splay`` seconds are added to each ``interval`` at random.
    """

    attempts: int = 2
    interval: float = 30
    splay: float = 0
    until: bool = True

    def __str__(self) -> str:
        """Say what would be done, in Salt's words."""
        return (
            f"The state would be retried every {self.interval:g} seconds (with a splay of up to"
            f" {self.splay:g} seconds) a maximum of {self.attempts} times or until a result of"
            f" {self.until} is returned"
        )


@dataclass(frozen=True, slots=True)
class Conduct:
    """How one state is run.

    ``checks`` are commands that decide, after the state acted, whether it succeeded. ``failhard``:
    when it fails nothing after it runs. ``event`` is the end of the tag under which its result is
    told, empty = it is not. ``secret``: its comment and changes are not shown. ``observe``: what
    differs is told and left alone. ``share``: it is applied on so many machines at once.
    """

    retry: Retry | None = None
    checks: tuple[str, ...] = ()
    failhard: bool = False
    event: str = ""
    secret: bool = False
    observe: bool = False
    share: Share | None = None


PLAIN = Conduct()
"""The conduct of a state without options."""


def read_conduct(options: Mapping[str, Any], name: str, identity: str = "") -> Conduct:
    """Read options of the state with an id as written; raises ParameterError."""
    given = {key: value for key, value in options.items() if value not in _OFF or _none(key, value)}
    unknown = sorted(given.keys() - _CARRIED_OUT - NEEDLESS)
    if unknown:
        raise ParameterError(f"options: {', '.join(map(repr, unknown))} not known")
    if not given.keys() & _CARRIED_OUT:
        return PLAIN
    event = given.get("fire_event", "")
    try:
        return Conduct(
            retry=_retry(given["retry"]) if "retry" in given else None,
            checks=read_texts(given.get("check_cmd", ())),
            failhard=read_flag(given.get("failhard", False)),
            event=name if event is True else str(event),
            secret=read_flag(given.get("no_log", False)),
            observe=read_flag(given.get("observe", False)),
            share=_share(given, identity),
        )
    except ValueError as error:
        raise ParameterError(f"options: {error}") from error


def _none(key: str, value: object) -> bool:
    """Whether this says that nobody may, which is not the same as nothing."""
    return key == "max_in_flight" and value == 0 and not isinstance(value, bool)


def _share(given: Mapping[str, Any], identity: str) -> Share | None:
    return read_share(given["max_in_flight"], identity) if "max_in_flight" in given else None


def _retry(value: object) -> Retry:
    """Read ``retry``: true, a map, or a number of further tries."""
    if value is True:
        return Retry()
    if isinstance(value, int):
        return Retry(attempts=value + 1)
    if not isinstance(value, Mapping):
        raise ValueError(f"retry must be true, a number or a map, not {value!r}")
    unknown = sorted(map(str, value.keys() - {"attempts", "interval", "splay", "until"}))
    if unknown:
        raise ValueError(f"retry takes attempts, interval, splay and until, not {unknown[0]!r}")
    return Retry(
        attempts=int(_number(value, "attempts", 2)),
        interval=_number(value, "interval", 30),
        splay=_number(value, "splay", 0),
        until=read_flag(value.get("until", True)),
    )


def _number(value: Mapping[Any, Any], key: str, default: float) -> float:
    found = value.get(key, default)
    try:
        number = float(found)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{key} of retry must be a number, not {found!r}") from error
    if isinstance(found, bool) or not 0 <= number <= 86_400:
        raise ValueError(f"{key} of retry must be between 0 and 86400, not {found!r}")
    return number
