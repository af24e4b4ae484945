"""A cluster, a bus, and a mirror between them, all inside the test process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import anyio

from support.kubernetes.access.identity import ADMIN, User
from support.kubernetes.client import Answer, Client
from support.kubernetes.objects.json_value import Json
from support.kubernetes.server import ApiServer
from support.kubernetes.structural import StructuralSchemas
from support.sealing import Sealing
from support.trusted import ENV, shared_realm
from zester.bus.link.connection import Bus
from zester.errors import BusUnavailable
from zester.resources.head import Head
from zester.resources.kubernetes.definition import definition
from zester.resources.kubernetes.names import API_VERSION, GROUP, VERSION, WATCH_LABEL
from zester.resources.kubernetes.registry import CUSTOM_KINDS
from zester.resources.manifest import FileEntry
from zester.telemetry.checks import Checks
from zester.telemetry.metrics import Metrics
from zester.trees.fetch import manifest_from_bus, read_file
from zester.trees.heads import Heads
from zester.trust.disk.client_folder import ClientFolder, Context
from zester.trust.tiers import Tier
from zester_controller.mirror.cluster.endpoint import endpoint_of
from zester_controller.mirror.cluster.stream_watch import Pace, StreamWatch
from zester_controller.mirror.cluster.watch import Scope
from zester_controller.mirror.fleet.fleet import FleetRules
from zester_controller.mirror.mirror import Mirror, MirrorRules
from zester_controller.mirror.publish.authority import MirrorAuthority

CLUSTER = "prod"
SPACE = "web"
PATIENCE = 120.0

Body = Mapping[str, Any]


@dataclass
class Mirrored:
    """What a test does to the cluster, and what it sees there and on the bus."""

    api: ApiServer
    kube: Client
    bus: Bus
    folder: Path
    metrics: Metrics
    checks: Checks
    rules: MirrorRules
    user: User = ADMIN
    pace: Pace = field(default_factory=lambda: Pace(absent=1.0))

    def make(self, bus: Bus | None = None) -> Mirror:
        """Return a mirror that does not run yet."""
        find = endpoint_of(self.api.kubeconfig(self.user), {})
        realm = shared_realm()
        authority = MirrorAuthority(
            *(self.folder, CLUSTER, ENV),
            verifier=lambda: realm.verifier(ENV),
            master=lambda: realm.signer(ENV, Tier.MASTER),
        )
        pace = replace(self.pace, resync=self.rules.resync)
        watch = StreamWatch(find, self.rules.scope, pace)
        return Mirror(
            *(bus or self.bus, find, watch, authority, self.rules),
            metrics=self.metrics,
            checks=self.checks,
            references=StreamWatch(
                *(find, self.rules.scope, Pace(resync=self.rules.resync)),
                selector=f"{WATCH_LABEL}=true",
            ),
        )

    @asynccontextmanager
    async def running(self, bus: Bus | None = None) -> AsyncIterator[None]:
        """Run a mirror."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.make(bus).run)
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()

    async def space(self, name: str) -> None:
        """Make a namespace."""
        body: Json = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        assert (await self.kube.create("/api/v1/namespaces", body)).code == 201

    async def apply(
        self, kind: str, name: str, spec: Json, *, space: str = SPACE, **metadata: object
    ) -> Json:
        """Create or change an object as a user does; return it."""
        body = self.body(kind, name, spec, space=space, **metadata)
        path = self.path(kind, name, space)
        answer = await self.kube.apply(path, body, manager="test", force="true")
        assert answer.code in (200, 201), answer
        return answer.body

    async def annotate(self, kind: str, name: str, *, space: str = SPACE, **notes: str) -> None:
        named = {f"{GROUP}/{key.replace('_', '-')}": value for key, value in notes.items()}
        answer = await self.kube.merge(
            self.path(kind, name, space), {"metadata": {"annotations": named}}
        )
        assert answer.code == 200, answer

    async def delete(self, kind: str, name: str, space: str = SPACE) -> None:
        assert (await self.kube.delete(self.path(kind, name, space))).code == 200

    async def get(self, kind: str, name: str, space: str = SPACE) -> Answer:
        return await self.kube.get(self.path(kind, name, space))

    async def condition(
        self, kind: str, name: str, type_: str = "Ready", *, space: str = SPACE
    ) -> tuple[str, str, str]:
        """Return status, reason and message of a condition; empty texts when it is not there."""
        body = (await self.get(kind, name, space)).body
        for each in body.get("status", {}).get("conditions", []):
            if each["type"] == type_:
                return each["status"], each["reason"], each["message"]
        return "", "", ""

    async def events(self, name: str, space: str = SPACE) -> list[tuple[str, str]]:
        """Return type and reason of what was posted about an object, the first one first."""
        found = (await self.kube.get(f"/api/v1/namespaces/{space}/events")).body["items"]
        found.sort(key=lambda each: int(each["metadata"]["resourceVersion"]))
        about = [each for each in found if each["involvedObject"]["name"] == name]
        return [(each["type"], each["reason"]) for each in about]

    async def becomes(
        self, kind: str, name: str, reason: str, type_: str = "Ready", *, space: str = SPACE
    ) -> tuple[str, str, str]:
        """Wait until a condition has a reason; return the condition."""

        async def holds() -> bool:
            body = (await self.get(kind, name, space)).body
            seen = body.get("status", {}).get("observedGeneration")
            found = await self.condition(kind, name, type_, space=space)
            return found[1] == reason and seen == body["metadata"]["generation"]

        await eventually(f"{kind} {space}/{name} is {reason}", holds)
        return await self.condition(kind, name, type_, space=space)

    async def gone(self, kind: str, name: str, space: str = SPACE) -> None:
        async def holds() -> bool:
            return (await self.get(kind, name, space)).code == 404

        await eventually(f"{kind} {name} is gone", holds)

    async def head(self, space: str = SPACE) -> Head | None:
        heads = Heads(self.bus, shared_realm().verifier(ENV))
        found = await heads.get(ENV, f"kube/{CLUSTER}/{space}")
        return found.value if found else None

    async def entries(self, space: str = SPACE) -> dict[str, FileEntry]:
        head = await self.head(space)
        return dict((await manifest_from_bus(self.bus, head)).files) if head else {}

    async def published(self, space: str = SPACE) -> dict[str, str]:
        """Return the files that peels follow; what is sealed is told by its scope.

        A bus that was away a moment ago may be so once more: it is asked again.
        """
        with anyio.fail_after(PATIENCE):
            while True:
                try:
                    return {
                        path: await self._text(entry)
                        for path, entry in (await self.entries(space)).items()
                    }
                except BusUnavailable:
                    await anyio.sleep(0.05)

    async def _text(self, entry: FileEntry) -> str:
        if entry.sealed:
            return f"sealed: {entry.sealed.scope}"
        return b"".join([part async for part in read_file(self.bus, entry)]).decode()

    async def publishes(self, *paths: str, space: str = SPACE) -> dict[str, str]:
        """Wait until exactly these paths are published; return the files."""

        async def holds() -> bool:
            return set(await self.entries(space)) == set(paths)

        await eventually(f"published: {', '.join(paths) or 'nothing'}", holds)
        return await self.published(space)

    @staticmethod
    def body(kind: str, name: str, spec: Json, *, space: str = SPACE, **metadata: object) -> Json:
        """Return an object as a manifest has it."""
        return {
            "apiVersion": API_VERSION,
            "kind": kind,
            "metadata": {"name": name, "namespace": space, **metadata},
            "spec": spec,
        }

    @staticmethod
    def path(kind: str, name: str = "", space: str = SPACE) -> str:
        plural = next(each.plural for each in CUSTOM_KINDS if each.name == kind)
        path = f"/apis/{GROUP}/{VERSION}/namespaces/{space}/{plural}"
        return f"{path}/{name}" if name else path


