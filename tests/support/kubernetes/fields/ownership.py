"""What a write does to an object's fields and to who owns them."""

from __future__ import annotations

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
    live: Json,
    managers: Managers,
    config: Json,
    who: Manager,
    shape: Shape,
    *,
    status: bool | None,
    force: bool,
) -> tuple[Json, Managers]:
    """Return what applying makes of a live object, and who owns what then.

    Raises FieldConflict, unless ``force`` takes the fields from their owners.
    """
    told = _restricted(config, status)
    wanted = leaves(told, shape)
    before = leaves({name: live[name] for name in told if name in live}, shape)
    changed = {path for path in wanted if _differ(before, wanted, path)}
    conflicts = {
        other.name: sorted(other.fields & changed)
        for other in managers.others(who)
        if not other.fields.isdisjoint(changed)
    }
    if conflicts and not force:
        raise FieldConflict(conflicts)
    managers = managers.without(changed, spare=who)
    found = merged(live, told, shape)
    mine = managers.find(who)
    if mine is not None and (given_up := mine.fields - wanted.keys()):
        others = frozenset(path for other in managers.others(who) for path in other.fields)
        found = without(found, given_up - others, others | wanted.keys(), shape)
    return found, managers.with_entry(who.owning(frozenset(wanted)))


def remaining(managers: Managers, before: Json, after: Json, shape: Shape) -> Managers:
    """Return the managers of ``before`` with those of their fields that ``after`` has."""
    same = _same(before, after)
    return managers.only(leaves(_less(after, same), shape), {f"f:{name}" for name in same})


def updated(before: Json, managers: Managers, after: Json, who: Manager, shape: Shape) -> Managers:
    """Return who owns what once ``who`` has replaced ``before`` by ``after``."""
    same = _same(before, after)
    old, new = (leaves(_less(thing, same), shape) for thing in (before, after))
    changed = {path for path in new if _differ(old, new, path)}
    managers = managers.without(changed, spare=who).only(new, {f"f:{name}" for name in same})
    if not changed:
        return managers
    mine = managers.find(who)
    return managers.with_entry(who.owning((mine.fields if mine else frozenset()) | changed))


def _same(before: Json, after: Json) -> set[str]:
    """Return the parts that nobody touched: the very values that are stored."""
    return {name for name, part in after.items() if part is before.get(name)}


def _less(thing: Json, parts: set[str]) -> Json:
    return {name: part for name, part in thing.items() if name not in parts}


def _restricted(config: Json, status: bool | None) -> Json:
    """Return the part of a configuration that the resource it is applied to may write."""
    if status is None:
        return config
    if status:
        return {name: value for name, value in config.items() if name == "status"}
    return {name: value for name, value in config.items() if name != "status"}


def _differ(old: dict[Path, Value], new: dict[Path, Value], path: Path) -> bool:
    return path not in old or path not in new or old[path] != new[path]
