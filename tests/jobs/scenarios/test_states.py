"""States as users apply them by command: once, again, guarded, one alone."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from support.operators import command
from support.peel import Peel
from zester.cli.fleet.arguments import read_arguments
from zester.cli.fleet.operator import Operator
from zester.cli.fleet.shown import body
from zester.resources.jobs.job_return import JobReturn

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Step:
    """A command as it is typed, and what comes of it.

    ``changed`` and ``skipped`` say of which ids, ``ok`` whether the whole went well; ``files`` are
    the contents of files below the peel's root afterwards, None = not there.
    """

    typed: tuple[str, ...]
    changed: frozenset[str] = frozenset()
    ok: bool = True
    skipped: frozenset[str] = frozenset()
    files: Mapping[str, str | None] = field(default_factory=dict)


def single(*words: str, changed: bool, **files: str | None) -> Step:
    """One state alone; ``x`` is the file ``/tmp/x``."""
    return Step(
        ("state.single", *words),
        frozenset({_name(words)}) if changed else frozenset(),
        files={f"tmp/{name}": text for name, text in files.items()},
    )


def _name(words: tuple[str, ...]) -> str:
    return next(word.removeprefix("name=") for word in words if word.startswith("name="))


X = "name=/tmp/x"
CASES: Mapping[str, tuple[Step, ...]] = {
    "one file alone": (
        single(
            "file.managed",
            X,
            "contents=hello",
            "mode=0644",
            "makedirs=true",
            changed=True,
            x="hello\n",
        ),
        single("file.managed", X, "contents=hello", "mode=0644", changed=False, x="hello\n"),
    ),
    "a state file": (
        Step(
            ("state.apply", "hello"),
            frozenset({"/tmp/hello"}),
            files={"tmp/hello": "hello from web-01\n"},
        ),
        Step(("state.apply", "hello")),
    ),
    "a template": (
        Step(("state.apply", "template-test"), frozenset({"/etc/app.conf"})),
        Step(("state.apply", "template-test")),
    ),
    "links and blocks": (
        Step(
            ("state.apply", "files_extended"),
            frozenset({"link", "base", "block"}),
            files={"srv/hosts": "127.0.0.1 localhost\n# begin ours\n10.0.0.1 web\n# end ours\n"},
        ),
        Step(("state.apply", "files_extended")),
    ),
    "requisites": (
        Step(
            ("state.apply", "requisites-test"),
            frozenset({"config", "watching", "following", "failing", "mending"}),
            ok=False,
            skipped=frozenset({"idle"}),
        ),
        Step(
            ("state.apply", "requisites-test"),
            frozenset({"failing", "mending"}),
            ok=False,
            skipped=frozenset({"idle", "following", "watching"}),
        ),
    ),
    "touched twice": (
        single("file.touch", X, "makedirs=true", changed=True, x=""),
        single("file.touch", X, changed=False, x=""),
    ),
    "nothing at all": (single("test.nop", "name=idle", changed=False),),
    "onlyif of what is not so": (
        single("file.touch", X, "makedirs=true", "onlyif=test -f /missing", changed=False, x=None),
    ),
    "unless of what is not so": (
        single("file.touch", X, "makedirs=true", "unless=test -f /missing", changed=True, x=""),
    ),
    "unless of what is so": (
        single("file.touch", X, "makedirs=true", "unless=test -d /", changed=False, x=None),
    ),
    "a command that its guard holds back": (
        single("cmd.run", "name=echo", "unless=true", changed=False),
    ),
}


async def ask(operator: Operator, *typed: str) -> JobReturn:
    """Give a command as it is typed."""
    args, kwargs = read_arguments(typed[1:])
    outcome = await command(operator, "web-01", typed[0], *args, **kwargs)
    return outcome.returns["web-01"]


def by_id(returned: JobReturn) -> dict[str, dict[str, Any]]:
    """Return the results of a run of states by id."""
    return {entry["__id__"]: entry for entry in returned.value.values()}


@pytest.mark.parametrize("steps", CASES.values(), ids=CASES)
async def test_states_do_what_is_asked_and_nothing_the_second_time(
    operator: Operator, peel: Peel, steps: tuple[Step, ...]
) -> None:
    for step in steps:
        returned = await ask(operator, *step.typed)
        results = by_id(returned)
        changed = frozenset(name for name, entry in results.items() if entry["changes"])
        assert (returned.ok, changed) == (step.ok, step.changed), body(returned)
        not_run = {name for name, entry in results.items() if entry.get("__state_ran__") is False}
        assert not_run == step.skipped
        for path, text in step.files.items():
            file = peel.root / path
            assert (file.read_text() if file.exists() else None) == text


async def test_a_template_has_its_context_its_defaults_and_the_facts(
    operator: Operator, peel: Peel
) -> None:
    await ask(operator, "state.apply", "template-test")
    family = (await ask(operator, "facts.get", "os.family")).value
    text = (peel.root / "etc/app.conf").read_text()
    assert text == f"port 8080\nworkers 4\nfamily {family}\n"
    if platform.freedesktop_os_release().get("ID") == "debian":
        assert family == "debian"


async def test_requisites_say_why_something_was_not_run_and_the_failure_fails_the_run(
    operator: Operator, peel: Peel
) -> None:
    first = await ask(operator, "state.apply", "requisites-test")
    found = by_id(first)
    assert (first.status, found["failing"]["result"]) == ("failed", False)
    assert "3" in found["failing"]["comment"]
    assert "onfail" in found["idle"]["comment"]
    again = by_id(await ask(operator, "state.apply", "requisites-test"))
    assert "onchanges" in again["following"]["comment"]
    assert again["watching"]["result"] is True


async def test_names_of_results_are_function_and_id(operator: Operator, peel: Peel) -> None:
    shown = body(await ask(operator, "state.apply", "files_extended"))
    for name in ("file.symlink:link", "file.managed:base", "file.blockreplace:block"):
        assert f"changed: {name} (states/files_extended.zy:" in shown


async def test_without_a_name_all_that_is_assigned_is_applied(
    operator: Operator, peel: Peel
) -> None:
    whole = by_id(await ask(operator, "state.apply"))
    assert whole.keys() == by_id(await ask(operator, "state.highstate")).keys()
    assert whole.keys() == {"/etc/motd", "also"}
    (peel.root / "tmp").mkdir(exist_ok=True)
    tried = await ask(operator, "state.apply", "test=true")
    assert tried.ok
    assert by_id(tried).keys() == whole.keys(), "it is no state file called test=true"


@pytest.mark.parametrize("typed", [("echo marker",), ("name=echo marker",), ("cmd=echo marker",)])
async def test_a_command_runs_however_it_is_named(
    operator: Operator, peel: Peel, typed: tuple[str, ...]
) -> None:
    for function in ("cmd.run", "cmd.run_stdout"):
        returned = await ask(operator, function, *typed)
        assert (returned.status, returned.value) == ("done", "marker")


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ((), "cmd.run: missing a required argument: 'cmd'"),
        (("cmd=echo a", "name=echo b"), "cmd.run: only one of 'cmd' and 'name' may be given"),
        (("nmae=echo a",), "unknown parameter 'nmae' (did you mean 'name'?)"),
    ],
)
async def test_a_command_that_is_not_named_once_says_so(
    operator: Operator, peel: Peel, typed: tuple[str, ...], problem: str
) -> None:
    returned = await ask(operator, "cmd.run", *typed)
    assert returned.status == "error"
    assert problem in returned.error
