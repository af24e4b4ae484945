"""Do what the spec of a Peel says: where operators' own commands write it, and signed as those."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable

from zester.bus.enrollment.register import EnrollmentRegister
from zester.bus.events import tell_event
from zester.bus.keys import escape_token
from zester.bus.link.connection import Bus
from zester.bus.maintenance.records import Change, MaintenanceWriter
from zester.errors import BusUnavailable, InvalidKey, SettingsError
from zester.resources.enrollment.decisions import accepted, revoked
from zester.resources.kubernetes.kinds.peel import PeelSpec
from zester.resources.maintenance.maintenance import (
    Maintenance,
    ModeChoice,
    Suspension,
    check_reason,
)
from zester.resources.nodes.labels import check_labels
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.fleet.authorship import prefix_of, said_by
from zester_controller.mirror.fleet.sight import Sight
from zester_controller.mirror.objects.key import ObjectKey
from zester_controller.mirror.plan.problem import Problem
from zester_controller.mirror.publish.authority import MirrorAuthority

_UNSAID = "suspended in the cluster"


class Orders:
    """What a spec does not say stays as operators said it; what it no longer says is taken back."""

    def __init__(self, bus: Bus, authority: MirrorAuthority) -> None:
        self._bus = bus
        self._authority = authority

    async def obey(
        self, sight: Sight, spec: PeelSpec, key: ObjectKey, body: Body
    ) -> Problem | None:
        """Make it so; return why it cannot be. Raises BusUnavailable, RevisionConflict."""
        cluster = self._authority.cluster

        def by(*fields: str) -> str:
            return said_by(cluster, key, body, *fields)

        try:
            if await self._enrolled(sight, spec, by) or not sight.there:
                return None
            await self._maintained(sight, spec, by)
        except (InvalidKey, SettingsError) as error:
            return Problem("InvalidSpec", error.message)
        return None

    async def _enrolled(self, sight: Sight, spec: PeelSpec, by: Callable[..., str]) -> bool:
        """See to labels and revocation; return whether the peel is out."""
        enrolled = sight.enrollment
        if enrolled is None:
            if spec.revoked or spec.labels is not None:
                raise SettingsError(f"{sight.id} did not enrol: nothing can be said of its key")
            return False
        authority = self._authority()
        register = EnrollmentRegister(self._bus, self._authority.master(), authority.verifier)
        if spec.revoked:
            if enrolled.state != "revoked":
                why = by("revoked")
                now = int(time.time())
                await register.change(sight.id, lambda r: revoked(r, "", now), by=why)
                await self._audit(why, "revoke", sight.id)
            return True
        labels = None if spec.labels is None else check_labels(spec.labels)
        if labels is not None and enrolled.state == "accepted" and enrolled.labels != labels:
            why = by("labels")
            await register.change(sight.id, lambda r: accepted(r, labels, None), by=why)
            await self._audit(why, "label", sight.id)
        return enrolled.state == "revoked"

    async def _maintained(self, sight: Sight, spec: PeelSpec, by: Callable[..., str]) -> None:
        ours = prefix_of(self._authority.cluster)
        changes = (
            (spec.mode or "mode", _mode(spec, ours, by("mode"))),
            (
                "suspend" if spec.suspend else "resume",
                _suspension(spec, ours, by("suspend", "suspendReason", "suspendUntil")),
            ),
        )
        said = sight.maintenance
        for verb, change in changes:
            blank = Maintenance(revision=1, id=sight.id, env=sight.env, updated=int(time.time()))
            if change(said or blank) == (said or blank):
                continue
            writer = MaintenanceWriter(
                self._bus, self._authority.master(), self._authority().verifier
            )
            done = await writer.change([sight.id], change)
            if done.failed:
                raise BusUnavailable(f"{sight.id}: {done.failed[sight.id]}")
            if done.done:
                await self._audit(by("mode", "suspend"), verb, sight.id)

    async def _audit(self, who: str, verb: str, node: str) -> None:
        """Tell whoever keeps the audit who did what to whom."""
        body = {"who": who, "verb": verb, "target": node, "peels": [node], "at": time.time()}
        subject = f"zester.event.operator.{escape_token(self._authority.name)}.{verb}"
        data = json.dumps(body, sort_keys=True).encode()
        await tell_event(self._bus, subject, data, identity=uuid.uuid4().hex)


def _mode(spec: PeelSpec, ours: str, by: str) -> Change:
    def change(said: Maintenance) -> Maintenance:
        choice = said.choice
        if spec.mode is None:
            mine = choice is not None and choice.by.startswith(ours)
            return said.model_copy(update={"choice": None}) if mine else said
        if (choice.mode if choice is not None else "enforce") == spec.mode:
            return said
        now = int(time.time())
        return said.model_copy(update={"choice": ModeChoice(mode=spec.mode, by=by, since=now)})

    return change


def _suspension(spec: PeelSpec, ours: str, by: str) -> Change:
    reason = check_reason(spec.suspend_reason or _UNSAID)
    until = int(spec.suspend_until.timestamp()) if spec.suspend_until is not None else None
    now = int(time.time())
    wanted = spec.suspend and (until is None or until > now)

    def change(said: Maintenance) -> Maintenance:
        pause = said.suspension
        mine = pause is not None and pause.by.startswith(ours)
        if not wanted:
            return said.model_copy(update={"suspension": None}) if mine else said
        holds = pause is not None and (pause.until is None or pause.until > now)
        same = pause is not None and (pause.reason, pause.until) == (reason, until)
        if holds and (same or not mine):
            return said
        new = Suspension(reason=reason, by=by, since=now, until=until)
        return said.model_copy(update={"suspension": new})

    return change
