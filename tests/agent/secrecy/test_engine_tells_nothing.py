"""What a run tells of states whose arguments and contents were made from settings."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from zester.errors import SourceError
from zester.telemetry.redaction.redactor import MARK
from zester.telemetry.redaction.vault import Vault
from zester.trees.folder import FolderFiles
from zester_peel.agent.secrecy.disclosure import SettingsDisclosure
from zester_peel.agent.sources import FolderSources
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, Outcome
from zester_peel.host.linux import LinuxHost
from zester_peel.main.local import Asked, compile_local
from zester_peel.states.registry import REGISTRY

pytestmark = pytest.mark.anyio

PASSWORD = "Tr0ub4dor-and-3-horses"  # noqa: S105 - of nobody
DIGEST = hashlib.sha256(PASSWORD.encode()).hexdigest()

Apply = Callable[..., Awaitable[dict[str, Outcome]]]


@pytest.fixture
def apply(tmp_path: Path) -> Apply:
    """Apply ``web.sls``, with more files; the outcomes by id."""

    async def run(
        states: str, settings: dict[str, Any], files: dict[str, str] | None = None
    ) -> dict[str, Outcome]:
        tree, root = tmp_path / "tree", tmp_path / "root"
        root.mkdir(exist_ok=True)
        given = tmp_path / "given.json"
        given.write_text("#!json\n" + json.dumps(settings))
        for path, text in {"states/web.sls": states, **(files or {})}.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
        vault = Vault()
        folder, host = FolderFiles(tree), LinuxHost(root)
        local = compile_local(
            folder,
            Asked("base", "n1", given, ("web",)),
            {"id": "n1", "os": "Debian"},
            vault,
            lambda prefix, renderer: FolderSources(folder, root=prefix, renderer=renderer),
        )
        local.prepare()
        engine = Engine(host, REGISTRY, local.sources(), disclosure=local.disclosure)
        result = await engine.run(engine.program(local.compiled.chunks), cause=Cause.COMMAND)
        return {each.id: each for each in result.outcomes}

    return run


async def test_a_diff_shows_all_but_what_depends_on_secrets(apply: Apply, tmp_path: Path) -> None:
    states = """
conf:
  file.managed:
    - name: /conf
    - source: salt://conf.j2
    - template: jinja
