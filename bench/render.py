"""A state file of 500 lines: rendered by a new process, by a running one, and not again."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure
from zester.compiler.compile import Compiled, compile_node
from zester.compiler.memory import CompileMemory
from zester.compiler.roots import Roots
from zester.targeting.node import NodeView
from zester.templating.cache.library import Library
from zester.trees.folder import FolderFiles

LINES = 500
ROUNDS = 7
FACTS = {"id": "web-01", "os": "Debian", "os_family": "Debian", "oscodename": "bookworm"}
SALT = Path(os.environ.get("ZESTER_SALT", ".venv-compat/bin/salt-call"))
"""``salt-call`` of the peer; measured when it is there (`make compat` installs it)."""

HEAD = """\
{%- set root = salt['pillar.get']('big:root', '/srv/big') %}
{%- macro piece(id, path, texts, after=None) %}
{{ id }}:
  file.managed:
    - name: {{ path }}
    - contents: {{ texts | json }}
{%- if after %}
    - require:
      - file: {{ after }}
{%- endif %}
{%- endmacro %}

big-root:
  file.directory:
    - name: {{ root }}
"""
PART = """
{%%- set word%(n)d = 'part %(n)d' | upper | replace(' ', '-') %%}
{%%- for port in range(8000, 8003) %%}
part%(n)d-port-{{ port }}:
  file.managed:
    - name: {{ root }}/%(n)d/{{ port }}.conf
    - contents: "listen {{ port }} {{ word%(n)d }} {{ salt['pillar.get']('big:%(n)d', 'none') }}"
    - require:
      - file: big-root
{%%- endfor %%}
{%%- if grains['os_family'] == 'Debian' and grains['os'] in ['Debian', 'Ubuntu'] %%}
{{ piece('part%(n)d-own', root ~ '/%(n)d/debian.conf', ['a', 'b', grains['id']], 'big-root') }}
{%%- elif grains['os_family'] == 'RedHat' %%}
{{ piece('part%(n)d-own', root ~ '/%(n)d/redhat.conf', ['a']) }}
{%%- else %%}
{{ piece('part%(n)d-own', root ~ '/%(n)d/other.conf', []) }}
{%%- endif %%}
"""


def measure() -> list[Figure]:
    """Render the same file in every way; the peer in turns with us."""
    with TemporaryDirectory(prefix="zester-bench-") as place:
        folder = Path(place)
        states = folder / "states"
        states.mkdir()
        (states / "big.sls").write_text(_state_file())
        (folder / "facts.json").write_text(json.dumps(FACTS))
        return [*_cold(folder, states), *_running(states)]


def _state_file() -> str:
    text, number = HEAD, 0
    while text.count("\n") < LINES:
        text += PART % {"n": number}
        number += 1
    return text


def _cold(folder: Path, states: Path) -> list[Figure]:
    """New processes: without any cache, then with the compiled templates of the one before."""
    facts = str(folder / "facts.json")
    argv: tuple[str, ...] = (sys.executable, "-m", "zester.cli.main", "render", "big")
    argv += ("--states", str(states), "--facts", facts, "-o", "json")
    first, again, peer = [], [], []
    for round_ in range(ROUNDS):
        cache = {"XDG_CACHE_HOME": str(folder / f"cache{round_}")}
        first.append(_process(argv, cache))
        again.append(_process(argv, cache))
        if SALT.exists():
            peer.append(_process(_salt(folder, states), {}))
    figures = [
        Figure("render 500 lines, new process, nothing cached", _median(first), 0.25, "s"),
        Figure("the same with its templates compiled before", _median(again), 0.25, "s"),
    ]
    if peer:
        # 0.25 s against Salt's 0.64 s, measured on the machine the budget was written on.
        share = _median(first) / _median(peer)
        figures.append(
            Figure(f"first, as a share of Salt's {_median(peer):.2f} s", share, 0.39, "")
        )
    return figures


def _running(states: Path) -> list[Figure]:
    """A process that has rendered it before: with another fact, then with nothing changed."""
    files, library, memory = FolderFiles(states), Library(), CompileMemory()

    def render(facts: Mapping[str, str], kept: CompileMemory | None) -> Compiled:
        node = NodeView(id="web-01", facts=facts)
        return compile_node(
            files, node, sls=["big"], settings={}, roots=Roots(), library=library, memory=kept
        )

    render(FACTS, memory)
    warm = [_seconds(lambda: render(FACTS, None)) for _ in range(ROUNDS * 3)]
    same = [_seconds(lambda: render(FACTS, memory)) for _ in range(ROUNDS * 3)]
    return [
        Figure("render 500 lines in a running process", _median(warm) * 1000, 30, "ms"),
        Figure("the same when nothing has changed", _median(same) * 1000, 2, "ms"),
    ]


def _salt(folder: Path, states: Path) -> tuple[str, ...]:
    config = folder / "salt"
    config.mkdir(exist_ok=True)
    roots = json.dumps({"base": [str(states)]})
    (config / "minion").write_text(
        f"root_dir: {config}\nid: web-01\nfile_client: local\nfile_roots: {roots}\n"
        f"log_file: {config}/log\nenable_fqdns_grains: False\n"
    )
    return (str(SALT), "--local", "-c", str(config), "state.show_sls", "big", "--out=json")


def _process(argv: tuple[str, ...], environment: Mapping[str, str]) -> float:
    return _seconds(
        lambda: subprocess.run(
            argv, check=True, capture_output=True, env={**os.environ, **environment}
        )
    )


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


_median = statistics.median
