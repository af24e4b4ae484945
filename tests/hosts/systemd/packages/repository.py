"""Packages and a local repository for hosts that have no network."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from hosts.systemd.machine import Machine

REPOSITORY = "/srv/repo"
LINE = f"deb [trusted=yes] file:{REPOSITORY} ./"


class Repository:
    """A folder of packages on a machine that apt takes for a repository."""

    def __init__(self, machine: Machine, folder: Path, place: str = REPOSITORY) -> None:
        self._machine = machine
        self._folder = folder
        self.place = place
        self._index: list[str] = []

    def add(self, name: str, version: str, **fields: str) -> str:
        """Build a package and list it; return its path inside the machine.

        ``unit`` is the text of a systemd unit that comes with it.
        """
        tree = self._folder / f"{name}_{version.replace(':', '_')}"
        (tree / "DEBIAN").mkdir(parents=True)
        control = {
            "Package": name,
            "Version": version,
            "Architecture": "all",
            "Maintainer": "Tests <tests@example.com>",
            "Description": f"{name} for tests",
            **{key.replace("_", "-"): value for key, value in fields.items()},
        }
        unit = control.pop("unit", "")
        if unit:
            (tree / "lib/systemd/system").mkdir(parents=True)
            (tree / f"lib/systemd/system/{name}.service").write_text(unit)
        conffile = control.pop("conffile", "")
        if conffile:
            (tree / "etc").mkdir()
            (tree / f"etc/{name}.conf").write_text(conffile)
            (tree / "DEBIAN/conffiles").write_text(f"/etc/{name}.conf\n")
        (tree / f"usr/share/{name}").mkdir(parents=True)
        (tree / f"usr/share/{name}/version").write_text(f"{version}\n")
        text = "".join(f"{key}: {value}\n" for key, value in control.items())
        (tree / "DEBIAN/control").write_text(text)
        file = f"{tree.name}.deb"
        target = self._machine.path(f"{self.place}/{file}")
        target.parent.mkdir(parents=True, exist_ok=True)
        build = ("dpkg-deb", "--build", "--root-owner-group", str(tree), str(target))
        subprocess.run(build, check=True, capture_output=True)
        data = target.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        self._index.append(f"{text}Filename: ./{file}\nSize: {len(data)}\nSHA256: {digest}\n")
        self._machine.path(f"{self.place}/Packages").write_text("\n".join(self._index))
        return f"{self.place}/{file}"

    def configure(self) -> None:
        """Make it the machine's only source of packages."""
        folder = self._machine.path("/etc/apt/sources.list.d")
        for each in folder.iterdir():
            each.unlink()
        self._machine.path("/etc/apt/sources.list").write_text(
            f"deb [trusted=yes] file:{self.place} ./\n"
        )
