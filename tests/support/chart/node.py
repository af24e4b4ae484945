"""A node and the controllers of a cluster: runs what is applied, and tells the API server so."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from anyio.abc import TaskGroup

from support.chart.kubelet import Container, Names, pod_of
from support.kubernetes.access.identity import service_account
from support.kubernetes.client import Client
from support.kubernetes.objects.builtin import BUILTIN
from support.kubernetes.objects.json_value import Json
from support.kubernetes.server import ApiServer
from zester.bus.server.embedded import free_port

PLURALS = ("statefulsets", "deployments", "jobs")
LOOK = 0.1


class Node:
    """Runs one pod of each Deployment and StatefulSet, and each Job once.

    ``running`` are containers by name; ``graces`` tells how much of its grace period each that was
    stopped took.
    """

    def __init__(self, api: ApiServer, kube: Client, folder: Path, replaced: Names) -> None:
        self._api = api
        self._kube = kube
        self._folder = folder
        self._metrics = free_port()
        self._replaced = {
            "0.0.0.0:9091": f"127.0.0.1:{self._metrics}",
            "9091": str(self._metrics),
            "8222": str(free_port()),
            **replaced,
        }
        self._known: dict[str, str] = {}
        self._tasks: TaskGroup
        self.running: dict[str, Container] = {}
        self.graces: dict[str, float] = {}
        self.jobs: dict[str, int] = {}
        folder.mkdir()

    @classmethod
    @asynccontextmanager
    async def of(cls, api: ApiServer, folder: Path, replaced: Names) -> AsyncIterator[Node]:
        """Run a node as long as the block runs; whatever it runs ends with it."""
        async with Client.of(api.kubeconfig()) as kube:
            node = cls(api, kube, folder, replaced)
            async with anyio.create_task_group() as tasks:
                node._tasks = tasks
                tasks.start_soon(node._work)
                try:
                    yield node
                finally:
                    tasks.cancel_scope.cancel()
                    with anyio.CancelScope(shield=True):
                        for name in tuple(node.running):
                            await node._stop(name)

    async def _work(self) -> None:
        while True:
            there: set[str] = set()
            for plural in PLURALS:
                shelf = next(kind.shelf for kind in BUILTIN if kind.plural == plural)
                for each in self._api.cluster.store.all(shelf):
                    there.add(each["metadata"]["uid"])
                    if not each["metadata"].get("deletionTimestamp"):
                        await self._look_after(plural, each)
            for uid in set(self._known) - there:
                await self._stop(self._known.pop(uid).partition(" ")[0])
            await anyio.sleep(LOOK)

    async def _look_after(self, plural: str, each: Json) -> None:
        uid, name = each["metadata"]["uid"], each["metadata"]["name"]
        pod = f"{name}-0" if plural == "statefulsets" else name
        wanted = f"{pod} {json.dumps(each['spec']['template'], sort_keys=True)}"
        if self._known.get(uid) == wanted:
            return
        await self._stop(pod)
        self._known[uid] = wanted
        container = Container(self._api, pod_of(each), self._folder, pod, self._replaced)
        container.start(**self._account(each))
        if plural == "jobs":
            await self._finish(each, container)
            return
        self.running[pod] = container
        # A master that comes before its servers is ready after them.
        self._tasks.start_soon(self._tell_when_ready, plural, each, pod, container)

    async def _tell_when_ready(self, plural: str, each: Json, pod: str, one: Container) -> None:
        try:
            await one.ready()
        except AssertionError:
            if self.running.get(pod) is one:  # it was not stopped meanwhile
                raise
        if self.running.get(pod) is one:
            await self._tell(plural, each)

    async def _finish(self, job: Json, container: Container) -> None:
        code = await container.wait()
        name = job["metadata"]["name"]
        self.jobs[name] = code
        done = {"type": "Complete" if code == 0 else "Failed", "status": "True", "reason": "Ended"}
        met = {"type": "SuccessCriteriaMet", "status": "True", "reason": "Ended"}
        count = {"succeeded": 1} if code == 0 else {"failed": 1}
        times = {"startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:00:01Z"}
        status = {**count, **times, "conditions": [met, done] if code == 0 else [done]}
        await self._status("batch/v1", "jobs", job, status)

    async def _tell(self, plural: str, each: Json) -> None:
        count = each["spec"]["replicas"]
        counts = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
        status = {
            "observedGeneration": each["metadata"]["generation"],
            **dict.fromkeys(counts, count),
        }
        await self._status("apps/v1", plural, each, status)

    async def _status(self, group: str, plural: str, each: Json, status: Json) -> None:
        metadata = each["metadata"]
        path = f"/apis/{group}/namespaces/{metadata['namespace']}/{plural}/{metadata['name']}"
        await self._kube.merge(f"{path}/status", {"status": status})

    async def _stop(self, pod: str) -> None:
        container = self.running.pop(pod, None)
        if container is not None:
            self.graces[pod] = await container.stop()

    def _account(self, each: Json) -> dict[str, str]:
        spec = each["spec"]["template"]["spec"]
        if not spec["automountServiceAccountToken"]:
            return {}
        user = service_account(each["metadata"]["namespace"], spec["serviceAccountName"])
        return {"ZESTER_MASTER_KUBECONFIG": str(self._api.kubeconfig(user))}
