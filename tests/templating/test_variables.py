"""The variables that tell a template where it stands, as Salt computes them."""

from __future__ import annotations

import pytest

from zester.templating.variables import place_variables, state_variables


@pytest.mark.parametrize(
    ("name", "sls", "folder", "slspath"),
    [
        ("web/init.sls", "web", "web", "web"),
        ("web/sub.sls", "web.sub", "web", "web"),
        ("a.sls", "a", ".", ""),
        ("init.sls", "init", ".", ""),
        ("a/b/init.sls", "a.b", "a/b", "a/b"),
        ("a/b/c.sls", "a.b.c", "a/b", "a/b"),
        ("a-x/b_y/init.sls", "a-x.b_y", "a-x/b_y", "a-x/b_y"),
        ("a/initx.sls", "a.initx", "a", "a"),
        ("a/b.zy", "a.b", "a", "a"),
    ],
)
def test_a_state_file_knows_its_place(name: str, sls: str, folder: str, slspath: str) -> None:
    assert place_variables(name) == {
        "tplpath": name,
        "tplfile": name,
        "tpldir": folder,
        "tpldot": slspath.replace("/", "."),
        "tplroot": folder.split("/")[0],
    }
    assert state_variables(name, sls) == {
        "sls": sls,
        "slspath": slspath,
        "slsdotpath": slspath.replace("/", "."),
        "slscolonpath": slspath.replace("/", ":"),
        "sls_path": slspath.replace("/", "_"),
    }
