"""``zester-peel apply`` and its siblings as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from zester.errors import SettingsError
from zester_peel.agent.state_lock import StateLock
from zester_peel.facts.identity import default_id
from zester_peel.settings import PeelSettings

QUICKSTART = Path(__file__).parents[2] / "examples/quickstart"


def peel(*args: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "zester_peel.main", *map(str, args)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def write(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return folder


def test_the_quickstart_applies_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "root"
    would = peel("apply", QUICKSTART, "--root", root, "--test")
    assert "7 would change" in would.stdout
    assert not root.exists()

    first = peel("apply", QUICKSTART, "--root", root)
    assert "8 states: 8 ok, 0 failed, 7 changed" in first.stdout
    assert "Hello from revision one" in (root / "srv/site/index.html").read_text()

    second = peel("apply", QUICKSTART, "--root", root)
    assert "8 states: 8 ok, 0 failed, 0 changed" in second.stdout


def test_the_json_is_in_salts_shape(tmp_path: Path) -> None:
    done = peel("apply", QUICKSTART, "site", "--root", tmp_path, "-o", "json", "--id", "web-01")

    states = json.loads(done.stdout)["local"]
    motd = states["file_|-motd_|-/etc/motd_|-managed"]
    assert motd["result"] is True
    assert motd["changes"] == {"diff": "New file"}
    assert motd["__sls__"] == "site"
    assert (tmp_path / "etc/motd").read_text().startswith("web-01 runs ")


@pytest.mark.parametrize("many", [5, 400])
def test_what_was_made_of_settings_is_hidden_however_many_states_there_are(
    tmp_path: Path, many: int
) -> None:
    states = "".join(
        f"plain-{number}:\n  test.succeed_without_changes:\n"
        "    - name: n-{{ pillar['word'] | reverse }}\n"
        for number in range(many)
    )
    tree = write(tmp_path / "tree", {"top.sls": "base:\n  '*': [all]\n", "all.sls": states})
    settings = write(tmp_path, {"settings.yaml": "word: correcthorsebattery\n"})
    args = ("--settings", settings / "settings.yaml", "--root", tmp_path / "root", "-o", "json")
    done = peel("apply", tree, *args)

    assert len(json.loads(done.stdout)["local"]) == many
    assert "plain-3" in done.stdout
    assert "yrettabesrohtcerroc" not in done.stdout


@pytest.mark.parametrize("states", [3, 80])
def test_a_first_apply_shows_what_is_public_of_each_file_however_many_there_are(
    tmp_path: Path, states: int
) -> None:
    state = "{% for n in range(N) %}\n/srv/{{ n }}:\n  file.managed:\n"
    state += "    - source: salt://part.conf\n    - template: jinja\n    - makedirs: true\n"
    state += "    - new_file_diff: true\n    - context: {number: {{ n }}}\n{% endfor %}\n"
    part = "number = {{ number }}\nkey = {{ pillar['key'] }}-{{ pillar['key'] | reverse }}\n"
    files = {"many.sls": state.replace("N", str(states)), "part.conf": part}
    tree = write(tmp_path / "tree", files)
    (tmp_path / "settings.yaml").write_text("key: gxqhlpzt\n")

    def applied() -> dict[str, dict[str, object]]:
        done = peel(
            *("apply", tree, "many", "--root", tmp_path / "root", "-o", "json"),
            *("--settings", tmp_path / "settings.yaml"),
        )
        assert "gxqhlpzt" not in done.stdout + done.stderr
        assert "tzplhqxg" not in done.stdout + done.stderr
        found: dict[str, dict[str, object]] = json.loads(done.stdout)["local"]
        assert len(found) == states
        return found

    changed = [str(state["changes"]) for state in applied().values()]
    assert all("+number = " in each and "+key = •••" in each for each in changed)
    assert all(state["changes"] == {} for state in applied().values())


def test_a_failed_state_is_exit_code_two_with_its_place(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", {"bad.sls": "x:\n  file.managed:\n    - nmae: /x\n"})

    done = peel("apply", tree, "bad", "--root", tmp_path / "root", code=2)

    assert "bad.sls:2" in done.stdout
    assert "did you mean 'name'" in done.stdout


def test_a_tree_that_does_not_compile_is_exit_code_one_and_changes_nothing(tmp_path: Path) -> None:
    tree = write(
        tmp_path / "tree",
        {
            "top.sls": "base:\n  '*':\n    - web\n",
            "web.sls": "a:\n  file.managed:\n    - name: /a\n    - mode: {{ pillar.nothing }}\n",
        },
    )

    done = peel("apply", tree, "--root", tmp_path / "root", code=1)

    assert "web.sls:4" in done.stderr
    assert not (tmp_path / "root").exists()


def test_settings_can_be_given_as_a_file(tmp_path: Path) -> None:
    tree = write(
        tmp_path / "tree",
        {"web.sls": "a:\n  file.managed:\n    - name: /a\n    - contents: {{ pillar.greeting }}\n"},
    )
    given = tmp_path / "settings.yaml"
    given.write_text("greeting: hej {{ grains.id }}\n")

    peel("apply", tree, "web", "--root", tmp_path, "--settings", given, "--id", "n1")

    assert (tmp_path / "a").read_text() == "hej n1\n"


def test_a_fact_is_printed_alone_and_a_wrong_one_is_an_error() -> None:
    assert peel("facts", "kernel").stdout == "Linux\n"
    assert peel("facts", "os:name", "-o", "json").stdout.startswith('"')
    assert "no fact 'nothing'" in peel("facts", "nothing", code=1).stderr


def test_a_machine_has_a_name_without_asking_a_name_server() -> None:
    assert default_id()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--id", "not a name"], "id"),
        (["--env", "a.b"], "env"),
        (["--config", "/nonexistent.yaml"], "no such file"),
        (["--bus-resync", "0"], "bus_resync"),
    ],
)
def test_a_wrong_setting_is_named_before_anything_starts(args: list[str], told: str) -> None:
    assert told in peel("run", *args, code=1).stderr


def test_settings_come_from_file_then_environment_then_flags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "peel.yaml"
    config.write_text("id: from-file\nenv: prod\nurl: nats://a:1,nats://b:2\nhost_resync: 30\n")
    monkeypatch.setenv("ZESTER_PEEL_ENV", "stage")

    found = PeelSettings.load(config, {"host_resync": 60, "root": None}, lambda: "unused")

    assert (found.id, found.env, found.host_resync) == ("from-file", "stage", 60)
    assert found.url == ("nats://a:1", "nats://b:2")


@pytest.mark.parametrize(
    "text", ["- a\n", "id: [\n", "surprise: 1\n", "id: !!python/name:os.system\n"]
)
def test_a_bad_settings_file_is_refused(tmp_path: Path, text: str) -> None:
    config = tmp_path / "peel.yaml"
    config.write_text(text)

    with pytest.raises(SettingsError):
        PeelSettings.load(config, {}, lambda: "n")


def test_a_state_folder_serves_one_peel_at_a_time(tmp_path: Path) -> None:
    with (
        StateLock(tmp_path / "state"),
        pytest.raises(SettingsError, match="another peel"),
        StateLock(tmp_path / "state"),
    ):
        raise AssertionError("two peels in one state folder")
    with StateLock(tmp_path / "state"):
        assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_a_failed_command_tells_its_exit_code_and_its_last_words(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", {"c.sls": "c:\n  cmd.run:\n    - name: echo oh >&2; exit 3\n"})

    done = peel("apply", tree, "c", "--root", tmp_path / "root", code=2)

    assert "failed with exit code 3: oh" in done.stdout


@pytest.mark.parametrize("probe", ["nonsense", "a:b", "127.0.0.1:", "1:2:3"])
def test_a_probe_that_is_no_address_is_refused(probe: str) -> None:
    assert "probe" in peel("run", "--probe", probe, "--id", "n", code=1).stderr


def test_an_unknown_setting_in_the_file_is_named(tmp_path: Path) -> None:
    config = tmp_path / "peel.yaml"
    config.write_text("urll: nats://a:1\n")

    done = peel("run", "--config", config, "--id", "n", code=1)

    assert "unknown setting 'urll'" in done.stderr
