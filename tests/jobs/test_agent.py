"""A whole peel obeys commands while it follows its desired state."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.operators import command
from support.peel import Peel, enrolled_peel, push_as_publisher, until
from zester.bus.server.embedded import EmbeddedServer
from zester.cli.fleet.operator import Operator
from zester.cli.fleet.request import Options
from zester.resources.jobs.job_return import JobReturn
from zester.targeting.value import Value

pytestmark = pytest.mark.anyio

TREE = {
    "nodegroups.yaml": "fronts: web-*\n",
    "settings/top.zy": "base:\n  '*':\n    - common\n",
    "settings/common.zy": "timezone: UTC\nport: 80\n",
    "states/top.zy": "base:\n  '*':\n    - motd\n",
    "states/motd.zy": "/motd:\n  file.managed:\n    - contents: tz={{ pillar['timezone'] }}\n",
    "states/hello.zy": (
        "/hello:\n  file.managed:\n    - contents: port={{ settings.port }}\n"
        "bad:\n  test.fail_without_changes\n"
    ),
}


@pytest.fixture
async def peel(trusted_server: EmbeddedServer, tmp_path: Path) -> Peel:
    """A peel whose tree is pushed."""
    await push_as_publisher(trusted_server, tmp_path / "tree", TREE)
    return enrolled_peel(trusted_server, tmp_path)


async def test_settings_and_facts_are_asked_for(operator: Operator, peel: Peel) -> None:
    async with peel.running():
        await until("it converged", (peel.root / "motd").exists)
        found = await command(operator, "*", "pillar.get", "timezone")
        assert found.returns["web-01"].value == "UTC"
        found = await command(operator, "*", "grains.get", "id")
        assert found.returns["web-01"].value == "web-01"
        for target in ("I@port:80 and web*", "N@fronts", "not I@port:81"):
            found = await command(operator, target, "test.ping")
            assert found.returns["web-01"].value is True, target
        found = await command(operator, "I@port:81", "test.ping")
        assert (found.returns, found.exit_code) == ({}, 1)


async def test_states_are_applied_shown_and_tried(operator: Operator, peel: Peel) -> None:
    async def run(function: str, *args: object, dry: bool = False, **kwargs: Value) -> JobReturn:
        options = Options(test=dry)
        outcome = await command(operator, "*", function, *args, options=options, **kwargs)
        return outcome.returns["web-01"]

    def results(returned: JobReturn) -> dict[str, bool | None]:
        return {entry["__id__"]: entry["result"] for entry in returned.value.values()}

    async with peel.running():
        await until("it converged", (peel.root / "motd").exists)
        high = await run("state.apply")
        assert (high.status, results(high)) == ("done", {"/motd": True})
        assert (await run("state.highstate")).value.keys() == high.value.keys()
        dry = await run("state.apply", test=True)  # as in Salt: never a tree called test=True
        assert results(dry) == {"/motd": True}

        hello = peel.root / "hello"
        tried = await run("state.apply", "hello", dry=True)
        assert (results(tried)["/hello"], hello.exists()) == (None, False)
        applied = await run("state.apply", "hello")
        assert (applied.status, results(applied)) == ("failed", {"/hello": True, "bad": False})
        assert hello.read_text() == "port=80\n"
        await run("state.sls", "hello", pillar={"port": 81})
        assert hello.read_text() == "port=81\n"

        single = await run("state.single", "file.managed", name="/one", contents="1", mode="0640")
        assert (single.status, (peel.root / "one").read_text()) == ("done", "1\n")
        wrong = await run("state.single", "file.managed", name="/one", contnets="1")
        assert "unknown parameter 'contnets' (did you mean 'contents'?)" in str(wrong.value)
        missing = await run("state.apply", "nothing")
        assert missing.status == "error"
        assert "there is no state file 'nothing'" in missing.error

        assert (await run("state.show_top")).value == ["motd"]
        low = (await run("state.show_low_sls", "hello")).value
        assert [chunk["__id__"] for chunk in low] == ["/hello", "bad"]
        assert list((await run("state.show_highstate")).value) == ["/motd"]
