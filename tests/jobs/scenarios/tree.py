"""The tree that the scenarios apply parts of."""

from __future__ import annotations

TREE = {
    "settings/top.zy": "base:\n  '*':\n    - common\n",
    "settings/common.zy": "timezone: UTC\n",
    "states/top.zy": "base:\n  '*':\n    - motd\n    - also\n",
    "states/motd.zy": (
        "/etc/motd:\n  file.managed:\n    - contents: managed\n    - makedirs: true\n"
    ),
    "states/also.zy": "also:\n  test.nop\n",
    "states/hello.zy": (
        "/tmp/hello:\n  file.managed:\n    - makedirs: true\n"
        "    - contents: hello from {{ facts.id }}\n"
    ),
    "states/template-test/init.zy": (
        "/etc/app.conf:\n"
        "  file.managed:\n"
        "    - source: salt://template-test/files/app.conf.jinja\n"
        "    - template: jinja\n"
        "    - makedirs: true\n"
        "    - defaults: {port: 80, workers: 4}\n"
        "    - context: {port: 8080}\n"
    ),
    "states/template-test/files/app.conf.jinja": (
        "port {{ port }}\nworkers {{ workers }}\nfamily {{ facts.os.family }}\n"
    ),
    "states/requisites-test.zy": (
        "config:\n  file.managed:\n    - name: /etc/app.ini\n    - contents: one\n"
        "    - makedirs: true\n"
        "watching:\n  cmd.wait:\n    - name: echo watched\n    - watch: [file: config]\n"
        "following:\n  cmd.run:\n    - name: echo changed\n    - onchanges: [file: config]\n"
        "failing:\n  cmd.run:\n    - name: exit 3\n    - require: [cmd: watching]\n"
        "mending:\n  cmd.run:\n    - name: echo mended\n    - onfail: [cmd: failing]\n"
        "idle:\n  cmd.run:\n    - name: echo never\n    - onfail: [cmd: following]\n"
    ),
    "states/files_extended.zy": (
        "link:\n  file.symlink:\n    - name: /srv/link\n    - target: /etc/motd\n"
        "    - makedirs: true\n"
        "base:\n  file.managed:\n    - name: /srv/hosts\n    - contents: 127.0.0.1 localhost\n"
        "    - replace: false\n    - makedirs: true\n"
        "block:\n  file.blockreplace:\n    - name: /srv/hosts\n"
        "    - marker_start: '# begin ours'\n    - marker_end: '# end ours'\n"
        "    - content: 10.0.0.1 web\n    - append_if_not_found: true\n"
        "    - require: [file: base]\n"
    ),
}
