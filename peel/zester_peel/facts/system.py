"""The operating system: distribution, kernel, init."""

from __future__ import annotations

import os
import re
from typing import Any

from zester.targeting.os_fact import OsFact
from zester_peel.facts.distribution import distribution
from zester_peel.facts.source import Source

_FAMILIES = {"RedHat": "rhel"}
_SYSTEMD_LIBRARIES = (
    "/usr/lib/systemd",
    "/lib/systemd",
    "/usr/lib64/systemd",
    "/usr/lib/x86_64-linux-gnu/systemd",
    "/usr/lib/aarch64-linux-gnu/systemd",
)
_INITS = ("systemd", "upstart", "runit", "s6-svscan", "supervisord", "tini", "dumb-init")


def collect_system(source: Source) -> dict[str, Any]:
    """Collect ``os`` (text and namespace), Salt's ``os*``, ``lsb_distrib_*`` and ``kernel*``."""
    found = distribution(source)
    machine = source.line("/proc/sys/kernel/arch") or source.machine
    values: dict[str, Any] = {
        "os_family": found.family,
        "osfullname": found.full_name,
        "osrelease": found.release,
        "oscodename": found.codename,
        "osarch": found.arch,
        "cpuarch": machine,
        "lsb_distrib_id": found.lsb_id,
        "lsb_distrib_codename": found.lsb_codename,
        "kernel": source.line("/proc/sys/kernel/ostype") or "Linux",
        "kernelrelease": source.line("/proc/sys/kernel/osrelease"),
        "kernelversion": source.line("/proc/sys/kernel/version"),
        "init": _init(source),
        "machine_id": source.line("/etc/machine-id") or source.line("/var/lib/dbus/machine-id"),
        "ps": "ps -efHww",
    }
    if found.lsb_release:
        values["lsb_distrib_release"] = found.lsb_release
    if found.release:
        values["osfinger"] = found.finger
        values["osrelease_info"] = found.release_info
        if isinstance(found.release_info[0], int):
            values["osmajorrelease"] = found.release_info[0]
    version = _systemd_version(source)
    if version:
        values["systemd"] = {"version": version, "features": ""}
    values |= _access_control(source)
    uptime = float((source.line("/proc/uptime").split() or ["0"])[0])
    booted = re.search(r"^btime (\d+)$", source.text("/proc/stat"), re.MULTILINE)
    values["os"] = OsFact(
        found.os,
        {
            "name": found.os,
            "family": _FAMILIES.get(found.family, found.family.lower()),
            "platform": found.platform,
            "platform_version": found.release,
            "codename": found.codename,
            "arch": found.arch,
            "kernel": values["kernel"],
            "kernel_arch": machine,
            "uptime": int(uptime),
            "boot_time": int(booted[1]) if booted else 0,
        },
    )
    return values


def _init(source: Source) -> str:
    if source.exists("/run/systemd/system"):
        return "systemd"
    command = source.text("/proc/1/cmdline").partition("\0")[0]
    name = os.path.basename(command)  # noqa: PTH119 - a text
    if name in _INITS:
        return name
    if name == "init" or not command:
        for candidate in ("/sbin/init", "/usr/sbin/init"):
            target = os.path.basename(source.link(candidate))  # noqa: PTH119 - a text
            if target in _INITS:
                return target
        if source.exists("/run/openrc"):
            return "openrc"
        if source.exists("/etc/inittab"):
            return "sysvinit"
    return "unknown"


def _systemd_version(source: Source) -> str:
    """Tell the version from the name of systemd's own library: asking it would be a process."""
    if not any(source.exists(f"{folder}/systemctl") for folder in ("/usr/bin", "/bin")):
        return ""
    for folder in _SYSTEMD_LIBRARIES:
        for name in source.names(folder):
            found = re.fullmatch(r"libsystemd-shared-(\d+)\D.*", name)
            if found:
                return found[1]
    return ""


def _access_control(source: Source) -> dict[str, Any]:
    values: dict[str, Any] = {}
    enforce = source.line("/sys/fs/selinux/enforce")
    if enforce or source.exists("/usr/sbin/selinuxenabled"):
        states = {"1": "Enforcing", "0": "Permissive"}
        values["selinux"] = {
            "enabled": bool(enforce),
            "enforced": states.get(enforce, "Disabled"),
        }
    apparmor = source.line("/sys/module/apparmor/parameters/enabled")
    values["apparmor"] = {"enabled": apparmor == "Y"}
    return values
