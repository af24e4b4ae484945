"""What it runs on: a machine, a virtual one, or a container."""

from __future__ import annotations

from typing import Any

from zester_peel.facts.source import Source

# Words in the maker's and the product's name → Salt's virtual
_MAKERS = (
    (("kvm",), "kvm"),
    (("qemu",), "kvm"),
    (("amazon ec2",), "Nitro"),
    (("vmware",), "VMware"),
    (("virtualbox",), "VirtualBox"),
    (("microsoft corporation", "virtual machine"), "VirtualPC"),
    (("google compute engine",), "gce"),
    (("openstack",), "kvm"),
    (("parallels",), "Parallels"),
    (("bhyve",), "bhyve"),
    (("xen",), "xen"),
)
_CONTAINERS = {
    "docker": "Docker",
    "podman": "Podman",
    "lxc": "LXC",
    "lxc-libvirt": "LXC",
    "systemd-nspawn": "systemd-nspawn",
    "kubepods": "Docker",
}


def collect_hardware(source: Source) -> dict[str, Any]:
    """Collect ``virtual``, ``virtual_subtype`` and what the firmware says about the machine."""
    values: dict[str, Any] = {"virtual": "physical"}
    dmi = {
        name: source.line(f"/sys/class/dmi/id/{file}")
        for name, file in (
            ("manufacturer", "sys_vendor"),
            ("productname", "product_name"),
            ("serialnumber", "product_serial"),
            ("biosversion", "bios_version"),
            ("biosreleasedate", "bios_date"),
            ("uuid", "product_uuid"),
        )
    }
    values |= {name: text for name, text in dmi.items() if text}
    described = f"{dmi['manufacturer']} {dmi['productname']}".lower()
    for words, virtual in _MAKERS:
        if all(word in described for word in words):
            values["virtual"] = virtual
            break
    else:
        if source.line("/sys/hypervisor/type") == "xen":
            values["virtual"] = "xen"
        elif not described.strip() and _hypervisor_flag(source):
            values["virtual"] = "kvm"
    container = _container(source)
    if container:
        values |= {"virtual": "container", "virtual_subtype": container}
    return values


def _hypervisor_flag(source: Source) -> bool:
    for line in source.text("/proc/cpuinfo").splitlines():
        if line.startswith("flags"):
            return " hypervisor" in line
    return False


def _container(source: Source) -> str:
    name = source.line("/run/systemd/container")
    if not name:
        for assignment in source.text("/proc/1/environ").split("\0"):
            if assignment.startswith("container="):
                name = assignment.partition("=")[2]
    if not name and source.exists("/run/.containerenv"):
        name = "podman"
    if not name and source.exists("/.dockerenv"):
        name = "docker"
    if not name:
        groups = source.text("/proc/1/cgroup")
        name = next((word for word in _CONTAINERS if f"/{word}" in groups), "")
    return _CONTAINERS.get(name, name)
