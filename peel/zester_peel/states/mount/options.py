"""Mount options: which of the wished ones a mount has not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field

from zester.dataclass import dataclass
from zester_peel.states.mount.table import Mount

# For mount(8), its helpers and systemd: no mount shows them.
_INVISIBLE = re.compile(
    "_netdev|actimeo|async|auto|backup-volfile-servers|bg|bind|comment|defaults|delay_connect"
    "|direct-io-mode|fail|group|helper|intr|iversion|loop|loud|noauto|nobootwait|nofail|nogroup"
    "|noiversion|nointr|nomand|nonempty|norelatime|nostrictatime|nouser|nousers|nowait|owner"
    "|password|port|rbind|reconnect|remount|retry|silent|soft|transform_symlinks|uhelper|user"
    "|users|[xX]-.*"
)
_INVISIBLE_KEYS = re.compile(
    "actimeo|comment|credentials|direct-io-mode|helper|loop|offset|password|port|retry|secretfile"
    "|sizelimit|uhelper"
)
_OF_FSTAB = "user"  # "user=name" says who may unmount; of cifs it is an option of the server
# What the kernel shows only when it is not so.
_OPPOSITES: Mapping[str, tuple[str, ...]] = {
    "suid": ("nosuid",),
    "dev": ("nodev",),
    "exec": ("noexec",),
    "atime": ("noatime",),
    "diratime": ("nodiratime",),
    "strictatime": ("noatime", "relatime"),
    "nolazytime": ("lazytime",),
    "symfollow": ("nosymfollow",),
}
_UNSHOWN: Mapping[str, frozenset[str]] = {
    "tmpfs": frozenset({"mode=1777", "uid=0", "gid=0"}),
    "devpts": frozenset({"uid=0"}),
}
_TRANSLATED = {"tcp": "proto=tcp", "udp": "proto=udp"}
_IGNORED = {"ramfs": ("size",)}
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}

Number = Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How options are compared, with what a state adds to the rules.

    ``user`` and ``group`` find the number of a name.
    """

    fstype: str
    user: Number
    group: Number
    invisible: frozenset[str] = frozenset()
    invisible_keys: frozenset[str] = frozenset()
    ignored: Mapping[str, Iterable[str]] = field(default_factory=dict)
    translated: Mapping[str, str] = field(default_factory=dict)

    def missing(self, wished: Iterable[str], found: Mount) -> tuple[str, ...]:
        """Return the wished options that the mount has not, as they were written; sorted."""
        live = {self._plain(each) for each in (*found.options, *found.super_options)}
        return tuple(sorted({each for each in wished if not self._held(each, live)}))

    def visible(self, option: str) -> bool:
        """Whether a mount that has the option shows it."""
        name, _, value = option.partition("=")
        if _INVISIBLE.fullmatch(option) or option in self.invisible:
            return False
        if name in self.invisible_keys or _INVISIBLE_KEYS.fullmatch(name):
            return False
        if name == _OF_FSTAB and self.fstype != "cifs":
            return False
        if name in self.ignored.get(self.fstype, _IGNORED.get(self.fstype, ())):
            return False
        return not (name == "size" and value.endswith("%"))  # it is shown in bytes

    def _held(self, option: str, live: set[str]) -> bool:
        if not self.visible(option):
            return True
        plain = self._plain({**_TRANSLATED, **self.translated}.get(option, option))
        if plain in _OPPOSITES:
            return not live.intersection(_OPPOSITES[plain])
        return plain in live or plain in _UNSHOWN.get(self.fstype, ())

    def _plain(self, option: str) -> str:
        """Return one spelling for all that mean the same."""
        name, equals, value = option.partition("=")
        if not equals:
            return option
        value = value.strip('"')
        if name == "user" and self.fstype == "cifs":
            name = "username"
        if name in ("uid", "gid"):
            number = (self.user if name == "uid" else self.group)(value)
            value = value if number is None else str(number)
        elif name in ("size", "nr_inodes", "nr_blocks"):
            sized = re.fullmatch(r"(\d+)([kmgt]?)", value.lower())
            value = value if sized is None else str(int(sized[1]) * _UNITS[sized[2]])
        elif name in ("mode", "umask", "fmask", "dmask", "file_mode", "dir_mode"):
            value = value.lstrip("0o") or "0"
        return f"{name}={value}"
