"""The folders that inotify watches, and on whose behalf."""

from __future__ import annotations

import errno
from dataclasses import field

from zester.dataclass import dataclass
from zester_peel.sensors.path import inotify
from zester_peel.sensors.path.chain import Chain, Identity
from zester_peel.sensors.path.inotify import Event, Inotify

_ALWAYS = (
    inotify.DELETE_SELF | inotify.MOVE_SELF | inotify.ONLY_FOLDERS | inotify.DONT_FOLLOW
) | inotify.SKIP_UNLINKED
_CONTENT = inotify.NAMES | inotify.MODIFY | inotify.ATTRIB | inotify.CLOSE_WRITE
_WAY_GONE = inotify.DELETE_SELF | inotify.MOVE_SELF | inotify.UNMOUNT | inotify.IGNORED
_WATCH_GONE = inotify.DELETE_SELF | inotify.UNMOUNT | inotify.IGNORED
_RACED = (errno.ENOENT, errno.ENOTDIR)


@dataclass(eq=False, slots=True)
class _Folder:
    """One real folder; the values are the owners (places) that go through it."""

    path: str
    identity: Identity = (0, 0)
    descriptor: int | None = None
    through: set[str] = field(default_factory=set)
    leaf_of: set[str] = field(default_factory=set)
    children: dict[str, set[str]] = field(default_factory=dict)
    switches: dict[str, set[str]] = field(default_factory=dict)

    @property
    def mask(self) -> int:
        mask = _ALWAYS
        if self.leaf_of:
            return mask | _CONTENT
        if self.switches:
            return mask | inotify.NAMES
        # A folder that somebody holds open says "deleted" only when it is closed: its parent's
        # word comes at once.
        return mask | inotify.DELETE if self.children else mask


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an event means: owners whose way may have changed, owners whose folder ``name`` did."""

    way: frozenset[str]
    inside: frozenset[str]


class Folders:
    """Keeps exactly the inotify watches that the chains of all owners need."""

    def __init__(self, source: Inotify) -> None:
        self._source = source
        self._folders: dict[str, _Folder] = {}
        self._by_descriptor: dict[int, set[_Folder]] = {}
        self._masks: dict[int, int] = {}
        self._chains: dict[str, Chain] = {}
        self._loose: set[int] = set()

    def __len__(self) -> int:
        return len(self._by_descriptor)

    def chain(self, owner: str) -> Chain | None:
        """Return the chain an owner is armed for."""
        return self._chains.get(owner)

    def arm(self, owner: str, chain: Chain, *, afresh: bool = False) -> OSError | None:
        """Watch what a chain needs and drop what the owner's last one needed.

        ``afresh`` asks the kernel again also for folders that look unchanged. Returns why
        something cannot be watched; a folder that has gone meanwhile is no reason.
        """
        last = self._chains.get(owner)
        touched = self._leave(owner, last) if last is not None else set()
        self._chains[owner] = chain
        for path, identity in chain.folders:
            folder = self._folders.setdefault(path, _Folder(path))
            folder.through.add(owner)
            if folder.identity != identity or afresh:
                folder.identity = identity
                self._unbind(folder)
            touched.add(folder)
        for path, name in chain.children:
            self._folders[path].children.setdefault(name, set()).add(owner)
        for path, name in chain.switches:
            self._folders[path].switches.setdefault(name, set()).add(owner)
        if chain.leaf is not None:
            self._folders[chain.leaf].leaf_of.add(owner)
        return self._bind_all(touched)

    def disarm(self, owner: str) -> None:
        """Forget an owner."""
        chain = self._chains.pop(owner, None)
        if chain is not None:
            self._bind_all(self._leave(owner, chain))

    def meaning(self, event: Event) -> Meaning:
        """Tell whom an event concerns."""
        way: set[str] = set()
        inside: set[str] = set()
        for folder in tuple(self._by_descriptor.get(event.descriptor, ())):
            if event.mask & _WAY_GONE:
                way |= folder.through
                if event.mask & _WATCH_GONE:
                    self._forget(folder)
            if event.name and event.mask & inotify.NAMES:
                way |= folder.switches.get(event.name, set())
                way |= folder.children.get(event.name, set())
            inside |= folder.leaf_of
        return Meaning(frozenset(way), frozenset(inside))

    def _leave(self, owner: str, chain: Chain) -> set[_Folder]:
        left = {self._folders[path] for path, _ in chain.folders}
        for folder in left:
            folder.through.discard(owner)
            folder.leaf_of.discard(owner)
        for path, name in chain.children:
            _discard(self._folders[path].children, name, owner)
        for path, name in chain.switches:
            _discard(self._folders[path].switches, name, owner)
        return left

    def _bind_all(self, folders: set[_Folder]) -> OSError | None:
        refused: OSError | None = None
        for folder in folders:
            if not folder.through:
                self._unbind(folder)
                self._folders.pop(folder.path, None)
                continue
            try:
                self._bind(folder)
            except OSError as error:
                if error.errno not in _RACED:
                    refused = error
        self._drop_unused()
        return refused

    def _bind(self, folder: _Folder) -> None:
        mask = folder.mask
        descriptor = folder.descriptor
        if descriptor is None:
            descriptor = self._source.add(folder.path, mask | inotify.ADD_TO_MASK)
            folder.descriptor = descriptor
            self._by_descriptor.setdefault(descriptor, set()).add(folder)
            self._masks[descriptor] = self._masks.get(descriptor, 0) | mask
        # One folder may be here under two paths (bind mounts): the kernel keeps one mask.
        wanted = 0
        for user in self._by_descriptor[descriptor]:
            wanted |= user.mask
        if wanted != self._masks[descriptor]:
            again = self._source.add(folder.path, wanted)
            if again == descriptor:
                self._masks[descriptor] = wanted
            elif again not in self._by_descriptor:
                # Another folder by now: its move was an event, which brings the owners back here.
                self._source.remove(again)

    def _unbind(self, folder: _Folder) -> None:
        if folder.descriptor is not None:
            self._by_descriptor[folder.descriptor].discard(folder)
            self._loose.add(folder.descriptor)
            folder.descriptor = None

    def _drop_unused(self) -> None:
        for descriptor in self._loose:
            if not self._by_descriptor.get(descriptor, True):
                del self._by_descriptor[descriptor]
                del self._masks[descriptor]
                self._source.remove(descriptor)
        self._loose.clear()

    def _forget(self, folder: _Folder) -> None:
        if folder.descriptor is None:
            return
        self._masks.pop(folder.descriptor, None)
        for user in self._by_descriptor.pop(folder.descriptor, ()):
            user.descriptor = None


def _discard(owners: dict[str, set[str]], name: str, owner: str) -> None:
    found = owners.get(name)
    if found is not None:
        found.discard(owner)
        if not found:
            del owners[name]
