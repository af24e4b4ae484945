"""What all states that edit a text file have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.fields import Flag
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader, Stat
from zester_peel.states.file.difference import difference
from zester_peel.states.file.edit.backup import keep_copy, read_backup
from zester_peel.states.file.ownership import Ownership
from zester_peel.states.file.parents import folder_mode, missing_parent, prepare_parent
from zester_peel.states.file.place import PathName, ancestors, destination, resource

MAX_FILE = 16 * 1024 * 1024
_NEW_MODE = 0o644
_TRIES = 10
_MAX_ROUNDS = 1_000
_MAX_WORK = 64 * 1024 * 1024  # characters


class TextSpec(BaseModel):
    """Parameters of every state that edits a text file."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PathName
    show_changes: Flag = True
    backup: Annotated[str | None, BeforeValidator(read_backup)] = None


SpecT = TypeVar("SpecT", bound=TextSpec)


@dataclass(frozen=True, slots=True)
class TextFile:
    """What was found: ``path`` is where links lead, ``data`` empty when there is no file.

    ``given`` are the texts that come from sources. ``parent`` is the folder that is missing.
    """

    path: str
    stat: Stat | None
    data: bytes
    given: tuple[str, ...]
    owner: Ownership
    parent: str | None


@dataclass(frozen=True, slots=True)
class Edit:
    """An edited text, and what is said of it: as it is already, as test mode predicts, done."""

    text: str
    settled: str = "No changes needed to be made"
    predicts: str = "Changes would be made"
    done: str = "Changes were made"


