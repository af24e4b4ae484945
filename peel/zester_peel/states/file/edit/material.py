"""Texts that edits take from sources."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, PrivateAttr, model_validator

from zester.errors import StateError
from zester_peel.engine.content import Sources
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import HostReader
from zester_peel.states.file.body import Body, body_from, decoded, renderer, small
from zester_peel.states.file.edit.text_state import MAX_FILE, TextSpec, TextState
from zester_peel.states.file.place import resource
from zester_peel.states.file.source import (
    local_sources,
    read_sha256,
    read_sources,
    read_template,
)


def _read_hashes(value: object) -> tuple[str, ...]:
    return tuple(map(read_sha256, value if isinstance(value, list | tuple) else [value]))


class SourceSpec(TextSpec):
    """Parameters about sources: of ``source`` the first that exists, of ``sources`` every one."""

    source: Annotated[tuple[str, ...], BeforeValidator(read_sources)] | None = None
    source_hash: Annotated[str, BeforeValidator(read_sha256)] | None = None
    sources: Annotated[tuple[str, ...], BeforeValidator(read_sources)] | None = None
    source_hashes: Annotated[tuple[str, ...], BeforeValidator(_read_hashes)] | None = None
    template: Annotated[Literal["jinja"] | None, BeforeValidator(read_template)] = "jinja"
    context: dict[str, Any] | None = None
    defaults: dict[str, Any] | None = None

    _bodies: tuple[Body, ...] = PrivateAttr(())

    @model_validator(mode="after")
    def _one_of_each(self) -> SourceSpec:
        if self.source and self.sources:
            raise ValueError("source and sources are mutually exclusive")
        if self.source_hash and self.source_hashes:
            raise ValueError("source_hash and source_hashes are mutually exclusive")
        return self

    @property
    def origins(self) -> tuple[tuple[tuple[str, ...], str | None], ...]:
        """The candidates for each text, and what it must hash to."""
        if self.source:
            return ((self.source, self.source_hash),)
        hashes = self.source_hashes or ()
        return tuple(
            ((url,), hashes[place] if place < len(hashes) else None)
            for place, url in enumerate(self.sources or ())
        )


SpecT = TypeVar("SpecT", bound=SourceSpec)


class SourcedState(TextState[SpecT]):
    """A text state that takes texts from the tree or the machine."""

    async def resolve(self, spec: SpecT, sources: Sources, *, sls: str) -> SpecT:
        if not spec.origins:
            return spec
        render = None
        if spec.template is not None:
            render = renderer(sources, sls, {**(spec.defaults or {}), **(spec.context or {})})
        resolved = spec.model_copy(update={"context": None, "defaults": None})
        resolved._bodies = tuple(
            [await body_from(urls, sources, render, sha256) for urls, sha256 in spec.origins]
        )
        return resolved

    def requires(self, spec: SpecT) -> Iterable[str]:
        yield from super().requires(spec)
        for path in _paths(spec):
            yield resource(path)

    def watches(self, spec: SpecT) -> Iterable[Watch]:
        yield from super().watches(spec)
        for path in _paths(spec):
            yield Watch("path", path, follow=True)

    async def given(self, host: HostReader, spec: SpecT) -> tuple[str, ...]:
        texts = []
        for body in spec._bodies:
            content = await body.now(host)
            data = small(content, MAX_FILE)
            if data is None:
                raise StateError(f"a source for {spec.name} is too large: {content.size} bytes")
            texts.append(decoded(data, spec.name))
        return tuple(texts)


def _paths(spec: SourceSpec) -> Iterable[str]:
    """Yield the sources on the machine itself."""
    for urls, _ in spec.origins:
        yield from local_sources(urls)
