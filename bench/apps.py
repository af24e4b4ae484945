"""A tree of ten states an application: templates, folders, an edit, a link, a guarded command."""

from __future__ import annotations

from pathlib import Path

_MAP = """\
{%- set defaults = {'owner': 'root', 'mode': '0644', 'workers': 4} %}
{%- set system = salt['grains.filter_by']({
  'Debian': {'folder': 'conf.d'}, 'RedHat': {'folder': 'conf'},
}, grain='os_family', default='Debian') %}
{%- set cfg = salt['pillar.get']('apps:@APP@', default=defaults, merge=True) %}
{%- do cfg.update(system) %}
{%- set base = salt['pillar.get']('target') ~ '/@APP@' %}
"""
_STATES = """\
{%- from "@APP@/map.jinja" import cfg, base with context %}

@APP@-home:
  file.directory:
    - name: {{ base }}
    - mode: '0755'
    - makedirs: True

@APP@-folder:
  file.directory:
    - name: {{ base }}/{{ cfg.folder }}
    - mode: '0755'
    - require:
      - file: @APP@-home
{%- for part in ['main', 'listen', 'logging', 'limits', 'upstream'] %}

@APP@-{{ part }}:
  file.managed:
    - name: {{ base }}/{{ cfg.folder }}/{{ loop.index }}0-{{ part }}.conf
    - source: salt://@APP@/files/part.conf
    - template: jinja
    - mode: '{{ cfg.mode }}'
    - context:
        part: {{ part }}
        cfg: {{ cfg | json }}
    - require:
      - file: @APP@-folder
{%- endfor %}

@APP@-seed:
  cmd.run:
    - name: printf 'name=@APP@\\n' > {{ base }}/seed.ini
    - unless: test -s {{ base }}/seed.ini
    - require:
      - file: @APP@-home

@APP@-notes:
  file.append:
    - name: {{ base }}/notes.txt
    - text:
      - managed by a benchmark
      - "@APP@ has {{ cfg.workers }} workers"
    - require:
      - file: @APP@-home

@APP@-link:
  file.symlink:
    - name: {{ base }}/current.conf
    - target: {{ base }}/{{ cfg.folder }}/10-main.conf
    - require:
      - file: @APP@-main
"""
_PART = """\
# {{ part }} of @APP@ on {{ grains['os_family'] }}
[{{ part }}]
owner = {{ cfg.owner }}
workers = {{ cfg.workers }}
{%- for name, value in salt['pillar.get']('options', {}) | dictsort %}
{{ name }} = {{ value }}
{%- endfor %}
{%- for peer in salt['pillar.get']('peers', []) if peer.role == 'web' %}
allow = {{ peer.host }}:{{ peer.port | default(8080) }}
{%- endfor %}
"""


def write_apps(folder: Path, target: Path, states: int) -> None:
    """Write ``folder/states`` and ``folder/settings``; what they manage lies below ``target``."""
    apps = [f"app{number:03}" for number in range(states // 10)]
    _write(folder / "states/top.sls", "base:\n  '*':\n" + "".join(f"    - {a}\n" for a in apps))
    for app in apps:
        _write(folder / f"states/{app}/init.sls", _STATES.replace("@APP@", app))
        _write(folder / f"states/{app}/map.jinja", _MAP.replace("@APP@", app))
        _write(folder / f"states/{app}/files/part.conf", _PART.replace("@APP@", app))
    lines = [f"target: {target}", "options:"]
    lines += [f"  option_{number:02}: value {number}" for number in range(20)]
    lines.append("peers:")
    for number in range(12):
        role = ("web", "db", "cache")[number % 3]
        lines.append(f"  - {{host: h{number}.example.com, port: {8000 + number}, role: {role}}}")
    lines.append("apps:")
    lines += [f"  {app}: {{workers: {2 + place % 6}}}" for place, app in enumerate(apps)]
    _write(folder / "settings/all.sls", "\n".join(lines) + "\n")
    _write(folder / "settings/top.sls", "base:\n  '*':\n    - all\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
