"""Somebody who may rewrite every key of the bus but has nobody's private key, and his victim."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support.peel import Peel, Push, applied, status_of, until
from support.trusted import publisher
from zester.bus.buckets import BLOBS, HEADS, TRUST, Bucket
from zester.bus.hints import send_hint
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.resources.head import Head
from zester.resources.nodes.status import Condition, ConditionType
from zester.trees.build import build_tree
from zester.trees.digest import digest_of
from zester.trees.publish import Destination, publish_tree
from zester.trust.envelope import Signer

TREE: dict[str, str | None] = {
    "states/top.zy": "base:\n  '*':\n    - web\n",
    "states/web.zy": "/conf:\n  file.managed:\n    - source: salt://conf\n",
    "states/conf": "one\n",
}
HEAD = "base.cli"


def payload(envelope: bytes) -> bytes:
    """What an envelope says, whoever says it."""
    text: str = json.loads(envelope)["payload"]
    return text.encode()


def edited(envelope: bytes, **fields: str) -> bytes:
    """An envelope with other texts in it."""
    return json.dumps({**json.loads(envelope), **fields}).encode()


@dataclass
class Attacker:
    """Full rights on the JetStream of the servers."""

    bus: Bus
    folder: Path
    _staged: int = field(default=0)

    async def read(self, bucket: Bucket, key: str) -> bytes:
        record = await Records(self.bus, bucket).get(key)
        assert record is not None
        return record.value

    async def write(self, bucket: Bucket, key: str, data: bytes) -> None:
        await Records(self.bus, bucket).put(key, data)

    async def write_head(self, data: bytes) -> None:
        """Replace the head and tell everybody."""
        await self.write(HEADS, HEAD, data)
        await send_hint(self.bus, HEADS, HEAD)

    async def write_bundle(self, data: bytes) -> None:
        """Replace the trust bundle and tell everybody."""
        await self.write(TRUST, "bundle", data)
        await send_hint(self.bus, TRUST, "bundle")

    async def drop(self, bucket: Bucket, key: str) -> None:
        """Take away all that is stored under a key."""
        body = f'{{"filter": "{bucket.subject(key)}"}}'.encode()
        await self.bus.request(f"$JS.API.STREAM.PURGE.{bucket.stream}", body)

    async def stage(self, files: Mapping[str, str]) -> bytes:
        """Wait until an honest publisher has stored a tree but its head; return the manifest."""
        self._staged += 1
        folder = self.folder / f"staged-{self._staged}"
        for path, text in {**TREE, **files}.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text or "")
        tree = build_tree(folder)
        await publish_tree(self.bus, tree, Destination("elsewhere", "cli"), publisher())
        return tree.encoded

    async def head_of(self, manifest: bytes, signer: Signer | None = None) -> bytes:
        """Store a manifest and return a head of revision 2 that a signer was made to sign."""
        await self.write(BLOBS, digest_of(manifest), manifest)
        head = Head(revision=2, manifest=digest_of(manifest), created=1)
        return (signer or publisher().signer).sign(f"heads.{HEAD}", head.encode())

    async def evil_head(self, signer: Signer) -> bytes:
        """Return a head of revision 2 with another content of the file."""
        return await self.head_of(await self.stage({"states/conf": "evil\n"}), signer)


@dataclass
class Scene:
    """A peel that has applied revision 1."""

    peel: Peel
    bus: Bus
    attacker: Attacker
    push: Push

    @property
    def conf(self) -> Path:
        return self.peel.root / "conf"

    @property
    def serial(self) -> int:
        """The serial of the bundle that the peel believes."""
        verifier = self.peel.agent.belief.verifier
        return verifier.anchored.bundle.serial if verifier else 0

    async def condition(self, kind: ConditionType) -> Condition | None:
        status = await status_of(self.bus)
        return status.condition(kind) if status else None

    async def refused(self, reason: str, kind: ConditionType = "Stalled") -> str:
        """Wait until a refusal is told; return what it says."""

        async def told() -> bool:
            found = await self.condition(kind)
            return found is not None and found.reason == reason

        await until(f"{kind} {reason}", told)
        found = await self.condition(kind)
        assert found is not None
        return found.message

    async def unchanged(self, text: str = "one\n", revision: int = 1) -> None:
        """Check that the machine is as before, and that the peel still cares for that."""
        assert self.conf.read_text() == text
        assert await applied(self.bus, revision)
        self.conf.write_text("drifted\n")
        await until("corrected", lambda: self.conf.read_text() == text)

    def counted(self, reason: str) -> float:
        return self.peel.metrics.trees_rejected.value(reason=reason)
