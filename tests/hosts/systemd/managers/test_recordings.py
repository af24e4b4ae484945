"""Real dnf, zypper and pacman give the answers that ``tests/cases/pkg/recorded`` holds.

With ``ZESTER_RECORD=1`` in the environment the recordings are made anew.
"""

from __future__ import annotations

import os

import pytest

from hosts.systemd.machine import Machine
from hosts.systemd.managers.listening import ListeningHost
from support.machines.package_story import RECORDED, Step, Story, ask, load, store

pytestmark = pytest.mark.anyio

FILES = {
    "dnf": ("/srv/rpms/noarch/tool-1.0-1.noarch.rpm", "/srv/rpms/noarch/helper-0.1-1.noarch.rpm"),
    "zypper": (
        "/srv/rpms/noarch/tool-1.0-1.noarch.rpm",
        "/srv/rpms/noarch/helper-0.1-1.noarch.rpm",
    ),
    "pacman": (
        "/srv/arch/tool-1.0-1-any.pkg.tar.gz",
        "/srv/arch/helper-1:0.1-1-any.pkg.tar.gz",
    ),
}
TOOLS = {
    "dnf": ("dnf", "dnf-plugins-core", "rpm"),
    "zypper": ("zypper", "rpm"),
    "pacman": ("pacman-package-manager",),
}
ALTER = "echo x >>/etc/tool.conf; echo more >>/usr/share/tool/version; rm /usr/share/helper/version"


def steps(name: str) -> tuple[Step, ...]:
    """What is asked, in this order."""
    tool, helper = FILES[name]
    old = {"tool": tool if name == "pacman" else "1.0-1"}
    middle = {"tool": tool if name == "pacman" else "1.5-1"}
    names = ("tool", "helper", "nope")
    busy = (
        Step(ask="sh", names=("touch /var/lib/pacman/db.lck",)),
        Step(ask="install", names=("tool",)),
        Step(ask="sh", names=("rm /var/lib/pacman/db.lck",)),
    )
    ignored = "sed -i '/^.options.$/a IgnorePkg = tool other' /etc/pacman.conf"
    asked = (
        Step(ask="inventory"),
        Step(ask="refresh"),
        Step(ask="offered", names=names),
        Step(ask="offered", names=("nope",)),
        Step(ask="install", names=("plain",), options={"install_recommends": False}),
        Step(ask="install", names=("tool",), versions=old),
        Step(ask="inventory"),
        Step(ask="offered", names=("tool",), options={"fromrepo": "tests"}),
        Step(ask="upgradable"),
        Step(ask="hold", names=("tool",), flag=True),
        *((Step(ask="sh", names=(ignored,)),) if name == "pacman" else ()),
        Step(ask="inventory"),
        Step(ask="upgradable"),
        Step(ask="upgrade"),
        *((Step(ask="upgradable", options={"update_holds": True}),) if name == "dnf" else ()),
        *((Step(ask="upgrade", names=("tool",)),) if name == "zypper" else ()),
        Step(ask="hold", names=("tool",), flag=False),
        *((Step(ask="sh", names=("sed -i /IgnorePkg/d /etc/pacman.conf",)),) * (name == "pacman")),
        Step(ask="inventory"),
        *(busy if name == "pacman" else ()),
        Step(ask="install", names=("nope",)),
        Step(ask="install", names=("tool", "plain"), versions={"tool": "2.0-1"})
        if name != "pacman"
        else Step(ask="install", names=("tool", "plain")),
        Step(ask="install", names=("tool",), versions=middle),
        Step(ask="upgrade", names=("tool",)),
        Step(ask="upgradable"),
        Step(ask="altered", names=("tool",)),
        Step(ask="sh", names=(ALTER,)),
        Step(ask="altered", names=("tool",)),
        Step(ask="altered", names=("helper",)),
        Step(ask="install", names=("tool",), flag=True, options={"fromrepo": "tests"}),
        Step(ask="version_in", names=(helper,)),
        Step(ask="version_in", names=("/etc/hostname",)),
        Step(ask="remove", names=("plain",)),
        Step(ask="remove", names=("nope",)),
        Step(
            ask="install",
            names=("helper",),
            versions={"helper": helper},
            options={"skip_verify": True},
        ),
        Step(ask="remove", names=("tool", "helper"), flag=True),
        Step(ask="inventory"),
    )
    return asked


@pytest.mark.parametrize("name", RECORDED)
async def test_real_tools_answer_as_recorded(name: str, foreign: Machine) -> None:
    heard: list[Step] = []
    for step in steps(name):
        if step.ask == "sh":
            foreign.run("sh", "-c", step.names[0])
            heard.append(step)
            continue
        host = ListeningHost(foreign)
        gave = await ask(name, host, step)
        heard.append(
            step.model_copy(update={"files": host.files, "said": tuple(host.said), "gave": gave})
        )
    if os.environ.get("ZESTER_RECORD"):
        form = "${Version}"
        tools = {
            tool: foreign.run("dpkg-query", "-W", "-f", form, tool).stdout for tool in TOOLS[name]
        }
        store(name, Story(tools=tools, steps=tuple(heard)))
    recorded = load(name)
    assert [(step.ask, step.names, step.gave) for step in heard] == [
        (step.ask, step.names, step.gave) for step in recorded.steps
    ]
