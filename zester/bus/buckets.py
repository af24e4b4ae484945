"""The tables of KV buckets and streams, and the server configuration each one stands for."""

from __future__ import annotations

from typing import Any

from zester.dataclass import dataclass

DAY = 86_400

LIVE_PREFIX = "live"
"""Hints are published on ``live.<bucket>.<key>``."""

CONSUMERS = 64
"""Consumers a stream accepts. Peels create none; this is for masters and people's tools."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One KV bucket.

    ``history`` versions of a key are kept (1 to 64); ``max_age`` in seconds, 0 = for ever.
    ``republish`` = the server repeats each committed write on ``live.<bucket>.<key>``;
    ``broadcast`` = the writer hints itself after the commit, because very many listen.
    ``ttl`` = a write may carry its own time to live. ``atomic`` = batches of writes.
    """

    name: str
    history: int = 1
    max_age: int = 0
    republish: bool = False
    broadcast: bool = False
    ttl: bool = False
    atomic: bool = False
    max_consumers: int = CONSUMERS

    @property
    def stream(self) -> str:
        return f"KV_{self.name}"

    def subject(self, key: str) -> str:
        """Return the subject a key is stored under."""
        return f"$KV.{self.name}.{key}"

    def live(self, key: str) -> str:
        """Return the subject that hints about a key are published on."""
        return f"{LIVE_PREFIX}.{self.name}.{key}"

    def config(self, replicas: int) -> dict[str, Any]:
        """Return the stream configuration for the server's API."""
        config: dict[str, Any] = {
            "name": self.stream,
            "subjects": [self.subject(">")],
            "retention": "limits",
            "storage": "file",
            "discard": "new",
            "max_msgs_per_subject": self.history,
            "max_age": self.max_age * 1_000_000_000,
            "max_msg_size": 1024 * 1024,
            "max_consumers": self.max_consumers,
            "num_replicas": replicas,
            "allow_direct": True,
            "allow_rollup_hdrs": True,
            "deny_delete": True,
            "allow_msg_ttl": self.ttl,
            "allow_atomic": self.atomic,
            "duplicate_window": min(120, self.max_age or 120) * 1_000_000_000,
        }
        if self.republish:
            config["republish"] = {"src": self.subject(">"), "dest": self.live(">")}
        return config


HEADS = Bucket("heads", history=64, broadcast=True)
TRUST = Bucket("trust", history=64, broadcast=True)
NODES = Bucket("nodes", history=64, republish=True)
MAINTENANCE = Bucket("maintenance", history=16, republish=True, atomic=True)
KEYRING = Bucket("keyring", history=8, republish=True, atomic=True)
GRANTS = Bucket("grants", republish=True, atomic=True)
ENROLLMENTS = Bucket("enrollments", history=8, republish=True)
TOKENS = Bucket("tokens", history=8)
BLOBS = Bucket("blobs", atomic=True)
FACTS = Bucket("facts")
STATUS = Bucket("status", republish=True)
LEASES = Bucket("leases", ttl=True)
SLOTS = Bucket("slots", max_age=60)
ROLLUPS = Bucket("rollups")
JOBS = Bucket("jobs", history=4, max_age=30 * DAY, broadcast=True)
DURABLE = Bucket("durable", ttl=True)
ROLES = Bucket("roles", history=64, broadcast=True)
OBJECTS = Bucket("objects", republish=True)

BUCKETS: tuple[Bucket, ...] = (
    *(HEADS, BLOBS, FACTS, STATUS, LEASES, ROLLUPS),
    *(TRUST, NODES, KEYRING, GRANTS, ENROLLMENTS, TOKENS),
    *(JOBS, DURABLE, ROLES, MAINTENANCE, SLOTS, OBJECTS),
)


@dataclass(frozen=True, slots=True)
class Stream:
    """One plain stream; ``max_age`` in seconds, ``max_bytes`` bounds the disk."""

    name: str
    subjects: tuple[str, ...]
    max_age: int
    max_bytes: int

    def config(self, replicas: int) -> dict[str, Any]:
        """Return the stream configuration for the server's API."""
        return {
            "name": self.name,
            "subjects": list(self.subjects),
            "retention": "limits",
            "storage": "file",
            "discard": "old",
            "max_age": self.max_age * 1_000_000_000,
            "max_bytes": self.max_bytes,
            "max_msg_size": 1024 * 1024,
            "max_consumers": CONSUMERS,
            "num_replicas": replicas,
            "allow_direct": True,
            "deny_delete": True,
            "duplicate_window": 120_000_000_000,
        }


EVENTS = Stream("EVENTS", ("zester.event.>",), max_age=30 * DAY, max_bytes=4 * 1024**3)
JOB_RETURNS = Stream(
    "JOBS",
    ("zester.job.*.return.*", "zester.job.*.output.*.*", "zester.job.*.expected"),
    max_age=30 * DAY,
    max_bytes=4 * 1024**3,
)

STREAMS: tuple[Stream, ...] = (EVENTS, JOB_RETURNS)
