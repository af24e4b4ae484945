"""``file.serialize``: a file with data in a format."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.content import Content, Sources
from zester_peel.engine.fields import Flag, Mode, Text
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.file.content.managed_spec import Backups, Encoding, ManagedSpec
from zester_peel.states.file.content.origin import Origin
from zester_peel.states.file.data.formats import dumped, format_named, loaded
from zester_peel.states.file.managed import Managed, ManagedFile
from zester_peel.states.file.ownership import needed
from zester_peel.states.file.place import AbsolutePath, PathName, ancestors, destination, resource

_MAX_FILE = 16 * 1024 * 1024
_FILES = Managed()


def _known(name: str) -> str:
    format_named(name)
    return name.lower()


def _read_options(value: object) -> dict[str, Any]:
    """Read options: a map, or a list of maps."""
    found: dict[str, Any] = {}
    for each in value if isinstance(value, list | tuple) else [value]:
        if not isinstance(each, Mapping):
            raise ValueError("expected a map, or a list of maps")
        found.update(each)
    return found


Options = Annotated[dict[str, Any], BeforeValidator(_read_options)]


class SerializeSpec(BaseModel):
    """Parameters of ``file.serialize``.

    ``deserializer_opts`` is accepted for state files written for Salt.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PathName
    dataset: Any = None
    dataset_pillar: Text | None = Field(
        None, validation_alias=AliasChoices("dataset_pillar", "dataset_settings")
    )
    serializer: Annotated[Text, AfterValidator(_known)] = Field(
        "yaml", validation_alias=AliasChoices("serializer", "formatter")
    )
    serializer_opts: Options | None = None
    deserializer_opts: Options | None = None
    merge_if_exists: Flag = False
    encoding: Encoding | None = None
    encoding_errors: Text = "strict"
    user: Text | None = None
    group: Text | None = None
    mode: Mode | None = None
    makedirs: Flag = False
    dir_mode: Mode | None = None
    create: Flag = True
    backup: Backups = None
    check_cmd: Text | None = None
    tmp_dir: AbsolutePath | None = None
    tmp_ext: Text = ""
    show_changes: Flag = True

    _data: Any = PrivateAttr(None)

    @model_validator(mode="after")
    def _one_dataset(self) -> SerializeSpec:
        if self.dataset is not None and self.dataset_pillar is not None:
            raise ValueError("Only one of 'dataset' and 'dataset_pillar' is permitted")
        if self.dataset is None and self.dataset_pillar is None:
            raise ValueError("Neither 'dataset' nor 'dataset_pillar' was defined")
        known = format_named(self.serializer).options
        for option in self.serializer_opts or {}:
            if option not in known:
                raise ValueError(
                    f"{self.serializer} has no option {option!r}: {', '.join(sorted(known))}"
                )
        return self


@dataclass(frozen=True, slots=True)
class Serialized:
    """The file as it has to be, and what was found."""

    wish: ManagedSpec
    file: ManagedFile


class Serialize(State[SerializeSpec, Serialized]):
    """A file with this data in this format."""

    function: ClassVar[str] = "file.serialize"
    spec = SerializeSpec

    async def resolve(self, spec: SerializeSpec, sources: Sources, *, sls: str) -> SerializeSpec:
        data = spec.dataset
        if spec.dataset_pillar is not None:
            data = sources.value("settings", spec.dataset_pillar)
        resolved = spec.model_copy(update={"dataset": None})
        resolved._data = data
        return resolved

    def requires(self, spec: SerializeSpec) -> Iterable[str]:
        yield from ancestors(spec.name)
        yield from needed(spec.user, spec.group)

    def provides(self, spec: SerializeSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def locks(self, spec: SerializeSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def watches(self, spec: SerializeSpec) -> Iterable[Watch]:
        return (Watch("path", spec.name, follow=True),)

    async def observe(self, host: HostReader, spec: SerializeSpec) -> Serialized:
        data, kept = spec._data, False
        if spec.merge_if_exists:
            path = await destination(host, spec.name)
            found = await host.stat(path)
            if found is not None and found.kind == "file":
                there = await host.read(path, limit=_MAX_FILE)
                existing = loaded(spec.serializer, there, spec.serializer_opts or {})
                if existing is not None:
                    data = _merged(existing, data)
                    kept = data == existing
        wish = _wish(spec)
        if not kept:
            content = _encoded(spec, dumped(spec.serializer, data, _options(spec)))
            whole = Content(hashlib.sha256(content).hexdigest(), len(content), content)
            wish._origin = Origin(whole)
        return Serialized(wish, await _FILES.observe(host, wish))

    def plan(self, spec: SerializeSpec, observed: Serialized | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        plan = _FILES.plan(observed.wish, observed.file)
        if not plan:
            return plan
        told = plan.comment.partition(";")
        comment = f"Dataset will be serialized and stored into {spec.name}{told[1]}{told[2]}"
        return Plan(plan.changes, comment)

    async def apply(self, host: Host, spec: SerializeSpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        return await _FILES.apply(host, now.wish, plan)


def _options(spec: SerializeSpec) -> dict[str, Any]:
    given = dict(spec.serializer_opts or {})
    if spec.encoding is not None and spec.serializer == "yaml":
        given.setdefault("allow_unicode", True)
    elif spec.encoding is not None and spec.serializer == "json":
        given.setdefault("ensure_ascii", False)
    return given


def _encoded(spec: SerializeSpec, content: bytes) -> bytes:
    if spec.encoding is None or spec.serializer == "plist":
        return content
    try:
        return content.decode("utf-8", "surrogateescape").encode(
            spec.encoding, spec.encoding_errors
        )
    except UnicodeEncodeError as error:
        raise StateError(f"the dataset for {spec.name} cannot be encoded: {error}") from error


def _wish(spec: SerializeSpec) -> ManagedSpec:
    return ManagedSpec.model_construct(
        name=spec.name,
        user=spec.user,
        group=spec.group,
        mode=spec.mode,
        makedirs=spec.makedirs,
        dir_mode=spec.dir_mode,
        create=spec.create,
        backup=spec.backup,
        check_cmd=spec.check_cmd,
        tmp_dir=spec.tmp_dir,
        tmp_ext=spec.tmp_ext,
        show_changes=spec.show_changes,
    )


def _merged(old: Any, new: Any) -> Any:  # noqa: ANN401 - data of a tree
    """Lay new data over old, maps at every level."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return new
    both = {key: _merged(old[key], new[key]) for key in old if key in new}
    return {**old, **new, **both}
