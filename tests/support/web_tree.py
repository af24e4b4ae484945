"""A tree with a file from settings and one from a source."""

from __future__ import annotations

TOP = "base:\n  '*':\n    - web\n"
WEB = """\
motd:
  file.managed:
    - name: /etc/motd
    - makedirs: True
    - contents: {{ settings.greeting }}
conf:
  file.managed:
    - name: /srv/conf
    - makedirs: True
    - source: salt://web/conf
"""
TREE: dict[str, str | None] = {
    "states/top.zy": TOP,
    "states/web/init.zy": WEB,
    "states/web/conf": "one\n",
    "settings/top.zy": "base:\n  '*':\n    - all\n",
    "settings/all.zy": "greeting: hello\n",
    "README.md": "not read by any peel\n",
}
