"""The users formula renders in both of its forms, and the tool makes one out of the other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from zester.cli.main import group
from zester.cli.migrate.main import migrate
from zester.cli.migrate.sameness import comparable

EXAMPLES = Path(__file__).parents[3] / "examples"
PORTED, SALT = EXAMPLES / "users", EXAMPLES / "users-salt"


def _low(states: Path, settings: Path, facts: Path) -> list[dict[str, Any]]:
    arguments = ["render", "--states", states, "--settings", settings, "--facts", facts]
    result = CliRunner().invoke(group, [*map(str, arguments), "-o", "json"], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    low: list[dict[str, Any]] = json.loads(result.stdout)
    return low


@pytest.fixture(params=[("Debian", "Debian"), ("CentOS", "RedHat"), ("Arch", "Arch")])
def facts(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    os, family = request.param
    place = tmp_path / "facts.json"
    place.write_text(json.dumps({"id": "web1", "os": os, "os_family": family}))
    return place


def test_the_ported_form_renders(facts: Path) -> None:
    low = _low(PORTED / "states", PORTED / "settings", facts)
    chunks = {chunk["__id__"]: chunk for chunk in low}
    assert chunks["users_group_present_developers"]["gid"] == 2000
    assert chunks["users_sudo_package"]["name"] == "sudo"
    assert chunks["users_deploy_user"]["shell"] == "/bin/bash"
    assert chunks["users_deploy_user_prereq"]["name"] == "/home"
    assert chunks["users_deploy_sudoer"]["contents"] == ["deploy ALL=(ALL) NOPASSWD:ALL"]
    assert "users_testuser_sudoer" not in chunks
    assert "users_deploy_developers_group" not in chunks
    assert chunks["users_sudoer_defaults"]["text"][2] == "#includedir /etc/sudoers.d"


def test_the_salt_form_says_the_same(facts: Path) -> None:
    ported = _low(PORTED / "states", PORTED / "settings", facts)
    salt = _low(SALT / "salt", SALT / "pillar", facts)
    assert [comparable(chunk) for chunk in salt] == [comparable(chunk) for chunk in ported]


def test_the_salt_form_migrates(facts: Path, tmp_path: Path) -> None:
    before = _low(SALT / "salt", SALT / "pillar", facts)
    copy = shutil.copytree(SALT, tmp_path / "copy")
    options = ["--write", "--verify", "--requisites", "--reference-style", "--rename-vars"]
    result = CliRunner().invoke(
        migrate, [str(copy), "--facts", str(facts), *options], standalone_mode=False
    )
    assert result.return_value == 0, result.stdout
    assert not list(copy.rglob("*.sls"))
    text = (copy / "salt" / "users" / "init.zy").read_text()
    assert "mlist()" in text
    assert ".Append(1)" in text
    assert "salt[" not in text
    assert "pillar." not in text
    assert '- "group.present:users_{{ name }}_primary_group"' in text
    after = _low(copy / "salt", copy / "pillar", facts)
    assert [comparable(chunk) for chunk in after] == [comparable(chunk) for chunk in before]
