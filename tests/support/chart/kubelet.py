"""A poor man's kubelet: runs a container of a pod as a process, its mounts as files in a folder.

It takes program, arguments, variables, volumes and probes from the manifest. A path that the pod
mounts lies below the folder; what names it in arguments, variables and mounted files, names that.
"""

from __future__ import annotations

import base64
import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import anyio

from support.chart.image import last
from support.kubernetes.objects.json_value import Json
from support.kubernetes.server import ApiServer
from zester.bus.server.embedded import find_server

PROGRAMS = {
    "/opt/zester/bin/zester-master": [sys.executable, "-m", "zester_controller.main"],
    "/opt/zester/bin/python": [sys.executable],
    "nats-server": [find_server()],
}
"""What the images have, and where that is here."""

Names = Mapping[str, str]
"""Texts that mean something else here: ports, hosts."""


class Container:
    """The first container of a pod, named ``name``; ``replaced`` are texts that differ here."""

    def __init__(
        self, api: ApiServer, pod: Json, folder: Path, name: str, replaced: Names | None = None
    ) -> None:
        self._api = api
        self._pod = pod
        self._root = folder / name
        self._name = name
        self._replaced = dict(replaced or {})
        self._process: subprocess.Popen[bytes] | None = None
        (self.spec, *_) = pod["spec"]["containers"]
        self.namespace: str = pod["metadata"]["namespace"]
        self.log_file = folder / f"{name}.log"

    def start(self, **more: str) -> None:
        """Lay out the volumes and start the process; ``more`` are variables of this place."""
        self._root.mkdir(exist_ok=True)
        for mount in self.spec.get("volumeMounts", []):
            self._mount(mount)
        command = self.spec.get("command") or last("ENTRYPOINT").words
        words = [*command, *self.spec.get("args", [])]
        argv = [*PROGRAMS[words[0]], *(self._here(each) for each in words[1:])]
        environment = {key: self._here(value) for key, value in self._variables().items()}
        # Of ours only what Python needs to find the program: a container inherits nothing.
        kept = {key: os.environ[key] for key in ("PYTHONPATH",) if key in os.environ}
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                argv,
                env={**kept, **environment, **more},
                cwd=self._root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    async def ready(self, which: str = "readinessProbe", within: float = 200.0) -> None:
        """Wait until a probe of it holds."""
        with anyio.move_on_after(within):
            while True:
                assert self._process is not None
                assert self._process.poll() is None, self.log()
                if await anyio.to_thread.run_sync(self.probe, which) == 200:
                    return
                await anyio.sleep(0.1)
        raise AssertionError(f"{self._name} is not ready: {self.log()}")

    def probe(self, which: str) -> int:
        """Ask as a kubelet does; return the code, 0 without an answer."""
        get = self.spec[which]["httpGet"]
        ports = {each["name"]: each["containerPort"] for each in self.spec["ports"]}
        port = self._here(str(ports.get(get["port"], get["port"])))
        connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", get["path"])
            answer = connection.getresponse()
            answer.read()
            connection.close()
            return answer.status
        connection.close()
        return 0

    async def wait(self, within: float = 60.0) -> int:
        """Wait until it ended by itself; return its code."""
        assert self._process is not None
        code = await anyio.to_thread.run_sync(self._process.wait, within)
        self._process = None
        return code

    async def stop(self) -> float:
        """End it as a kubelet does; return what part of the grace period it took."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return 0.0
        grace = float(self._pod["spec"].get("terminationGracePeriodSeconds", 30))
        began = anyio.current_time()
        process.send_signal(signal.SIGTERM)
        with anyio.CancelScope(shield=True):
            try:
                await anyio.to_thread.run_sync(process.wait, grace)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return (anyio.current_time() - began) / grace

    def log(self) -> str:
        return self.log_file.read_text() if self.log_file.exists() else ""

    def _here(self, text: str) -> str:
        mounts = [each["mountPath"] for each in self.spec.get("volumeMounts", [])]
        folders = {str(Path(each).parent) if "." in Path(each).name else each for each in mounts}
        for each in sorted(folders, key=len):
            if not any(each != other and each.startswith(f"{other}/") for other in folders):
                text = text.replace(each, f"{self._root}{each}")
        for there, here in self._replaced.items():  # whole words: tokens are full of digits
            text = re.sub(rf"(?<![\w-]){re.escape(there)}(?![\w-])", here, text)
        return text

    def _variables(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for each in self.spec.get("envFrom", []):
            found.update(self._get("configmaps", each["configMapRef"]["name"])["data"])
        for each in self.spec.get("env", []):
            source = each.get("valueFrom")
            if source is not None:
                assert source == {"fieldRef": {"fieldPath": "metadata.name"}}, source
            found[each["name"]] = self._name if source is not None else each["value"]
        return found

    def _mount(self, mount: Json) -> None:
        place = Path(f"{self._root}{mount['mountPath']}")
        volume: Json = next(
            (each for each in self._pod["spec"]["volumes"] if each["name"] == mount["name"]),
            {"emptyDir": {}},  # a claim: nothing is in it yet
        )
        files = self._files(volume)
        part: str = mount.get("subPathExpr", "").replace("$(POD_NAME)", self._name)
        if part:
            self._write(place, files[part])
            return
        place.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():  # as a kubelet has them: links to links
            self._write(place / "..now" / name, data)
        if files:
            (place / "..data").symlink_to("..now")
        for name in files:
            (place / name).symlink_to(f"..data/{name}")

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = data.decode()
        path.touch(0o600)
        path.write_text(self._here(text) if path.suffix == ".conf" else text)
        path.chmod(0o400)  # root's, and a group's, in a pod; ours alone here

    def _files(self, volume: Json) -> dict[str, bytes]:
        if "secret" in volume:
            return self._secret(volume["secret"]["secretName"], volume["secret"].get("items"))
        found: dict[str, bytes] = {}
        for source in volume.get("projected", {}).get("sources", []):
            found.update(self._secret(source["secret"]["name"], source["secret"]["items"]))
        return found

    def _secret(self, name: str, items: list[Json] | None) -> dict[str, bytes]:
        data = {
            key: base64.b64decode(value)
            for key, value in (self._get("secrets", name).get("data") or {}).items()
        }
        if items is None:
            return data
        return {each["path"]: data[each["key"]] for each in items}

    def _get(self, plural: str, name: str) -> Json:
        shelf = next(
            kind.shelf
            for kind in self._api.cluster.kinds
            if kind.plural == plural and kind.api_version == "v1"
        )
        found = self._api.cluster.store.get(shelf, (self.namespace, name))
        assert found is not None, f"{plural} {self.namespace}/{name}"
        return found


def pod_of(workload: Json) -> Json:
    """Return the pod that a Deployment, StatefulSet or Job asks for."""
    template: Json = workload["spec"]["template"]
    claims = [
        {"name": each["metadata"]["name"], "emptyDir": {}}
        for each in workload["spec"].get("volumeClaimTemplates", [])
    ]
    spec = {**template["spec"], "volumes": [*template["spec"].get("volumes", []), *claims]}
    labels = template["metadata"].get("labels", {})
    return {
        "metadata": {"namespace": workload["metadata"]["namespace"], "labels": labels},
        "spec": spec,
    }
