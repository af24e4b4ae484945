"""What this machine says of itself when it asks."""

from __future__ import annotations

import platform

from zester import __version__
from zester.resources.enrollment.request import Machine


def describe_machine() -> Machine:
    """Return what an operator wants to see who has to decide."""
    try:
        system = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        system = platform.system()
    return Machine(host=platform.node()[:255], os=system[:128], version=__version__[:64])
