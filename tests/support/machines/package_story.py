"""What package managers answered to our questions, step by step, recorded to be told again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from zester.errors import PackagesBusy, StateError
from zester_peel.host.protocol import Host
from zester_peel.states.pkg.providers.dnf import Dnf
from zester_peel.states.pkg.providers.pacman import Pacman
from zester_peel.states.pkg.providers.protocol import Inventory, Options, Pick, Provider
from zester_peel.states.pkg.providers.zypper import Zypper

FOLDER = Path(__file__).parents[2] / "cases" / "pkg" / "recorded"
RECORDED = ("dnf", "zypper", "pacman")


class Said(BaseModel):
    """A command and how it ended."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    argv: tuple[str, ...]
    code: int = 0
    out: str = ""
    err: str = ""


class Step(BaseModel):
    """One question to a provider (``ask`` is its method), or a ``sh`` command before the next.

    ``files`` are those that were read for it, ``gave`` what was made of it all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ask: str
    names: tuple[str, ...] = ()
    versions: Mapping[str, str] = {}
    """Which of the names are wanted in which version; a path is a file that holds the package."""
    options: Mapping[str, Any] = {}
    flag: bool = False
    """``held``, ``purge``, or ``reinstall``."""
    files: Mapping[str, str] = {}
    said: tuple[Said, ...] = ()
    gave: Any = None


class Story(BaseModel):
    """All steps with one manager, and the versions of the tools that answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tools: Mapping[str, str]
    steps: tuple[Step, ...]


def load(name: str) -> Story:
    return Story.model_validate(yaml.safe_load((FOLDER / f"{name}.yaml").read_text()))


def store(name: str, story: Story) -> None:
    """Write a story as it was heard."""
    text = yaml.dump(
        story.model_dump(mode="json", exclude_defaults=True),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )
    (FOLDER / f"{name}.yaml").write_text(text)


def provider(name: str) -> Provider:
    """Return one that knows nothing yet, so that each step stands for itself."""
    made: Mapping[str, Provider] = {"dnf": Dnf("dnf"), "zypper": Zypper(), "pacman": Pacman()}
    return made[name]


async def ask(name: str, host: Host, step: Step) -> Any:  # noqa: ANN401 - whatever was asked for
    """Ask a provider; return what it makes of the answer, as YAML can hold it."""
    made, options = provider(name), Options(**step.options)
    try:
        match step.ask:
            case "inventory":
                return _inventory(await made.inventory(host))
            case "offered":
                found = await made.offered(host, step.names, options)
                return {key: list(value) for key, value in found.items()}
            case "upgradable":
                return dict(await made.upgradable(host, options))
            case "altered":
                return list(await made.altered(host, step.names[0]))
            case "version_in":
                return await made.version_in(host, step.names[0])
            case "refresh":
                return await made.refresh(host)
            case "install":
                picks = [_pick(step, each) for each in step.names]
                return await made.install(host, picks, options)
            case "upgrade":
                return await made.upgrade(host, step.names, options)
            case "remove":
                return await made.remove(host, step.names, purge=step.flag)
            case "hold":
                return await made.hold(host, step.names, held=step.flag)
    except (StateError, PackagesBusy) as error:
        return {type(error).__name__: str(error)}
    raise AssertionError(f"a provider has no {step.ask!r}")


def _pick(step: Step, name: str) -> Pick:
    wanted = step.versions.get(name)
    if wanted is not None and wanted.startswith("/"):
        return Pick(name, file=wanted)
    return Pick(name, wanted, reinstall=step.flag)


def _inventory(found: Inventory) -> Mapping[str, Any]:
    installed = {name: list(versions) for name, versions in sorted(found.installed.items())}
    return {"installed": installed, "held": sorted(found.held)}


class _Dumper(yaml.SafeDumper):
    """Long texts as blocks, argument lists on one line."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.Node:
    flat = all(isinstance(each, str) for each in value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=flat)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)