class TextState(State[SpecT, TextFile]):
    """Reads a text file, edits it as a pure function, writes it back when that changed it.

    A file that somebody else writes in between is read again. Line ends, a missing last newline
    and bytes that are not UTF-8 stay as they are; a file with zero bytes is refused.
    """

    @abstractmethod
    def edit(self, spec: SpecT, text: str, given: tuple[str, ...]) -> Edit:
        """Return the edited text; pure. Raises StateError."""

    def without(self, spec: SpecT) -> str | None:
        """Return what there is to say when the file is missing and that is fine.

        None = it begins empty. Raises StateError when it must be there.
        """
        raise StateError(f"{spec.name}: file not found")

    def makes_folders(self, spec: SpecT) -> bool:
        """Tell whether the folders above a new file are created."""
        return False

    async def given(self, host: HostReader, spec: SpecT) -> tuple[str, ...]:
        """Return texts that come from sources."""
        return ()

    def owner(self, host: HostReader, spec: SpecT) -> Ownership:
        """Return owner and mode that the file has to have."""
        return Ownership()

    def encoding(self, spec: SpecT) -> str:
        return "utf-8"

    def requires(self, spec: SpecT) -> Iterable[str]:
        return ancestors(spec.name)

    def provides(self, spec: SpecT) -> Iterable[str]:
        return (resource(spec.name),)

    def locks(self, spec: SpecT) -> Iterable[str]:
        return (resource(spec.name),)

    def watches(self, spec: SpecT) -> Iterable[Watch]:
        return (Watch("path", spec.name, follow=True),)

    async def observe(self, host: HostReader, spec: SpecT) -> TextFile:
        path = await destination(host, spec.name)
        found = await host.stat(path)
        data = b""
        if found is not None and found.kind == "file":
            data = await host.read(path, limit=MAX_FILE)
        return TextFile(
            path=path,
            stat=found,
            data=data,
            given=await self.given(host, spec),
            owner=self.owner(host, spec),
            parent=await missing_parent(host, path) if found is None else None,
        )

    def plan(self, spec: SpecT, observed: TextFile | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        edit = self._outcome(spec, observed)
        if isinstance(edit, str):
            return Plan(comment=edit)
        changes: dict[str, Any] = {}
        wished = self._encoded(spec, edit.text)
        if wished != observed.data:
            shown = difference(observed.data, wished)
            changes["diff"] = shown if spec.show_changes else "<show_changes=False>"
        elif observed.stat is None:
            changes["diff"] = "New file"
        changes |= observed.owner.differences(observed.stat)
        if not changes:
            return Plan(comment=edit.settled)
        comment = edit.predicts
        if observed.parent is not None and not self.makes_folders(spec):
            comment += f"; its folder {observed.parent} does not exist"
            comment += " and makedirs is off" if "makedirs" in type(spec).model_fields else ""
        return Plan(changes, comment)

    async def apply(self, host: Host, spec: SpecT, plan: Plan) -> Applied:
        for _ in range(_TRIES):
            now = await self.observe(host, spec)
            now.owner.demand_known()
            edit = self._outcome(spec, now)
            if isinstance(edit, str):
                return Applied(comment=edit)
            if await self._write(host, spec, now, self._encoded(spec, edit.text)):
                return Applied(comment=edit.done)
        raise StateError(
            f"{spec.name} was changed by somebody else {_TRIES} times while it was edited"
        )

    async def _write(self, host: Host, spec: SpecT, now: TextFile, wished: bytes) -> bool:
        """Write what differs; False when the file is not what it was."""
        owner = now.owner
        if now.stat is None:
            folders = folder_mode(owner.mode)
            makes = self.makes_folders(spec)
            await prepare_parent(host, now.path, makedirs=makes, mode=folders, owner=owner)
            mode = _NEW_MODE if owner.mode is None else owner.mode
            await host.write(now.path, wished, mode=mode, uid=owner.uid, gid=owner.gid)
            return True
        if wished != now.data:
            if spec.backup is not None:
                await keep_copy(host, now.path, spec.backup, now.data, now.stat)
            if not await host.rewrite(now.path, wished, before=now.data):
                return False
        await owner.settle(host, now.path, now.stat)
        return True

    def _outcome(self, spec: SpecT, found: TextFile) -> Edit | str:
        """Return the edit that leaves nothing to edit, or why there is none to make."""
        if found.stat is None:
            fine = self.without(spec)
            if fine is not None:
                return fine
        elif found.stat.kind != "file":
            kind = {"other": "device, pipe or socket"}.get(found.stat.kind, found.stat.kind)
            raise StateError(f"{spec.name} is a {kind}, not a file")
        text = self._decoded(spec, found.data)
        first = last = self.edit(spec, text, found.given)
        if first.text == text:
            return first
        work = len(first.text)
        for _ in range(_MAX_ROUNDS):
            again = self.edit(spec, last.text, found.given)
            if again.text == last.text:
                return replace(first, text=last.text)
            last = again
            work += len(last.text)
            if work > _MAX_WORK:
                break
        raise StateError(
            f"{spec.name} would be changed again by each run: the edit finds what it has written",
            hint="make it so that it does not match its own result",
        )

    def _decoded(self, spec: SpecT, data: bytes) -> str:
        encoding = self.encoding(spec)
        if encoding == "utf-8":
            if b"\0" in data:
                raise StateError(f"{spec.name} is a binary file: it cannot be edited as text")
            return data.decode("utf-8", "surrogateescape")
        try:
            return data.decode(encoding)
        except UnicodeError as error:
            raise StateError(f"{spec.name} is not {encoding}: {error}") from error

    def _encoded(self, spec: SpecT, text: str) -> bytes:
        encoding = self.encoding(spec)
        try:
            return text.encode(encoding, "surrogateescape" if encoding == "utf-8" else "strict")
        except UnicodeError as error:
            raise StateError(f"{spec.name} cannot be written as {encoding}: {error}") from error


def line_end(text: str) -> str:
    """Return how the lines of a text end, judged by its first."""
    place = text.find("\n")
    return "\r\n" if place > 0 and text[place - 1] == "\r" else "\n"


def lines_of(text: str) -> list[str]:
    """Return the lines of a text with their ends; only a newline ends one."""
    lines = text.split("\n")
    last = lines.pop()
    return [f"{line}\n" for line in lines] + ([last] if last else [])
