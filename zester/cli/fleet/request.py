"""What somebody asks the fleet to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, TypeVar

import click
from pydantic import ValidationError

from zester.dataclass import dataclass
from zester.errors import SettingsError
from zester.resources.jobs.job import Job, new_job_id
from zester.targeting.expression import Expression
from zester.targeting.parser import parse_target

KINDS: tuple[tuple[str, str, str], ...] = (
    ("-E", "pcre", "The target is a regular expression of ids."),
    ("-G", "grain", "The target is fact:glob."),
    ("-P", "grain_pcre", "The target is fact:regular expression."),
    ("-I", "pillar", "The target is setting:glob."),
    ("-J", "pillar_pcre", "The target is setting:regular expression."),
    ("-L", "list", "The target is a list of ids with commas."),
    ("-S", "ipcidr", "The target is an address or network."),
    ("-R", "range", "The target is a range of ids."),
    ("-N", "nodegroup", "The target is a node group of the tree."),
    ("-C", "compound", "The target is compound; so it is without an option, too."),
)
"""Flag, kind of match (also the long flag), what it says; without one a target is compound."""


Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def kind_options(command: Decorated) -> Decorated:
    """``-E``, ``-G`` and the others, which become the parameter ``kind``."""
    for flag, kind, help in reversed(KINDS):
        long = f"--{kind.replace('_', '-')}"
        command = click.option(flag, long, "kind", flag_value=kind, help=help)(command)
    return command


@dataclass(frozen=True, slots=True)
class Options:
    """How a job is sent and waited for. Times in seconds, ``until`` in Unix seconds."""

    test: bool = False
    batch: str = ""
    subset: int | None = None
    is_async: bool = False
    timeout: float | None = None
    until: float | None = None
    failhard: bool = False
    quiet: bool = False
    show_jid: bool = False

    @property
    def durable(self) -> bool:
        return self.until is not None


@dataclass(frozen=True, slots=True)
class Request:
    """A job before it is signed, and its target as it was parsed.

    ``groups`` are the fleet's node groups, when the target names any.
    """

    job: Job
    target: Expression
    options: Options
    groups: Mapping[str, str] = field(default_factory=dict)


def make_request(
    target: str,
    kind: str,
    function: str,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    options: Options,
) -> Request:
    """Check what was typed; raises TargetError, SettingsError."""
    expression = parse_target(target, kind=kind)
    named = dict(kwargs)
    test = options.test
    if "test" in named and isinstance(named["test"], bool):
        test = named.pop("test")  # as in Salt, where it is one more argument
    try:
        job = Job(
            jid=new_job_id(),
            target=target,
            kind=kind,
            function=function,
            args=args,
            kwargs=named,
            test=test,
            timeout=options.timeout,
            durable=options.durable,
            batch=options.batch,
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise SettingsError(
            f"not a job: {place}: {first['msg']}",
            hint="functions are written as module.function, for example test.ping",
        ) from error
    return Request(job, expression, options)
