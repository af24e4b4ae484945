"""Which distribution this is, in Salt's words."""

from __future__ import annotations

import re
import shlex

from zester.dataclass import dataclass
from zester_peel.facts.source import Source

# os-release ID → (Salt's os, Salt's os_family)
_KNOWN = {
    "alinux": ("Alinux", "RedHat"),
    "almalinux": ("AlmaLinux", "RedHat"),
    "alpine": ("Alpine", "Alpine"),
    "amzn": ("Amazon", "RedHat"),
    "antergos": ("Antergos", "Arch"),
    "arch": ("Arch", "Arch"),
    "archarm": ("Arch ARM", "Arch"),
    "astra": ("AstraLinuxCE", "Debian"),
    "centos": ("CentOS", "RedHat"),
    "cloudlinux": ("CloudLinux", "RedHat"),
    "debian": ("Debian", "Debian"),
    "deepin": ("Deepin", "Debian"),
    "devuan": ("Devuan", "Debian"),
    "endeavouros": ("EndeavourOS", "Arch"),
    "fedora": ("Fedora", "RedHat"),
    "gentoo": ("Gentoo", "Gentoo"),
    "kali": ("Kali", "Debian"),
    "linuxmint": ("Mint", "Debian"),
    "manjaro": ("Manjaro", "Arch"),
    "mendel": ("Mendel", "Debian"),
    "neon": ("KDE neon", "Debian"),
    "ol": ("OEL", "RedHat"),
    "opensuse": ("SUSE", "Suse"),
    "opensuse-leap": ("SUSE", "Suse"),
    "opensuse-tumbleweed": ("SUSE", "Suse"),
    "parrot": ("Parrot OS", "Debian"),
    "photon": ("VMware Photon OS", "RedHat"),
    "pop": ("Pop", "Debian"),
    "raspbian": ("Raspbian", "Debian"),
    "rhel": ("RedHat", "RedHat"),
    "rocky": ("Rocky", "RedHat"),
    "scientific": ("ScientificLinux", "RedHat"),
    "sled": ("SUSE", "Suse"),
    "sles": ("SUSE", "Suse"),
    "sles_sap": ("SUSE", "Suse"),
    "slackware": ("Slackware", "Slackware"),
    "suse": ("SUSE", "Suse"),
    "ubuntu": ("Ubuntu", "Debian"),
    "void": ("Void", "Void"),
}
_CODENAME_IN_VERSION = ("almalinux", "rhel", "rocky")
_FINGER_BY_OS = ("Debian", "Raspbian")
_FINGER_BY_WHOLE_RELEASE = ("Ubuntu", "Pop")
_DEB_ARCH = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "armv7l": "armhf",
    "armv6l": "armhf",
    "i386": "i386",
    "i486": "i386",
    "i586": "i386",
    "i686": "i386",
    "ppc64le": "ppc64el",
}


@dataclass(frozen=True, slots=True)
class Distribution:
    """``lsb_codename`` is what Salt shows as ``lsb_distrib_codename``: on RHEL a longer text."""

    os: str
    family: str
    full_name: str
    release: str
    codename: str
    platform: str
    arch: str
    lsb_id: str
    lsb_release: str
    lsb_codename: str

    @property
    def release_info(self) -> tuple[int | str, ...]:
        """The release in parts, numbers as numbers."""
        parts = self.release.split(".") if self.release else []
        return tuple(int(part) if part.isdecimal() else part for part in parts)

    @property
    def finger(self) -> str:
        """Name and major release: ``Debian-12``, ``Ubuntu-24.04``."""
        name = self.os if self.os in _FINGER_BY_OS else self.full_name
        whole = self.os in _FINGER_BY_WHOLE_RELEASE
        return f"{name}-{self.release if whole else self.release_info[0]}"


def distribution(source: Source) -> Distribution:
    """Read os-release, and the older files that Salt prefers for some."""
    data = read_assignments(source.text("/etc/os-release") or source.text("/usr/lib/os-release"))
    platform = data.get("ID", "").lower() or "linux"
    name = data.get("NAME") or platform.capitalize()
    release = data.get("VERSION_ID", "")
    os_name, family = _salt_names(platform, name, data)
    codename, lsb_codename = _codenames(platform, data)
    full_name, lsb_id, lsb_release = name, name, release
    if platform == "opensuse-leap":
        full_name = "Leap"
    if os_name == "CentOS":
        # os-release knows the major release only.
        exact = re.search(r"\d+(\.\d+)*", source.line("/etc/centos-release"))
        release, lsb_release = (exact[0], "") if exact else (release, release)
    if not release:
        lsb = read_assignments(source.text("/etc/lsb-release"))
        release = lsb_release = lsb.get("DISTRIB_RELEASE", "")
        full_name = lsb_id = lsb.get("DISTRIB_ID", name)
        codename = lsb_codename = lsb.get("DISTRIB_CODENAME", codename)
    machine = source.line("/proc/sys/kernel/arch") or source.machine
    arch = _DEB_ARCH.get(machine, machine) if family == "Debian" else machine
    return Distribution(
        os_name,
        family,
        full_name,
        release,
        codename,
        platform,
        arch,
        lsb_id,
        lsb_release,
        lsb_codename,
    )


def read_assignments(text: str) -> dict[str, str]:
    """Read a file of shell assignments; lines that are none are left out."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if not equals or not name.replace("_", "").isalnum():
            continue
        try:
            words = shlex.split(value)
        except ValueError:
            continue
        found[name] = words[0] if words else ""
    return found


def _salt_names(platform: str, name: str, data: dict[str, str]) -> tuple[str, str]:
    if platform == "centos" and "Stream" in name:
        return "CentOS Stream", "RedHat"
    if platform == "astra" and data.get("VARIANT_ID") == "smolensk":
        return "AstraLinuxSE", "Debian"
    if platform in _KNOWN:
        return _KNOWN[platform]
    os_name = re.sub(r"\W(?:gnu/)?linux", "", name, flags=re.IGNORECASE)
    for like in data.get("ID_LIKE", "").lower().split():
        if like in _KNOWN:
            return os_name, _KNOWN[like][1]
    return os_name, os_name


def _codenames(platform: str, data: dict[str, str]) -> tuple[str, str]:
    if "VERSION_CODENAME" in data:
        return data["VERSION_CODENAME"], data["VERSION_CODENAME"]
    pretty = data.get("PRETTY_NAME", "")
    bracketed = re.search(r"\(([^)]+)\)", data.get("VERSION", ""))
    if platform not in _CODENAME_IN_VERSION or not bracketed:
        return pretty, pretty
    return bracketed[1], pretty if platform == "rhel" else bracketed[1]
