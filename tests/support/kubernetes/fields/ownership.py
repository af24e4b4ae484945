"""What a write does to an object's fields and to who owns them."""

from __future__ import annotations

from dataclasses import replace

from support.kubernetes.fields.leaves import Path, leaves
from support.kubernetes.fields.managers import Manager, Managers
from support.kubernetes.fields.merge import merged, without
from support.kubernetes.fields.shape import Shape
from support.kubernetes.objects.json_value import Json, Value


class FieldConflict(Exception):
    """An applied value differs from what another manager owns: manager → its paths."""

    def __init__(self, owners: dict[str, list[Path]]) -> None:
        super().__init__(str(owners))
        self.owners = owners


def applied(
    live: Json, config: Json, who: Manager, shape: Shape, *, status: bool | None, force: bool
) -> tuple[Json, Managers]:
    """Return what applying makes of a live object, and who owns what then.

    Raises FieldConflict, unless ``force`` takes the fields from their owners.
    """
    managers = Managers.of(live)
    wanted = leaves(config, shape, status=status)
    told = _restricted(config, status)
    found = merged(live, told, shape)
    before, after = (
        leaves({name: thing[name] for name in told if name in thing}, shape)
        for thing in (live, found)
    )
    changed = {path for path in wanted if _differ(before, after, path)}
    conflicts = {
        other.name: sorted(other.fields & changed)
        for other in managers.others(who)
        if other.fields & changed
    }
    if conflicts and not force:
        raise FieldConflict(conflicts)
    managers = managers.without(changed, spare=who)
    mine = managers.find(who)
    given_up = (mine.fields if mine else frozenset()) - frozenset(wanted)
    others = frozenset(path for other in managers.others(who) for path in other.fields)
    found = without(found, given_up - others, others | frozenset(wanted), shape)
    return found, managers.with_entry(replace(who, fields=frozenset(wanted)))


def updated(before: Json | None, after: Json, who: Manager, shape: Shape) -> Managers:
    """Return who owns what once ``who`` has replaced ``before`` by ``after``."""
    old = leaves(before, shape) if before else {}
    new = leaves(after, shape)
    changed = {path for path in new if _differ(old, new, path)}
    managers = Managers.of(before).without(changed, spare=who).only(new)
    if not changed:
        return managers
    mine = managers.find(who)
    return managers.with_entry(
        replace(who, fields=(mine.fields if mine else frozenset()) | frozenset(changed))
    )


def _restricted(config: Json, status: bool | None) -> Json:
    """Return the part of a configuration that the resource it is applied to may write."""
    if status is None:
        return config
    if status:
        return {name: value for name, value in config.items() if name == "status"}
    return {name: value for name, value in config.items() if name != "status"}


def _differ(old: dict[Path, Value], new: dict[Path, Value], path: Path) -> bool:
    return path not in old or path not in new or old[path] != new[path]
