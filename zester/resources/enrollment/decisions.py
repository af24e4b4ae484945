"""What may be decided about a machine, and what becomes of its enrolment then."""

from __future__ import annotations

from zester.errors import InvalidKey, SettingsError
from zester.resources.enrollment.enrollment import Enrollment, Rival

REMEMBERED = 64
"""Keys that are remembered as refused or revoked."""


def accepted(record: Enrollment, labels: dict[str, str] | None, key: str | None) -> Enrollment:
    """Return the record of a machine that is let in; raises SettingsError, InvalidKey."""
    wanted = key or record.key
    if wanted in record.revoked:
        raise SettingsError(
            f"{record.id}: this key was revoked and stays so",
            hint="the machine needs a new key: move its trust folder away and enrol it again",
        )
    rivals = record.rivals
    if wanted != record.key:
        if all(rival.key != wanted for rival in rivals):
            raise InvalidKey(
                f"{record.id}: no machine asked with the key {wanted}",
                hint=f"`zester enroll show {record.id}` lists the keys",
            )
        if record.state == "accepted":
            raise SettingsError(
                f"{record.id} is in with another key",
                hint=f"`zester enroll revoke {record.id}` first",
            )
        other = Rival(key=record.key, source=record.source, at=record.requested)
        rivals = (*(rival for rival in rivals if rival.key != wanted), other)
    return record.model_copy(
        update={
            "state": "accepted",
            "key": wanted,
            "note": "",
            "labels": record.labels if labels is None else labels,
            "rivals": rivals,
            "refused": tuple(refused for refused in record.refused if refused != wanted),
        }
    )


def rejected(record: Enrollment, reason: str, key: str | None = None) -> Enrollment:
    """Return the record of a machine that is refused; raises SettingsError for a peel.

    ``key`` may name a rival: then only that one is refused, whoever has the id.
    """
    if key is not None and key != record.key:
        refused = (*(other for other in record.refused if other != key), key)
        rivals = tuple(rival for rival in record.rivals if rival.key != key)
        return record.model_copy(update={"rivals": rivals, "refused": refused[-REMEMBERED:]})
    if record.state == "accepted":
        raise SettingsError(
            f"{record.id} is a peel already", hint=f"`zester enroll revoke {record.id}` cuts it off"
        )
    if record.state == "revoked":
        return record
    refused = (*(key for key in record.refused if key != record.key), record.key)
    return record.model_copy(
        update={"state": "rejected", "note": reason[:256], "refused": refused[-REMEMBERED:]}
    )


def revoked(record: Enrollment, reason: str, now: int) -> Enrollment:
    """Return the record of a peel that is cut off."""
    if record.state == "revoked" and record.key in record.revoked:
        return record
    keys = {**record.revoked, record.key: now}
    kept = dict(sorted(keys.items(), key=lambda item: item[1])[-REMEMBERED:])
    return record.model_copy(
        update={"state": "revoked", "note": reason[:256], "revoked": kept, "purged": None}
    )
