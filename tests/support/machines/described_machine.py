"""A machine that is a folder of what the kernel and the configuration say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zester_peel.facts.addresses import Address
from zester_peel.facts.source import Source

ADDRESSES = [
    Address("lo", 4, "127.0.0.1"),
    Address("eth1", 4, "198.51.100.7"),
    Address("eth0", 4, "192.0.2.20"),
    Address("eth0", 4, "192.0.2.3"),
    Address("lo", 6, "::1"),
    Address("eth0", 6, "fe80::1"),
    Address("eth0", 6, "2001:db8::20"),
]

FILES = {
    "/proc/sys/kernel/hostname": "web1\n",
    "/proc/sys/kernel/domainname": "(none)\n",
    "/proc/net/route": (
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
        "eth1\t00000000\t0101000A\t0003\t0\t0\t500\t00000000\t0\t0\t0\n"
        "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
        "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    ),
    "/proc/meminfo": (
        "MemTotal:       16384000 kB\nMemFree:         1000000 kB\nMemAvailable:    9000000 kB\n"
        "SwapTotal:       2048000 kB\nSwapFree:        2048000 kB\nHugePages_Total:       0\n"
    ),
    "/proc/cpuinfo": "".join(
        f"processor\t: {n}\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon\n"
        f"physical id\t: {n // 4}\ncore id\t\t: {n % 4 // 2}\nflags\t\t: fpu vme\n\n"
        for n in range(8)
    ),
    "/proc/self/mounts": (
        "/dev/sda1 / ext4 rw,relatime 0 0\nproc /proc proc rw 0 0\n"
        "/dev/sdb1 /mnt/my\\040disk xfs ro 0 0\nnas:/x /nas nfs rw 0 0\nbroken\n"
    ),
    "/proc/1/cmdline": "/sbin/init\0splash\0",
    "/proc/1/cgroup": "0::/init.scope\n",
    "/sys/class/net/eth0/address": "02:00:00:00:00:01\n",
    "/sys/class/net/eth1/address": "02:00:00:00:00:02\n",
    "/sys/class/net/lo/address": "00:00:00:00:00:00\n",
    "/sys/class/net/bonding_masters": "\n",
    "/sys/block/sda/queue/rotational": "1\n",
    "/sys/block/nvme0n1/queue/rotational": "0\n",
    "/sys/block/loop0/queue/rotational": "0\n",
    "/sys/class/dmi/id/sys_vendor": "QEMU\n",
    "/sys/class/dmi/id/product_name": "Standard PC (Q35 + ICH9, 2009)\n",
    "/sys/class/dmi/id/bios_version": "1.16\n",
    "/etc/hosts": "127.0.0.1 localhost\n192.0.2.20 web1.example.com web1 # us\nnonsense here\n",
    "/etc/resolv.conf": (
        "# made by hand\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n"
        "search example.com example.net\noptions ndots:2\n"
    ),
    "/etc/os-release": "ID=debian\nNAME=Debian GNU/Linux\nVERSION_ID=12\n",
    "/etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    "/etc/passwd": "root:x:0:0::/root:/bin/sh\nzester:x:990:991::/:/bin/false\n",
    "/etc/group": "zester:x:991:\n",
    "/etc/timezone": "Europe/Berlin\n",
    "/usr/bin/systemctl": "",
    "/usr/lib/systemd/libsystemd-shared-252.16-1.el9.so": "",
    "/run/systemd/system/x": "",
}


def source(root: Path, **changes: Any) -> Source:  # noqa: ANN401 - any field of Source
    for name, text in {**FILES, **changes.pop("files", {})}.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    given: dict[str, Any] = {
        "environ": {"PATH": "/usr/bin:/bin", "LANG": "de_DE.UTF-8", "SHELL": "/bin/zsh"},
        "addresses": lambda: ADDRESSES,
        "usage": lambda mount: (1000, 600, 400),
        "uid": 990,
        "gid": 991,
        "machine": "x86_64",
    }
    return Source("n1.example.com", root, root, **{**given, **changes})
