"""Names that somebody gave in clear are not secrets; what settings make of them stays one."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from zester.compiler.compile import compile_node
from zester.compiler.roots import find_roots
from zester.errors import SourceError
from zester.targeting.node import NodeView
from zester.telemetry.redaction.vault import Vault
from zester.templating.recorded import RecordedFiles
from zester_peel.agent.secrecy.clear import Clear
from zester_peel.agent.secrecy.inquiry import Inquiry

SECRET = "wordpress-hunter2"  # noqa: S105 - of this test alone
SETTINGS = {"app": SECRET}
TREE = {
    "states/top.zy": "base:\n  '*': [web]\n",
    "states/web.zy": "/motd:\n  test.nop: []\n",
    "states/derived.zy": "include: [{{ pillar.app }}]\n",
    "states/mistyped.zy": "include: [webb]\n",
}


class _Tree:
    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def read(self, path: str) -> bytes | None:
        text = self._files.get(path)
        return None if text is None else text.encode()

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))


def told(*sls: str, files: Mapping[str, str] = TREE) -> tuple[str, str]:
    """The error, and the hint, that whoever asks for these state files gets."""
    tree = _Tree(files)
    roots = find_roots(RecordedFiles(tree))
    vault = Vault()
    inquiry = Inquiry(vault, Clear(tree, roots, {}))
    inquiry.settled(SETTINGS)
    with pytest.raises(SourceError) as caught:
        compile_node(
            tree, NodeView("web-01"), sls=sls or None, settings=dict(SETTINGS), roots=roots
        )
    shown = inquiry.error(caught.value, asked=sls)
    assert shown.args == (shown.message,)
    return str(shown), shown.hint or ""


def test_a_name_that_was_asked_for_is_told() -> None:
    assert told("webb")[0] == "<request>: there is no state file 'webb'"


def test_the_name_of_the_file_that_is_like_it_is_told() -> None:
    assert told("mistyped")[1] == "did you mean 'web'?"


def test_a_name_that_was_asked_for_is_told_although_settings_hold_it() -> None:
    assert SECRET in told(SECRET)[0]


def test_a_name_of_the_top_file_is_told() -> None:
    files = {**TREE, "states/top.zy": "base:\n  '*': [gone]\n"}
    assert "'gone'" in told(files=files)[0]


@pytest.mark.parametrize("asked", [("derived",), ("web", "derived")])
def test_a_name_that_settings_gave_is_not_told(asked: tuple[str, ...]) -> None:
    error, hint = told(*asked)
    assert "there is no state file '•••'" in error
    assert SECRET not in error + hint
