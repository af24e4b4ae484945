"""The table of kinds: which document lives in which bucket under which key."""

from __future__ import annotations

from zester.dataclass import dataclass
from zester.resources.cluster_object import ClusterObject
from zester.resources.document import Document
from zester.resources.enrollment.enrollment import Enrollment
from zester.resources.enrollment.join_token import JoinToken, TokenUse
from zester.resources.enrollment.refusals import Refusals
from zester.resources.fresh import Fresh
from zester.resources.head import Head
from zester.resources.jobs.audit import AuditEntry
from zester.resources.jobs.expected import Expected
from zester.resources.jobs.job import Job
from zester.resources.jobs.job_return import JobReturn
from zester.resources.jobs.role import Role
from zester.resources.lease import Lease
from zester.resources.maintenance.maintenance import Maintenance
from zester.resources.nodes.facts import NodeFacts
from zester.resources.nodes.node_record import NodeRecord
from zester.resources.nodes.rollup import Rollup
from zester.resources.nodes.status import PeelStatus
from zester.resources.sealing.grants import Grants
from zester.resources.sealing.scope_keys import ScopeKeys
from zester.resources.slot_claim import SlotClaim


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource: its model, its bucket, the shape of its keys."""

    name: str
    model: type[Document]
    bucket: str
    key: str


KINDS: tuple[Kind, ...] = (
    Kind("Head", Head, "heads", "<env>.<source>"),
    Kind("Fresh", Fresh, "trust", "fresh"),
    Kind("NodeFacts", NodeFacts, "facts", "<id>"),
    Kind("PeelStatus", PeelStatus, "status", "<id>"),
    Kind("Lease", Lease, "leases", "peel.<id> | role.<name>"),
    Kind("SlotClaim", SlotClaim, "slots", "<key>.<id>"),
    Kind("Rollup", Rollup, "rollups", "<env>"),
    Kind("Job", Job, "jobs", "<jid>"),
    Kind("Role", Role, "roles", "<name>"),
    Kind("JobReturn", JobReturn, "JOBS", "zester.job.<jid>.return.<id>"),
    Kind("Expected", Expected, "JOBS", "zester.job.<jid>.expected"),
    Kind("AuditEntry", AuditEntry, "EVENTS", "zester.event._master.audit.<jid>.<what>"),
    Kind("ScopeKeys", ScopeKeys, "keyring", "<source>.<path>"),
    Kind("Grants", Grants, "grants", "<id>"),
    Kind("NodeRecord", NodeRecord, "nodes", "<id>"),
    Kind("Maintenance", Maintenance, "maintenance", "<id>"),
    Kind("Enrollment", Enrollment, "enrollments", "<id>"),
    Kind("JoinToken", JoinToken, "tokens", "<id>"),
    Kind("TokenUse", TokenUse, "tokens", "<id>.used"),
    Kind("ClusterObject", ClusterObject, "objects", "<kind>.<cluster>.<namespace>.<name>"),
    Kind("Refusals", Refusals, "rollups", "enrollment.refused"),
)