async def eventually(what: str, holds: Callable[[], Any], timeout: float = PATIENCE) -> None:
    """Wait until an async condition holds; fail with its name."""
    with anyio.move_on_after(timeout):
        while True:
            with suppress(BusUnavailable):
                if await holds():
                    return
            await anyio.sleep(0.05)
    raise AssertionError(f"not within {timeout} s: {what}")


@asynccontextmanager
async def mirrored(
    bus: Bus,
    folder: Path,
    *,
    scope: Scope | None = None,
    resync: float = 600.0,
    fleet: FleetRules | None = None,
    bookmark_every: float = 60.0,
    plurals: Collection[str] = tuple(kind.plural for kind in CUSTOM_KINDS),
) -> AsyncIterator[Mirrored]:
    """Start a cluster that has our kinds and the namespace SPACE; the mirror is not running."""
    async with AsyncExitStack() as stack:
        (folder / "api").mkdir()
        server = ApiServer(folder / "api", StructuralSchemas(), bookmark_every=bookmark_every)
        api = await stack.enter_async_context(server)
        kube = await stack.enter_async_context(Client.of(api.kubeconfig()))
        definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        for kind in (each for each in CUSTOM_KINDS if each.plural in plurals):
            assert (await kube.create(definitions, definition(kind))).code == 201
        space: Json = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}
        assert (await kube.create("/api/v1/namespaces", space)).code == 201
        await stack.enter_async_context(Sealing.of(shared_realm()).room(bus))
        trust = folder / "publisher"
        _publisher(trust)
        rules = MirrorRules(CLUSTER, scope or Scope(), resync=resync, fleet=fleet)
        checks = Checks("mirror")
        yield Mirrored(api, kube, bus, trust, Metrics(), checks, rules)


def _publisher(folder: Path) -> None:
    realm = shared_realm()
    folder.mkdir()
    context = Context(
        url=("tls://127.0.0.1:4222",),
        env=ENV,
        operator=realm.operator_public,
        authorities=realm.authority_certificates,
    )
    client = ClientFolder.create(folder, context)
    client.keep(Tier.PUBLISHER, realm.issue(ENV, Tier.PUBLISHER, f"kube/{CLUSTER}"))
