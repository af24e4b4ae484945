"""What became of a job, for people: equal results together, trouble last."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click
import yaml

from zester.cli.console.output import ago
from zester.cli.console.problems import printable
from zester.cli.fleet.dispatch import Outcome
from zester.cli.fleet.state_result import is_state_result
from zester.cli.fleet.value_text import value_text
from zester.resources.jobs.job_return import MEANINGS, JobReturn

NAMED = 6
"""Peels of a group that are named; of more their number is told."""

_DIFFERS = frozenset(("start_time", "duration", "__run_num__"))
"""Of the result of a state: states that depend on nothing end in any order."""

FEW = 3
"""From so many peels with the same result on they are shown as a group."""


def show_outcome(outcome: Outcome, fmt: str) -> None:
    """Print a job's outcome to stdout; who is silent to stderr as well."""
    if fmt == "quiet":
        return
    if fmt == "table":
        for group in grouped(outcome.returns.values()):
            _show_group(group)
        for node in sorted(outcome.silent):
            click.echo(f"{printable(node)}:\n    no answer: {_reason(outcome, node)}")
    elif fmt == "txt":
        for node, returned in sorted(outcome.returns.items()):
            click.echo(f"{printable(node)}: {printable(_one_line(returned))}")
    elif fmt == "ids":
        for node, returned in sorted(outcome.returns.items()):
            if returned.ok:
                click.echo(printable(node))
    elif fmt == "values":
        for _, returned in sorted(outcome.returns.items()):
            click.echo(printable(body(returned)))
    else:
        _dump(document(outcome), fmt)
    _show_trouble(outcome)


def document(outcome: Outcome) -> list[dict[str, Any]]:
    """Return the outcome for machines: one entry for each peel, silent ones included."""
    found = [entry(returned) for returned in outcome.returns.values()]
    found += [
        {**_absent(node, "silent", outcome.jid), "error": _reason(outcome, node)}
        for node in outcome.silent
    ]
    found += [_absent(node, "working", outcome.jid) for node in outcome.working]
    found += [_absent(node, "later", outcome.jid) for node in outcome.later]
    found += [_absent(node, "unsent", outcome.jid) for node in outcome.unsent]
    return sorted(found, key=lambda each: str(each["peel"]))


def entry(returned: JobReturn) -> dict[str, Any]:
    """Return one peel's result for machines."""
    shown = {
        "peel": returned.node,
        "jid": returned.jid,
        "status": returned.status,
        "ok": returned.ok,
        "function": returned.function,
        "value": returned.value,
        "retcode": returned.retcode,
        "started": returned.started,
        "duration": round(returned.duration, 6),
    }
    if returned.error:
        shown["error"] = returned.error
    if returned.large is not None:
        shown["large"] = returned.large.model_dump(mode="json")
    return shown


def grouped(returns: Iterable[JobReturn]) -> list[list[JobReturn]]:
    """Return the returns, those that say the same together; large groups first, failures last."""
    groups: dict[str, list[JobReturn]] = {}
    for returned in sorted(returns, key=lambda each: each.node):
        said = (returned.status, _timeless(returned.value), returned.error, returned.retcode)
        groups.setdefault(json.dumps(said, sort_keys=True, default=str), []).append(returned)
    small = [[each] for group in groups.values() if len(group) < FEW for each in group]
    large = [group for group in groups.values() if len(group) >= FEW]
    return sorted([*large, *small], key=lambda group: (not group[0].ok, -len(group), group[0].node))


def _timeless(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a result without what differs from run to run although the same was done."""
    if not is_state_result(value):
        return value
    return {
        tag: {key: each for key, each in entry.items() if key not in _DIFFERS}
        for tag, entry in value.items()
    }


def _show_group(group: list[JobReturn]) -> None:
    names = [printable(returned.node) for returned in group]
    if len(group) == 1:
        head = names[0]
    else:
        more = len(names) - NAMED
        listed = ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
        head = f"{len(names)} peels: {listed}"
    click.echo(f"{head}:")
    for line in body(group[0]).splitlines() or [""]:
        click.echo(f"    {printable(line)}")


def body(returned: JobReturn) -> str:
    """Return a result as people read it."""
    parts = []
    nothing = returned.value is None or (returned.value == "" and not returned.ok)
    if returned.status == "done" or not nothing:
        parts.append(value_text(returned.value))
    if not returned.ok:
        code = f", exit code {returned.retcode}" if returned.retcode else ""
        error = f": {returned.error}" if returned.error else ""
        meaning = "" if code or error else f" ({MEANINGS[returned.status]})"
        parts.append(f"{returned.status}{code}{error}{meaning}")
    if returned.hint:
        parts.append(f"hint: {returned.hint}")
    if returned.large is not None:
        parts.append(
            f"({returned.large.size} bytes in all: "
            f"zester job output {returned.jid} {returned.node})"
        )
    return "\n".join(parts)


def _one_line(returned: JobReturn) -> str:
    return body(returned).replace("\n", " ⏎ ")


def _reason(outcome: Outcome, node: str) -> str:
    if node in outcome.unknown:
        return "no peel of this name is known"
    if node in outcome.stopped:
        return f"it was stopped {ago(outcome.stopped[node])}"
    if node in outcome.away:
        return "it was not there when the job was sent, and has not answered since"
    return "it was there, but has said nothing, although it was told twice"


def _absent(node: str, status: str, jid: str) -> dict[str, Any]:
    return {"peel": node, "jid": jid, "status": status, "ok": False}


def _dump(value: Any, fmt: str) -> None:  # noqa: ANN401 - any JSON value
    if fmt == "yaml":
        click.echo(yaml.safe_dump(value, sort_keys=False, allow_unicode=True), nl=False)
    else:
        indent = None if fmt == "raw" else 2
        click.echo(json.dumps(value, indent=indent, ensure_ascii=False))


def _show_trouble(outcome: Outcome) -> None:
    """Tell on stderr who was silent, who failed, who gets the job later."""
    if outcome.silent:
        click.echo(f"no answer from {_names(outcome.silent)}", err=True)
    failed = {node for node, returned in outcome.returns.items() if not returned.ok}
    if failed:
        click.echo(f"failed on {_names(failed)}", err=True)
    if outcome.working:
        click.echo(f"still at work: {_names(outcome.working)}", err=True)
    if outcome.later:
        click.echo(f"away, gets it when it is back: {_names(outcome.later)}", err=True)
    if outcome.unsent:
        click.echo(f"not sent to {_names(outcome.unsent)}", err=True)
    if outcome.exit_code == 1:
        click.echo("no peel matches", err=True)


def _names(nodes: Iterable[str]) -> str:
    names = sorted(nodes)
    more = len(names) - 20
    listed = ", ".join(map(printable, names[:20])) + (f" and {more} more" if more > 0 else "")
    return f"{len(names)}: {listed}"
