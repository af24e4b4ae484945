"""The roles on the bus: read and written by those who manage them."""

from __future__ import annotations

import logging

from zester.bus.buckets import ROLES
from zester.bus.hints import send_hint
from zester.bus.link.connection import Bus
from zester.bus.signed import Signed, SignedKv, place_of
from zester.errors import InvalidDocument, Untrusted
from zester.resources.jobs.role import Role
from zester.trust.envelope import Signer
from zester.trust.verifier import Verifier

log = logging.getLogger(__name__)


async def list_roles(bus: Bus, verifier: Verifier) -> list[Signed[Role]]:
    """Return the roles in force; one that is not believed is left out with a warning."""
    kv = SignedKv(bus, ROLES, Role, verifier)
    found = []
    async for record in kv.records.scan():
        try:
            role = kv.open(record)
        except (Untrusted, InvalidDocument) as error:
            log.warning("role not believed", extra={"role": record.key, "error": str(error)})
            continue
        if not role.value.removed:
            found.append(role)
    return sorted(found, key=lambda role: role.key)


async def put_role(bus: Bus, verifier: Verifier, signer: Signer, role: Role) -> Role:
    """Make a role or replace it; return it with its new revision.

    Also one that counts no more because its signer was revoked. Raises RevisionConflict when
    somebody else changed it meanwhile, and what reading raises.
    """
    kv = SignedKv(bus, ROLES, Role, verifier)
    old = await kv.records.get(role.name)
    revision = 1
    if old is not None:
        payload = verifier.reopen(old.value, place_of(ROLES, role.name)).payload
        revision = Role.decode(payload).revision + 1
    made = role.model_copy(update={"revision": revision})
    await kv.write(role.name, made, signer, over=old.revision if old is not None else 0)
    await send_hint(bus, ROLES, role.name)
    return made
