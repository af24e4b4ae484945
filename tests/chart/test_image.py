"""The image: what it is made of, who it runs as, and that its steps build something that runs."""

from __future__ import annotations

import fnmatch
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

from support.chart.image import ROOT, copy_sources, last, statements
from support.chart.release import Release


def run(*command: str, cwd: Path, **environment: str) -> str:
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=cwd, env={**clean, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def test_bases_are_pinned() -> None:
    given = dict(each.text.split("=", 1) for each in statements() if each.name == "ARG")
    for each in statements():
        if each.name == "FROM":
            image = re.sub(r"\$\{(\w+)\}", lambda found: given[found[1]], each.words[0])
            assert re.fullmatch(r"docker\.io/library/python:\d+\.\d+\.\d+-slim-\w+", image), image


def test_nobody_is_root_and_no_shell_is_needed() -> None:
    user, _, group = last("USER").text.partition(":")
    pod = Release().one("Deployment")["spec"]["template"]["spec"]
    assert int(user) == pod["securityContext"]["runAsUser"] > 0
    assert int(group) == pod["securityContext"]["runAsGroup"] > 0
    for each in statements():
        if each.name in ("RUN", "ENTRYPOINT", "CMD"):
            assert each.text.startswith("["), each  # else a shell runs it


def test_the_chart_runs_what_the_image_has() -> None:
    container = Release().one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert "command" not in container
    assert container["args"][0] == last("CMD").words[0] == "run"
    assert container["ports"][0]["containerPort"] == int(last("EXPOSE").text)
    (program,) = last("ENTRYPOINT").words
    made = {each.words[-1] for each in statements() if each.name == "COPY" and each.stage == 2}
    assert any(program.startswith(f"{folder}/bin/") for folder in made)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert Path(program).name in project["scripts"]
    for pod in Release().objects("Pod"):
        assert pod["spec"]["containers"][0]["command"][0] == f"{Path(program).parent}/python"


def test_everything_that_is_copied_is_let_through() -> None:
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert rules[0] == "**"
    passed = [each.removeprefix("!") for each in rules if each.startswith("!")]
    for each in statements():
        if each.name == "COPY" and each.stage == 1:
            for source in each.words[:-1]:
                assert any(fnmatch.fnmatch(source, rule) for rule in passed), source


def test_its_steps_build_a_master_that_runs(tmp_path: Path) -> None:
    copy_sources(tmp_path / "src")
    wheel = next(each for each in statements() if "wheel" in each.words).words
    assert wheel[:4] == ["python", "-m", "pip", "wheel"]
    assert wheel[-1] == ".[kubernetes]"
    # What others wrote is installed already: only ours is built, with what is there.
    local = ("--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path / "wheels"))
    run(sys.executable, *wheel[1:4], "--quiet", *local, ".", cwd=tmp_path / "src")
    (built,) = (tmp_path / "wheels").iterdir()
    names = zipfile.ZipFile(built).namelist()
    assert "zester_controller/mirror/opening.py" in names
    assert not [name for name in names if name.startswith(("tests/", "bench/", "fuzz/"))]

    place = tmp_path / "zester"
    venv.create(place, with_pip=False, symlinks=True)
    install = next(each for each in statements() if "--no-index" in each.words).words
    assert install[0] == "/opt/zester/bin/python"
    assert install[-1] == "zester-cm[kubernetes]"
    run(
        *(sys.executable, "-m", "pip", "--python", str(place / "bin/python"), "install"),
        *("--quiet", "--no-deps", "--no-index", str(built)),
        cwd=tmp_path,
    )
    others = os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
    program = str(place / "bin" / Path(last("ENTRYPOINT").words[0]).name)
    # In this order ours comes first: PYTHONPATH would let an editable installation win.
    (pth,) = place.glob("lib/python*/site-packages")
    (pth / "others.pth").write_text(others + "\n", encoding="utf-8")
    assert "kube-cluster" in run(program, *last("CMD").words, "--help", cwd=tmp_path)
    code = "import zester_controller.mirror.opening as found; print(found.__file__)"
    assert str(place) in run(str(place / "bin/python"), "-c", code, cwd=tmp_path)
