"""Which package manager a machine has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from zester.errors import StateError
from zester_peel.engine.backend import Backend
from zester_peel.host.protocol import HostReader
from zester_peel.states.pkg.providers.apk import Apk
from zester_peel.states.pkg.providers.apt import Apt
from zester_peel.states.pkg.providers.dnf import Dnf
from zester_peel.states.pkg.providers.pacman import Pacman
from zester_peel.states.pkg.providers.protocol import Provider
from zester_peel.states.pkg.providers.zypper import Zypper

_CHOICES: Mapping[str, Callable[[], Provider]] = MappingProxyType(
    {
        "/usr/bin/apt-get": Apt,
        "/usr/bin/zypper": Zypper,
        "/usr/bin/dnf5": lambda: Dnf("dnf5"),
        "/usr/bin/dnf": lambda: Dnf("dnf"),
        "/usr/bin/yum": lambda: Dnf("yum"),
        "/usr/bin/pacman": Pacman,
        "/sbin/apk": Apk,
        "/usr/bin/apk": Apk,
    }
)
"""The first of these programs that is there decides; SUSE has dnf too, and means zypper."""


BACKEND = Backend(
    "package manager", tuple(_CHOICES), known="apt, dnf, yum, zypper, pacman and apk are"
)


async def choose_provider(host: HostReader) -> Provider:
    """Return the machine's package manager; raises StateError when it has none of ours."""
    for program, make in _CHOICES.items():
        if await host.stat(program, follow=True) is not None:
            return make()
    raise StateError(
        f"this machine has no package manager that is known: none of {', '.join(_CHOICES)}",
        hint="package states work with apt, dnf, yum, zypper, pacman and apk",
    )
