"""From the top files of all environments to the files one node gets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from zester.compiler.assigned.top import (
    MORE,
    TOP,
    Assignment,
    TopTarget,
    observed_settings,
    sections,
    top_targets,
)
from zester.compiler.environments import BASE, Environments
from zester.compiler.options import CompileOptions
from zester.compiler.state_file import StateFile, load_state_file
from zester.errors import CompileError
from zester.targeting.matcher import match
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target

Tops = Mapping[str, list[StateFile]]
Merged = dict[str, dict[str, TopTarget]]
"""Environment → target expression → target."""


def top_files(environments: Environments, env: str | None) -> dict[str, list[StateFile]]:
    """Return each environment's top file and those it includes; raises SourceError.

    ``env`` stands for itself alone, None for all environments.
    """
    wanted = environments if env is None else [env] if env in environments else []
    return {name: list(_top_and_includes(environments, name)) for name in wanted}


def _top_and_includes(environments: Environments, env: str) -> Iterator[StateFile]:
    root, renderer = environments.root(env), environments.renderer(env)
    name = root.spelled(TOP)
    if name is not None:
        yield from _with_includes(environments, env, name)
    for more in root.below(MORE):
        yield load_state_file(renderer, more, more.rpartition(".")[0], env)


def _with_includes(environments: Environments, env: str, name: str) -> Iterator[StateFile]:
    root, renderer = environments.root(env), environments.renderer(env)
    top = load_state_file(renderer, name, TOP, env)
    yield top
    included = top.data.get("include", [])
    if not isinstance(included, list) or not all(isinstance(item, str) for item in included):
        raise top.error("include must be a list of names", "include")
    done: set[str] = set()
    for index, pattern in enumerate(included):
        for sls in root.matching(pattern):
            found = root.find(sls)
            if found is None:
                raise top.error(f"there is no top file {sls!r}", "include", index)
            if sls not in done:
                done.add(sls)
                yield load_state_file(renderer, found, sls, env)


def state_assignments(
    tops: Tops, environments: Environments, env: str | None, options: CompileOptions
) -> tuple[Assignment, ...]:
    """Return the state files top files give the node, in order; raises SourceError.

    ``order`` has no meaning here, as in Salt. Entries that name an environment which is not there
    are passed over, as in Salt; whole sections of one are an error.
    """
    merged = _MERGES[options.top_merge](tops, options)
    found: dict[str, dict[str, Assignment]] = {}
    for section, targets in merged.items():
        if env is not None and section != env:
            continue
        for target in _matching(targets.values(), environments.node):
            found.setdefault(section, {})
            for entry in target.files:
                if entry.env == section:
                    _require(environments, entry)
                if entry.env in environments:
                    _take(found.setdefault(entry.env, {}), entry, environments)
    return tuple(entry for entries in found.values() for entry in entries.values())


def settings_assignments(
    tops: Tops, environments: Environments, env: str | None
) -> tuple[Assignment, ...]:
    """Return the settings files top files give the node: by environment, then by ``order``.

    Raises SourceError.
    """
    found: dict[str, dict[str, Assignment]] = {}
    for section, targets in settings_targets(tops, env).items():
        for target in _matching(targets, environments.node):
            for entry in target.files:
                if entry.env != section:
                    raise CompileError(
                        f"settings of environment {entry.env!r} cannot be named in {section!r}",
                        at=entry.at,
                        hint=f"write them below {entry.env}: at the top of the file",
                    )
                if entry.observe:
                    raise observed_settings(entry)
                _require(environments, entry)
                _take(found.setdefault(section, {}), entry, environments)
    return tuple(entry for entries in found.values() for entry in entries.values())


def settings_targets(tops: Tops, env: str | None) -> dict[str, list[TopTarget]]:
    """Return the targets of settings top files by environment, in their order, whoever the node is.

    Raises SourceError.
    """
    merged: Merged = {}
    for files in tops.values():
        for file in files:
            _lay(merged, file, [name for name in sections(file) if env in (None, name)])
    found: dict[str, list[TopTarget]] = {}
    for section, targets in merged.items():
        found[section] = sorted(targets.values(), key=lambda target: target.order)
    return found


def _matching(targets: Iterable[TopTarget], node: NodeView) -> Iterator[TopTarget]:
    for target in targets:
        if match(parse_target(target.expression, kind=target.kind, at=target.at), node):
            yield target


def _take(into: dict[str, Assignment], entry: Assignment, environments: Environments) -> None:
    for sls in environments.root(entry.env).matching(entry.sls):
        known = into.setdefault(sls, replace(entry, sls=sls))
        if known.observe and not entry.observe:
            into[sls] = replace(known, observe=False)


def _require(environments: Environments, entry: Assignment) -> None:
    if entry.env not in environments:
        raise CompileError(
            f"there is no environment {entry.env!r} to take {entry.sls!r} from",
            at=entry.at,
            hint=f"known here: {environments.known()}",
        )


def _lay(merged: Merged, file: StateFile, names: Iterable[str]) -> None:
    for name in names:
        known = merged.setdefault(name, {})
        for target in top_targets(file, name):
            first = known.get(target.expression) if file.sls.startswith(MORE) else None
            known[target.expression] = target if first is None else _both(first, target)


def _merge(tops: Tops, options: CompileOptions) -> Merged:
    merged: Merged = {}
    for file in tops.get(BASE, ()):
        _lay(merged, file, sections(file))
    for env, files in tops.items():
        for file in files:
            if env != BASE and env in sections(file) and env not in merged:
                _lay(merged, file, [env])
    return merged


def _merge_all(tops: Tops, options: CompileOptions) -> Merged:
    merged: Merged = {}
    for files in tops.values():
        for file in files:
            for env in sections(file):
                known = merged.setdefault(env, {})
                for target in top_targets(file, env):
                    first = known.get(target.expression)
                    known[target.expression] = target if first is None else _both(first, target)
    return merged


def _both(first: TopTarget, second: TopTarget) -> TopTarget:
    """Return the first target with what the second adds; who enforces a file has the last word."""
    files: dict[tuple[str, str], Assignment] = {}
    for entry in (*first.files, *second.files):
        known = files.setdefault((entry.env, entry.sls), entry)
        if known.observe and not entry.observe:
            files[entry.env, entry.sls] = replace(known, observe=False)
    return replace(first, match=second.match or first.match, files=tuple(files.values()))


def _same(tops: Tops, options: CompileOptions) -> Merged:
    merged: Merged = {}
    for env, files in tops.items():
        own = any(file.data for file in files)
        for file in files if own else tops.get(options.default_top, ()):
            if env in sections(file):
                _lay(merged, file, [env])
    return merged


_MERGES = {"merge": _merge, "merge_all": _merge_all, "same": _same}
