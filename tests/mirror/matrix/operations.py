"""What users do to objects, each in a namespace of its own, and what must come of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import anyio

from support.kubernetes.mirrored import CLUSTER, Mirrored, eventually
from support.kubernetes.objects.json_value import Json
from support.trusted import ENV, publisher
from zester.resources.kubernetes.names import FINALIZER
from zester.trees.heads import Heads

Step = Callable[[Mirrored, str], Awaitable[None]]
"""Something that is done to, or holds of, the objects of a namespace."""


@dataclass(frozen=True, slots=True)
class Operation:
    """``before`` a mirror runs and settles, ``act`` is the operation, ``after`` waits for its end.

    ``writes`` are more than a mirror makes for it. ``untouched`` are trees that must be published
    all the time, whatever happens.
    """

    before: Step
    act: Step
    after: Step
    writes: int
    untouched: tuple[str, ...] = ("other",)

    @property
    def there(self) -> tuple[str, ...]:
        """The trees that there are before."""
        return ("other",) if self.before is other else ("other", "web")


def tree(space: str, name: str, text: str = "test.nop", **more: object) -> Json:
    return {"files": {path(space, name): f"{name}: {text}\n"}, **more}


def path(space: str, name: str) -> str:
    """Return the file of a tree; no other namespace has it."""
    return f"states/{space}/{name}.zy"


async def two(cluster: Mirrored, space: str) -> None:
    """Publish two trees."""
    await cluster.apply("StateTree", "other", tree(space, "other"), space=space)
    await cluster.apply("StateTree", "web", tree(space, "web"), space=space)


async def settled(cluster: Mirrored, space: str, *names: str) -> None:
    for name in names or ("other", "web"):
        await cluster.becomes("StateTree", name, "Published", space=space)


async def untouched(cluster: Mirrored, operation: Operation, space: str) -> None:
    """Nothing that nobody removed is missing."""
    wanted = {path(space, name) for name in operation.untouched}
    assert set(await cluster.entries(space)) >= wanted


async def other(cluster: Mirrored, space: str) -> None:
    await cluster.apply("StateTree", "other", tree(space, "other"), space=space)


async def create(cluster: Mirrored, space: str) -> None:
    await cluster.apply("StateTree", "web", tree(space, "web"), space=space)
    await cluster.apply(
        "TopAssignment", "t", {"target": "*", "states": [f"{space}.web"]}, space=space
    )


async def created(cluster: Mirrored, space: str) -> None:
    top = f"states/top.d/0100-{CLUSTER}-{space}-t.zy"
    await cluster.publishes(path(space, "other"), path(space, "web"), top, space=space)
    await settled(cluster, space)
    await cluster.becomes("TopAssignment", "t", "Published", space=space)
    for kind, name in (("StateTree", "web"), ("TopAssignment", "t")):
        found = (await cluster.get(kind, name, space)).metadata
        assert found["finalizers"] == [FINALIZER]
        assert not found.get("annotations")


async def update(cluster: Mirrored, space: str) -> None:
    await cluster.apply("StateTree", "web", tree(space, "web", "test.nop # new"), space=space)


async def updated(cluster: Mirrored, space: str) -> None:
    await holds(cluster, space, path(space, "web"), "web: test.nop # new\n")
    await settled(cluster, space)


async def delete(cluster: Mirrored, space: str) -> None:
    await cluster.delete("StateTree", "web", space)


async def deleted(cluster: Mirrored, space: str) -> None:
    await cluster.gone("StateTree", "web", space)
    await cluster.publishes(path(space, "other"), space=space)
    await settled(cluster, space, "other")


async def recreate(cluster: Mirrored, space: str) -> None:
    await cluster.delete("StateTree", "web", space)

    async def gone() -> bool:
        await released(cluster, space)
        return (await cluster.get("StateTree", "web", space)).code == 404

    await eventually("it is gone at last", gone)
    await cluster.apply("StateTree", "web", tree(space, "web", "test.nop # reborn"), space=space)


async def recreated(cluster: Mirrored, space: str) -> None:
    await holds(cluster, space, path(space, "web"), "web: test.nop # reborn\n")
    await settled(cluster, space)
    uid = (await cluster.get("StateTree", "web", space)).metadata["uid"]
    assert (await cluster.entries(space))[path(space, "web")].origin == f"StateTree/web/{uid}"


async def invalidate(cluster: Mirrored, space: str) -> None:
    await cluster.apply("StateTree", "web", tree(space, "web", "{{ nonsense"), space=space)


async def invalid(cluster: Mirrored, space: str) -> None:
    await cluster.becomes("StateTree", "web", "RenderFailed", space=space)
    await cluster.becomes("StateTree", "web", "RenderFailed", "Stalled", space=space)
    assert (await cluster.published(space))[path(space, "web")] == "web: test.nop\n"
    await settled(cluster, space, "other")


async def steal(cluster: Mirrored, space: str) -> None:
    """Let somebody else move the head, then change an object."""
    heads = Heads(cluster.bus, publisher().verifier)
    source = f"kube/{CLUSTER}/{space}"
    found = await heads.look(ENV, source)
    assert found.head is not None
    moved = found.head.model_copy(update={"revision": found.revision + 1, "author": "bob"})
    await heads.move(ENV, source, moved, publisher().signer, over=found.sequence)
    await update(cluster, space)
    await anyio.sleep(1.0)
    assert (await cluster.published(space))[path(space, "web")] == "web: test.nop\n"


async def stolen(cluster: Mirrored, space: str) -> None:
    async def new() -> bool:
        return "new" in (await cluster.published(space))[path(space, "web")]

    async def told() -> bool:
        found = [
            (await cluster.condition("StateTree", name, "Conflict", space=space))[1]
            for name in ("web", "other")
        ]
        return found == ["HeadConflict"] * 2 or await new()

    await eventually("both are told of the conflict", told)
    await cluster.annotate("StateTree", "other", space=space, reconcile_requested_at="now")
    await updated(cluster, space)


async def suspend(cluster: Mirrored, space: str) -> None:
    spec = tree(space, "web", "test.nop # new", suspend=True, suspendReason="a look is taken")
    await cluster.apply("StateTree", "web", spec, space=space)


async def suspended(cluster: Mirrored, space: str) -> None:
    found = await cluster.becomes("StateTree", "web", "Suspended", "Suspended", space=space)
    assert found[2] == "a look is taken"
    assert (await cluster.published(space))[path(space, "web")] == "web: test.nop\n"


async def orphan(cluster: Mirrored, space: str) -> None:
    spec = tree(space, "web", deletionPolicy="Orphan")
    await cluster.apply("StateTree", "web", spec, space=space)
    await cluster.delete("StateTree", "web", space)


async def orphaned(cluster: Mirrored, space: str) -> None:
    await cluster.gone("StateTree", "web", space)
    found = await cluster.publishes(path(space, "other"), path(space, "web"), space=space)
    assert found[path(space, "web")] == "web: test.nop\n"


async def strip(cluster: Mirrored, space: str) -> None:
    """Take our finalizer off and put another one on."""
    await released(cluster, space, "example.org/theirs")


async def held(cluster: Mirrored, space: str) -> None:
    async def both() -> bool:
        found = (await cluster.get("StateTree", "web", space)).metadata.get("finalizers", [])
        return set(found) == {FINALIZER, "example.org/theirs"}

    await eventually("both hold the object", both)
    await cluster.publishes(path(space, "other"), path(space, "web"), space=space)


async def released(cluster: Mirrored, space: str, *theirs: str) -> None:
    """Take our finalizer off, as somebody does who knows no other way."""
    where = cluster.path("StateTree", "web", space)
    await cluster.kube.merge(where, {"metadata": {"finalizers": list(theirs)}})


async def holds(cluster: Mirrored, space: str, file: str, text: str) -> None:
    """Wait until a file is published."""

    async def there() -> bool:
        return (await cluster.published(space)).get(file) == text

    await eventually(f"{file} is {text!r}", there)


WHOLE = ("other", "web")

OPERATIONS: Mapping[str, Operation] = {
    "create": Operation(other, create, created, 12),
    "update": Operation(two, update, updated, 5, WHOLE),
    "delete": Operation(two, delete, deleted, 5),
    "recreate": Operation(two, recreate, recreated, 8),
    "invalid": Operation(two, invalidate, invalid, 4, WHOLE),
    "conflict": Operation(two, steal, stolen, 13, WHOLE),
    "suspend": Operation(two, suspend, suspended, 3, WHOLE),
    "orphan": Operation(two, orphan, orphaned, 5, WHOLE),
    "finalizer": Operation(two, strip, held, 3, WHOLE),
}
