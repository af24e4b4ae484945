"""Requisites and options on a host that boots: real files, a real service, real commands."""

from __future__ import annotations

from typing import Any

import pytest

from hosts.systemd.applying import apply
from hosts.systemd.machine import Machine

UNIT = """[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
"""
STATES = """
stop-first:
  cmd.run:
    - name: echo stopped >> /root/log
    - prereq:
      - file: conf
conf:
  file.managed:
    - name: /etc/demo.conf
    - contents: {number}
    - check_cmd: test -s
heard:
  service.running:
    - name: demo
    - listen:
      - file: conf
waits:
  cmd.run:
    - name: test -e /root/ready || {{ touch /root/ready; exit 1; }}
    - unless: test -e /root/done
    - retry: {{attempts: 3, interval: 0}}
done:
  file.managed:
    - name: /root/done
    - require:
      - cmd: waits
secret:
  file.managed:
    - name: /root/secret
    - contents: {number} hidden
    - no_log: True
    - onlyif:
      - fun: file.directory_exists
        path: /root
"""


@pytest.fixture
def demo(machine: Machine) -> Machine:
    """A host with a service."""
    machine.path("/etc/systemd/system/demo.service").write_text(UNIT)
    return machine


def started(machine: Machine) -> str:
    argv = ("systemctl", "show", "--property=MainPID", "--value", "demo")
    return machine.run(*argv).stdout.strip()


def results(found: dict[str, Any]) -> dict[str, bool | None]:
    return {name: each["result"] for name, each in found.items()}


def test_what_is_predicted_is_what_is_done(demo: Machine) -> None:
    predicted = apply(demo, STATES.format(number=1), test=True)
    assert set(results(predicted).values()) == {None}
    assert not demo.path("/root/log").exists()

    first = apply(demo, STATES.format(number=1))
    assert set(results(first)) - {"listener_heard"} == set(results(predicted)) - {"listener_heard"}
    assert all(results(first).values()), first
    assert first["waits"]["comment"].startswith('Attempt 1: Returned a result of "False"')
    assert demo.path("/root/log").read_text() == "stopped\n"
    assert first["secret"]["changes"] == {"diff": "hidden by no_log"}
    assert "hidden" in demo.path("/root/secret").read_text()

    second = apply(demo, STATES.format(number=1))
    assert not any(each["changes"] for each in second.values()), second
    assert second["stop-first"]["comment"] == "No changes detected"
    assert demo.path("/root/log").read_text() == "stopped\n"


def test_a_service_that_listens_is_restarted_once_at_the_end(demo: Machine) -> None:
    apply(demo, STATES.format(number=1))
    before = started(demo)
    would = apply(demo, STATES.format(number=2), test=True)
    assert would["listener_heard"]["comment"] == "Service is set to be restarted"
    assert started(demo) == before

    done = apply(demo, STATES.format(number=2))
    assert list(done)[-1] == "listener_heard"
    assert done["listener_heard"]["comment"] == "Service restarted"
    assert started(demo) != before
