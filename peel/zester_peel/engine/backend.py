"""What a family of states needs of the machine, whatever they are to do."""

from __future__ import annotations

from pathlib import Path

from zester.dataclass import dataclass
from zester.errors import HostError
from zester_peel.host.protocol import HostReader


@dataclass(frozen=True, slots=True)
class Backend:
    """One of ``marks`` has to exist, else there is no ``what`` here; ``known`` names those we know.

    For what no other state of the program could bring along. ``whole`` = only the whole machine
    has one, not a folder of it that is managed as its root.
    """

    what: str
    marks: tuple[str, ...]
    known: str
    whole: bool = False

    def lacking(self, host: HostReader) -> str:
        """Return why it is not there, empty when it is."""
        if self.whole and host.root != Path("/"):
            return f"a {self.what} works on the whole machine, not below {host.root}"
        if any(_exists(host, mark) for mark in self.marks):
            return ""
        return f"this machine has no {self.what} that is known: {self.known}"


def _exists(host: HostReader, path: str) -> bool:
    try:
        return host.signature(path) is not None
    except HostError:
        return True  # it cannot be told; whoever needs it will find out
