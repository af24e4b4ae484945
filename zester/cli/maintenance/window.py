"""``zester window``: the times in which machines may be changed."""

from __future__ import annotations

import click

from zester.bus.maintenance.records import Change
from zester.cli.console.context import Context, trust_option
from zester.cli.maintenance.changing import apply_change
from zester.errors import SettingsError
from zester.resources.ids import parse_name
from zester.resources.maintenance.cron import parse_cron
from zester.resources.maintenance.maintenance import WINDOWS_LIMIT, Maintenance
from zester.resources.maintenance.moment import parse_span
from zester.resources.maintenance.window import SHORTEST, UTC_ZONE, WIDEST, Window, read_zone


@click.group()
def window() -> None:
    """Say in which times machines may be changed; `zester maintenance` shows them.

    Outside of its windows a peel looks, tells what differs, and changes nothing.
    """


@window.command("set")
@click.argument("target")
@click.argument("name")
@click.option(
    "--schedule", required=True, metavar="CRON", help="When it opens: '0 22 * * MON-FRI'."
)
@click.option("--duration", required=True, metavar="SPAN", help="How long it is open: 6h.")
@click.option(
    "--timezone",
    "zone",
    default=UTC_ZONE,
    show_default=True,
    metavar="ZONE",
    help="Where its schedule is told: Europe/Berlin.",
)
@click.option("--deny", is_flag=True, help="Changes are forbidden while it is open.")
@trust_option
def set_window(
    target: str,
    name: str,
    schedule: str,
    duration: str,
    zone: str,
    deny: bool,
    context: Context,
) -> int:
    """Give the peels that TARGET means a window called NAME, or replace it.

    With windows, changes are made only while one of them is open; never while a --deny window is.
    """
    made = _made(name, schedule, duration, zone, deny)

    def change(said: Maintenance) -> Maintenance:
        others = [each for each in said.windows if each.name != name]
        if len(others) >= WINDOWS_LIMIT:
            raise SettingsError(
                f"{said.id} has {len(others)} windows already", hint="remove one first"
            )
        if made in said.windows:
            return said
        windows = tuple(sorted((*others, made), key=lambda each: each.name))
        return said.model_copy(update={"windows": windows})

    def make(_who: str) -> Change:
        return change

    return apply_change(context, target, "window", make, {"window": made.model_dump()})


@window.command("remove")
@click.argument("target")
@click.argument("name")
@trust_option
def remove_window(target: str, name: str, context: Context) -> int:
    """Take the window called NAME from the peels that TARGET means."""
    parse_name(name, "name of a window")

    def change(said: Maintenance) -> Maintenance:
        others = tuple(each for each in said.windows if each.name != name)
        return said.model_copy(update={"windows": others})

    def make(_who: str) -> Change:
        return change

    return apply_change(context, target, "window", make, {"removed": name})


def _made(name: str, schedule: str, duration: str, zone: str, deny: bool) -> Window:
    """Return a window from what was typed; raises InvalidKey, SettingsError."""
    parse_name(name, "name of a window")
    parse_cron(schedule)
    read_zone(zone)
    seconds = parse_span(duration)
    if not SHORTEST <= seconds <= WIDEST:
        raise SettingsError(
            f"a window cannot be open for {duration}", hint="between a minute and seven days"
        )
    kind = "deny" if deny else "allow"
    return Window.model_validate(
        {"name": name, "kind": kind, "schedule": schedule, "duration": seconds, "zone": zone}
    )
