"""``file.tidied``: what is old or large enough is gone from a folder."""

from __future__ import annotations

import posixpath
import re
import time
from collections.abc import Iterable
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.fields import Flag, read_text, read_texts
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.host.protocol import Host, HostReader, Stat
from zester_peel.states.file.place import PathName, ancestors, resource
from zester_peel.states.file.tree.walk import Entry, walk

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgtpezy]?)(i?b)?", re.IGNORECASE)
_POWERS = "kmgtpezy"


def _read_size(value: object) -> int:
    """Read bytes: a number, or one with a unit such as 10K, 5MiB (1024) or 5MB (1000)."""
    found = _SIZE.fullmatch(read_text(value).strip())
    if found is None:
        raise ValueError(f"{value!r} is no size such as 10K")
    number, unit, kind = found.groups()
    step = 1000 if unit and kind is not None and kind.lower() == "b" else 1024
    return int(float(number) * step ** (_POWERS.index(unit.lower()) + 1 if unit else 0))


def _read_expressions(value: object) -> tuple[str, ...]:
    found = read_texts(value)
    for each in found:
        try:
            re.compile(each)
        except re.error as error:
            raise ValueError(f"{each!r} is no regular expression: {error}") from error
    return found


def _read_word(value: object) -> str:
    return read_text(value).strip().lower()


Expressions = Annotated[tuple[str, ...], BeforeValidator(_read_expressions)]
Word = BeforeValidator(_read_word)


class TidiedSpec(BaseModel):
    """Parameters of ``file.tidied``; ``age`` in days."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PathName
    age: int = Field(0, ge=0)
    size: Annotated[int, BeforeValidator(_read_size)] = 0
    matches: Expressions | None = None
    exclude: Expressions | None = None
    full_path_match: Flag = False
    rmdirs: Flag = False
    rmlinks: Flag = True
    followlinks: Flag = False
    time_comparison: Annotated[Literal["atime", "mtime", "ctime"], Word] = "atime"
    age_size_logical_operator: Annotated[Literal["or", "and"], Word] = "or"
    age_size_only: Annotated[Literal["age", "size"], Word] | None = None


@dataclass(frozen=True, slots=True)
class Untidy:
    """The folder, and what has to go from it, innermost first."""

    stat: Stat | None
    paths: tuple[str, ...]


class Tidied(State[TidiedSpec, Untidy]):
    """A folder without what is old or large enough, and has the right name."""

    function: ClassVar[str] = "file.tidied"
    spec = TidiedSpec

    def requires(self, spec: TidiedSpec) -> Iterable[str]:
        yield from ancestors(spec.name)
        yield resource(spec.name)

    def locks(self, spec: TidiedSpec) -> Iterable[str]:
        return (resource(spec.name),)

    async def observe(self, host: HostReader, spec: TidiedSpec) -> Untidy:
        found = await host.stat(spec.name, follow=True)
        if found is None or found.kind != "directory":
            return Untidy(found, ())
        chosen = _Chosen(spec)
        entries = await walk(host, spec.name, follow=spec.followlinks)
        return Untidy(found, tuple(each.path for each in reversed(entries) if each in chosen))

    def plan(self, spec: TidiedSpec, observed: Untidy | None) -> Plan:
        if observed is None or observed.stat is None or observed.stat.kind != "directory":
            raise StateError(f"{spec.name} does not exist or is not a directory.")
        if not observed.paths:
            return Plan(comment=f"Nothing to remove from directory {spec.name}")
        return Plan({"removed": list(observed.paths)}, f"{spec.name} is set for tidy")

    async def apply(self, host: Host, spec: TidiedSpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        below = None if spec.followlinks else spec.name
        for path in now.paths:
            await host.remove(path, below=below)
        return Applied(
            changes={"removed": list(now.paths)},
            comment=f"Removed {len(now.paths)} files or directories from directory {spec.name}",
        )


class _Chosen:
    """What has to go: by name, kind, age and size."""

    def __init__(self, spec: TidiedSpec) -> None:
        self._spec = spec
        self._matches = [re.compile(each) for each in spec.matches or (".*",)]
        self._exclude = [re.compile(each) for each in spec.exclude or ()]
        self._today = date.fromtimestamp(time.time())

    def __contains__(self, entry: Entry) -> bool:
        spec, stat = self._spec, entry.stat
        if stat.kind == "directory" and not spec.rmdirs:
            return False
        if stat.kind == "symlink" and not spec.rmlinks:
            return False
        return self._ripe(stat) and self._named(entry.path)

    def _named(self, path: str) -> bool:
        name = path if self._spec.full_path_match else posixpath.basename(path)
        if not any(each.match(name) for each in self._matches):
            return False
        return not any(each.match(name) for each in self._exclude)

    def _ripe(self, stat: Stat) -> bool:
        spec = self._spec
        times = {"atime": stat.accessed, "mtime": stat.modified, "ctime": stat.changed}
        days = abs(self._today - date.fromtimestamp(times[spec.time_comparison])).days
        large = (stat.size if stat.kind in ("file", "other") else 0) >= spec.size
        old = days >= spec.age
        if spec.age_size_only is not None:
            return old if spec.age_size_only == "age" else large
        return old and large if spec.age_size_logical_operator == "and" else old or large