"""
    template = (
        "port = 22\nuser = app\npassword = {{ pillar.pw }}\n"
        "digest={{ pillar.pw | sha256 }} # of it\nup = {{ pillar.pw | upper }}\nend\n"
    )
    (tmp_path / "root").mkdir()
    (tmp_path / "root/conf").write_text("port = 23\npassword = the-old-one\nend\n")
    done = await apply(states, {"pw": PASSWORD}, {"states/conf.j2": template})
    assert PASSWORD in (tmp_path / "root/conf").read_text()
    diff = done["conf"].changes["diff"]
    assert diff.splitlines()[3:] == [
        f"-{MARK}",
        f"-{MARK}",
        "+port = 22",
        "+user = app",
        f"+password = {MARK}",
        f"+digest={MARK} # of it",
        f"+up = {MARK}",
        " end",
    ]


async def test_a_file_that_asks_for_no_settings_is_shown_whole(
    apply: Apply, tmp_path: Path
) -> None:
    states = "conf:\n  file.managed:\n    - name: /conf\n    - contents: 'port = 22'\n"
    (tmp_path / "root").mkdir()
    (tmp_path / "root/conf").write_text("port = 23\n")
    done = await apply(states, {"pw": PASSWORD})
    assert done["conf"].changes["diff"].splitlines()[3:] == ["-port = 23", "+port = 22"]


async def test_words_that_the_tree_says_are_shown(apply: Apply, tmp_path: Path) -> None:
    states = (
        "{% if pillar.kind == 'frontend' %}\nconf:\n  file.managed:\n"
        "    - name: /{{ pillar.kind }}\n"
        "    - contents: '{{ pillar.kind }} {{ pillar.pw }}'\n{% endif %}\n"
    )
    (tmp_path / "root").mkdir()
    (tmp_path / "root/frontend").write_text("backend\n")
    done = await apply(states, {"pw": PASSWORD, "kind": "frontend"})
    assert done["conf"].name == "/frontend"
    assert done["conf"].changes["diff"].splitlines()[3:] == [f"-{MARK}", f"+frontend {MARK}"]


@pytest.mark.parametrize(
    "state",
    [
        "cmd.run:\n    - name: 'echo {{ pillar.pw }}; echo {{ pillar.pw | sha256 }}'",
        "cmd.run:\n    - name: 'echo {{ pillar.pw | sha256 }} >&2; exit 3'",
        'cmd.run:\n    - name: \'printf %s "$PW" | base64; echo "$PW" | od -An -tx1 | tr -d " "\'\n'
        "    - env:\n      - PW: {{ pillar.pw }}",
        "file.managed:\n    - name: /{{ pillar.pw | sha256 }}\n    - contents: x",
        "file.append:\n    - name: /list\n    - text: 'x {{ pillar.pw | sha256 }}'",
        "file.serialize:\n    - name: /data\n    - dataset_pillar: deep\n    - serializer: json",
        "file.managed:\n    - name: /c\n    - contents_pillar: deep:list",
        "file.decode:\n    - name: /d\n    - contents_pillar: coded",
        "test.configurable_test_state:\n    - changes: True\n    - result: False\n"
        "    - comment: 'bad {{ pillar.pw | sha256 }} {{ pillar.pw }}'",
        "no.such: [{a: '{{ pillar.pw | sha256 }}'}]",
        "file.managed:\n    - nmae: {{ pillar.pw | sha256 }}",
        "file.managed:\n    - name: /m\n    - mode: '{{ pillar.pw | sha256 }}'",
        "file.managed:\n    - name: /x\n    - template: jinja\n"
        "    - contents: '{% raw %}{{ pillar.pw | int(base=99) }}{% endraw %}'",
        "file.absent:\n    - name: {{ pillar.pw | sha256 }}",
        "cmd.run:\n    - name: 'true'\n    - unless: '{{ pillar.pw | sha256 }} 2>/dev/null'\n"
        "    - onlyif: [{fun: 'x.{{ pillar.pw | sha256 }}'}]",
        "test.nop:\n    - require: [{file: '{{ pillar.pw | sha256 }}'}]",
    ],
)
async def test_no_state_tells_a_secret_or_what_was_made_from_it(apply: Apply, state: str) -> None:
    coded = base64.b64encode(PASSWORD.encode()).decode()
    settings = {
        "pw": PASSWORD,
        "deep": {"a": PASSWORD, "list": [PASSWORD, "plain words here"]},
        "coded": coded,
    }
    done = await apply(f"s:\n  {state}\n", settings)
    told = repr([replace(each, signatures={}) for each in done.values()])
    for secret in (PASSWORD, PASSWORD.encode().hex(), coded[:20], DIGEST):
        assert secret not in told


async def test_another_way_through_the_templates_hides_the_whole(apply: Apply) -> None:
    states = (
        "{% if pillar.pw.startswith('Tr0') %}\none:\n  cmd.run:\n    - name: echo one\n"
        "{% else %}\ntwo:\n  test.nop: []\n{% endif %}\n"
    )
    done = await apply(states, {"pw": PASSWORD})
    assert set(done["one"].changes.values()) == {MARK}
    assert done["one"].comment == "hidden: it may show settings"


async def test_masked_templates_run_no_code_of_the_tree(apply: Apply, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    states = (
        "#!py\ndef run():\n"
        f"    with open({str(mark)!r}, 'a') as file: file.write('x')\n"
        "    return {'one': {'cmd.run': [{'name': 'echo ' + __pillar__['pw'][::-1]}]}}\n"
    )
    done = await apply(states, {"pw": PASSWORD})
    assert PASSWORD[::-1] not in repr(done)
    assert mark.read_text() == "x"


async def test_names_with_secrets_stay_apart(apply: Apply) -> None:
    states = (
        "{% for pw in pillar.all %}\n'{{ loop.index }}-a {{ pw }}':\n"
        "  test.succeed_with_changes: []\n{% endfor %}"
    )
    done = await apply(states, {"all": [PASSWORD, PASSWORD[::-1]]})
    for number, ref in enumerate(sorted(each.ref for each in done.values()), start=1):
        assert ref.startswith(f"test.succeed_with_changes:{number}-a {MARK}~")


def test_a_name_with_a_secret_is_the_same_each_time_and_told_apart() -> None:
    vault = Vault()
    vault.hold([PASSWORD, PASSWORD[::-1]])
    first, second = (SettingsDisclosure(vault, b"key") for _ in range(2))
    assert first.ref(f"a:{PASSWORD}") == second.ref(f"a:{PASSWORD}") != f"a:{MARK}"
    assert first.ref(f"a:{PASSWORD}") != first.ref(f"a:{PASSWORD[::-1]}")
    assert SettingsDisclosure(vault, b"other").ref(f"a:{PASSWORD}") != first.ref(f"a:{PASSWORD}")
    assert first.ref("a:plain") == "a:plain"


@pytest.mark.parametrize(
    "states",
    [
        "a:\n  file.managed:\n    - name: {{ pillar.pw }}\n   bad: {{ pillar.pw }}",
        "{{ raise('no ' ~ pillar.pw) }}",
        "a: {{ pillar.pw | upper }}\n",
        "{{ pillar.pw | upper }}:\n  x.y: []\n{{ pillar.pw | upper }}:\n  x.y: []\n",
        "include:\n  - {{ pillar.pw | sha256 }}\n",
    ],
)
async def test_errors_of_compiling_tell_nothing(apply: Apply, states: str) -> None:
    with pytest.raises(SourceError) as caught:
        await apply(states, {"pw": PASSWORD})
    told = f"{caught.value} {caught.value.excerpt} {caught.value.hint}"
    assert PASSWORD not in told
    assert PASSWORD.upper() not in told
    assert DIGEST not in told
    assert "web.sls" in told
    assert caught.value.__suppress_context__
