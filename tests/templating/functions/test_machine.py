"""Looks at the machine."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from zester.errors import RenderError
from zester.templating.functions.machine.file import MAX_READ
from zester.templating.functions.machine.table import MACHINE
from zester.templating.providers import Providers

Render = Callable[..., str]
PROVIDERS = Providers(machine=MACHINE)


def test_a_user_is_described_with_the_real_shell(render: Render) -> None:
    me = pwd.getpwuid(os.getuid())
    for key, wanted in (
        ("name", me.pw_name),
        ("uid", me.pw_uid),
        ("gid", me.pw_gid),
        ("home", me.pw_dir),
        ("shell", me.pw_shell),
        ("fullname", me.pw_gecos.split(",")[0]),
    ):
        text = "{{ (user_info('NAME').KEY, salt['user.info']('NAME').KEY) }}"
        text = text.replace("NAME", me.pw_name).replace("KEY", key)
        assert render(text, None, PROVIDERS) == str((wanted, wanted))
    text = "{{ user_info('NAME').groups is sequence }}".replace("NAME", me.pw_name)
    assert render(text, None, PROVIDERS) == "True"


def test_an_unknown_user_or_group_is_an_empty_mapping(render: Render) -> None:
    text = "{{ user_info('no-such-user') }} {{ salt['group.info']('no-such-group') }}"
    assert render(text, None, PROVIDERS) == "{} {}"
    assert render("{{ salt['user.list_groups']('no-such-user') }}", None, PROVIDERS) == "[]"


def test_execution_answers_before_the_machine(render: Render) -> None:
    providers = Providers(machine=MACHINE, execution={"user.info": lambda name: {"name": name * 2}})
    assert render("{{ user_info('a') }}", None, providers) == "{'name': 'aa'}"


def test_commands_are_looked_for_on_the_search_path(
    render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    (tmp_path / "plain").write_text("")
    monkeypatch.setenv("PATH", str(tmp_path))
    text = "{{ cmd_has_exec('tool') }} {{ salt['cmd.has_exec']('plain') }}"
    assert render(text, None, PROVIDERS) == "True False"
    assert render("{{ salt['cmd.which']('tool') }}", None, PROVIDERS) == str(tool)
    assert render("{{ salt['cmd.which_bin'](['x', 'tool']) }}", None, PROVIDERS) == str(tool)


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("file_exists('{0}/f')", "True"),
        ("file_exists('{0}')", "False"),
        ("directory_exists('{0}')", "True"),
        ("directory_exists('{0}/f')", "False"),
        ("is_link('{0}/l')", "True"),
        ("is_link('{0}/f')", "False"),
        ("readlink('{0}/l')", "{0}/f"),
        ("readdir('{0}') | sort", "['.', '..', 'f', 'l']"),
        ("get_mode('{0}/f')", "0640"),
        ("contains('{0}/f', ' two ')", "True"),
        ("contains('{0}/f', 'three')", "False"),
        ("contains('{0}/none', 'x')", "False"),
        ("contains_regex('{0}/f', '^t.o$')", "True"),
        ("contains_regex('{0}/f', '^one', lchar='#')", "True"),
        ("contains_regex('{0}/f', '^one')", "False"),
        ("access('{0}/f', 'r')", "True"),
        ("access('{0}/none', 'f')", "False"),
        ("stats('{0}/f').type", "file"),
        ("stats('{0}').type", "dir"),
        ("stats('{0}/l', follow_symlinks=false).type", "link"),
        ("stats('{0}/f').size", "9"),
        ("stats('{0}/f', 'md5').sum", "50ba9695eb8be8b977a990fb9b79283a"),
        ("path_exists_glob('{0}/?')", "True"),
    ],
)
def test_files_are_looked_at(render: Render, tmp_path: Path, call: str, wanted: str) -> None:
    (tmp_path / "f").write_text("#one\ntwo\n")
    (tmp_path / "f").chmod(0o640)
    (tmp_path / "l").symlink_to(tmp_path / "f")
    text = "{{ salt.file." + call.format(tmp_path) + " }}"
    assert render(text, None, PROVIDERS) == wanted.format(tmp_path)


@pytest.mark.parametrize(
    "call",
    [
        "readdir('x')",
        "readdir('/no/such')",
        "readlink('/')",
        "stats('/no/such')",
        "access('/', 'q')",
    ],
)
def test_what_cannot_be_looked_at_is_an_error(render: Render, call: str) -> None:
    with pytest.raises(RenderError):
        render("{{ salt.file." + call + " }}", None, PROVIDERS)


def test_a_huge_file_is_not_read(render: Render, tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(MAX_READ + 1)
    with pytest.raises(RenderError, match="larger than"):
        render("{{ salt['file.contains']('" + str(tmp_path) + "/huge', 'x') }}", None, PROVIDERS)


def test_a_pipe_is_not_waited_for(render: Render, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    text = "{{ salt['file.contains']('" + str(tmp_path) + "/pipe', 'x') }}"
    assert render(text, None, PROVIDERS) == "False"


def test_variables_of_the_process(render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZESTER_TEST", "a")
    text = "{{ salt['environ.get']('ZESTER_TEST') }} {{ salt['environ.get']('ZESTER_NONE', 'd') }}"
    assert render(text, None, PROVIDERS) == "a d"
    text = "{{ salt['environ.has_value']('ZESTER_TEST', 'b') }} {{ salt['environ.get'](1) }}"
    assert render(text, None, PROVIDERS) == "False False"
