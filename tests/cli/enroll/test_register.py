"""What operators do with enrolments, and what they are kept from doing."""

from __future__ import annotations

import time

import pytest

from support.trusted import ENV
from zester.bus.buckets import ENROLLMENTS
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.bus.signed import SignedKv
from zester.cli.enroll.forget import check_forgettable
from zester.cli.enroll.list import state_of
from zester.cli.enroll.register import Line, Register
from zester.errors import InvalidKey, KeyNotFound, SettingsError
from zester.resources.enrollment.decisions import accepted, rejected, revoked
from zester.resources.enrollment.enrollment import Enrollment, Rival
from zester.trust.bundle import read_bundle
from zester.trust.envelope import Signer
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester.trust.verifier import Verifier

KEY, OTHER = (KeyPair.generate(KeyKind.USER).public for _ in range(2))


def record(state: str = "pending", **more: object) -> Enrollment:
    base = {"id": "web-01", "env": ENV, "key": KEY, "state": state, "requested": 5}
    return Enrollment.model_validate({**base, **more})


def test_a_machine_is_let_in_with_labels_and_keeps_them_when_none_are_named() -> None:
    first = accepted(record(), {"role": "db"}, None)

    assert (first.state, first.labels) == ("accepted", {"role": "db"})
    assert accepted(first, None, None) == first
    assert accepted(first, {}, None).labels == {}


def test_of_two_keys_the_operator_names_the_right_one() -> None:
    rivals = (Rival(key=OTHER, at=7),)

    found = accepted(record(rivals=rivals), None, OTHER)

    assert found.key == OTHER
    assert [rival.key for rival in found.rivals] == [KEY]
    with pytest.raises(InvalidKey, match="no machine asked"):
        accepted(record(), None, OTHER)
    with pytest.raises(SettingsError, match="is in with another key"):
        accepted(record("accepted", rivals=rivals), None, OTHER)


def test_a_revoked_key_is_never_let_in_again() -> None:
    out = revoked(record("accepted"), "stolen", 9)

    assert (out.state, out.revoked, out.note) == ("revoked", {KEY: 9}, "stolen")
    assert revoked(out, "again", 10) == out
    with pytest.raises(SettingsError, match="revoked and stays so"):
        accepted(out, None, None)


def test_a_rejected_machine_can_be_let_in_after_all_and_a_peel_cannot_be_rejected() -> None:
    out = rejected(record(), "who?")

    assert (out.state, out.refused) == ("rejected", (KEY,))
    back = accepted(out, None, None)
    assert (back.state, back.refused) == ("accepted", ())
    with pytest.raises(SettingsError, match="is a peel"):
        rejected(record("accepted"), "")


def test_what_still_keeps_somebody_out_is_not_forgotten() -> None:
    now = time.time()
    young = record("revoked", revoked={KEY: int(now) - 86_400})
    old = record("revoked", revoked={KEY: int(now) - 90 * 86_400})

    for kept in (young, record("accepted")):
        with pytest.raises(SettingsError):
            check_forgettable(Line("web-01", kept), now, force=False)
    with pytest.raises(SettingsError):
        check_forgettable(Line("web-01", record("accepted")), now, force=True)
    for line in (Line("web-01", old), Line("web-01", record())):
        check_forgettable(line, now, force=False)
    check_forgettable(Line("web-01", young), now, force=True)
    with pytest.raises(SettingsError):
        check_forgettable(Line("web-01", None, problem="?"), now, force=False)


@pytest.mark.anyio
class TestStored:
    def judge(self, realm: Realm, *revoked_signers: Signer) -> Verifier:
        out = {signer.key.public: int(time.time()) for signer in revoked_signers}
        bundle = realm.bundle(ENV, revoked=out)
        return Verifier(read_bundle(bundle, operator=realm.operator_public, env=ENV))

    async def test_what_a_revoked_signer_said_waits_for_an_operator_to_confirm_it(
        self, bus: Bus, realm: Realm
    ) -> None:
        bad, good = realm.signer(ENV, Tier.MASTER, "bad"), realm.signer(ENV, Tier.OPERATOR)
        data = record("accepted", labels={"role": "db"})
        kv = SignedKv(bus, ENROLLMENTS, Enrollment, realm.verifier(ENV))
        await kv.write("web-01", data, bad, over=0)
        register = Register(bus, good, self.judge(realm, bad))
        (line,) = await register.lines()
        assert state_of(line) == "unvouched"
        assert line.record == data
        assert "revoked" in line.problem

        await register.change("web-01", lambda found: accepted(found, None, None))

        (line,) = await register.lines()
        assert state_of(line) == "accepted"
        assert line.record is not None
        assert line.record.labels == {"role": "db"}

    async def test_what_says_nothing_can_only_be_removed(self, bus: Bus, realm: Realm) -> None:
        await Records(bus, ENROLLMENTS).put(make_key("web-01"), b"rubbish")
        await Records(bus, ENROLLMENTS).put(
            make_key("db-01"), realm.signer(ENV, Tier.PUBLISHER).sign("enrollments.db-01", b"{}")
        )
        signer = realm.signer(ENV, Tier.OPERATOR)
        register = Register(bus, signer, realm.verifier(ENV))

        assert [state_of(line) for line in await register.lines()] == ["unvouched"] * 2
        with pytest.raises(SettingsError, match="cannot be believed"):
            await register.change("web-01", lambda found: found)
        await register.remove("web-01")
        with pytest.raises(KeyNotFound):
            await register.line("web-01")
