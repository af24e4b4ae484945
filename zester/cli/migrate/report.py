"""What the migration says: to people or as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from zester.cli.console.problems import printable
from zester.cli.migrate.diff import shown, unified_diff
from zester.cli.migrate.finding import Finding
from zester.cli.migrate.master_config import Advice
from zester.cli.migrate.plan import FilePlan, Plan
from zester.cli.migrate.verification import Verified
from zester.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Report:
    """The whole result; ``verified`` by folder, ``written`` False for a dry run."""

    plan: Plan
    advice: Sequence[Advice]
    verified: Mapping[Path, Verified]
    written: bool

    @property
    def exit_code(self) -> int:
        """0 clean, 1 with warnings, 2 with errors."""
        severities = {finding.severity for finding in self.plan.findings}
        if "error" in severities or self.differs:
            return 2
        return int("warning" in severities)

    @property
    def differs(self) -> bool:
        return any(verified.differences for verified in self.verified.values())


def as_data(report: Report, *, diff: bool) -> dict[str, Any]:
    """Return the report as JSON."""
    return {
        "files": [_file_data(file, diff) for file in report.plan.files],
        "master_config": [asdict(advice) for advice in report.advice],
        "verified": {str(folder): asdict(found) for folder, found in report.verified.items()},
        "written": report.written,
        "exit_code": report.exit_code,
    }


def _file_data(file: FilePlan, diff: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "root": str(file.entry.root),
        "path": file.entry.path,
        "new_path": file.new_path,
        "changed": file.changed,
        "rewritten": dict(file.counts),
        "findings": [asdict(finding) for finding in file.findings],
    }
    if diff:
        data["diff"] = unified_diff(file)
    return data


def print_report(report: Report, *, diff: bool) -> None:
    """Print the report; diffs and what is to be done to stdout."""
    for file in report.plan.files:
        if file.changed or file.findings:
            _print_file(file)
        if diff:
            text = unified_diff(file)
            if text:
                click.echo(printable(text.replace("\r\n", "\n")), nl=False)
    for advice in report.advice:
        click.echo(printable(f"{advice.setting}: {advice.value}\n  → {advice.write}"))
    for folder, found in report.verified.items():
        _print_verified(folder, found)
    _print_summary(report)


def _print_file(file: FilePlan) -> None:
    path = shown(file.entry.path)
    name = f"{path} → {shown(file.new_path)}" if file.renamed else path
    counts = ", ".join(f"{rule} {count}" for rule, count in file.counts.items())
    if file.link is not None:
        counts = f"link to {shown(file.link)}"
    click.echo(f"{name}: {counts}" if counts else name)
    for finding in file.findings:
        _print_finding(path, finding)


def _print_finding(path: str, finding: Finding) -> None:
    place = path if finding.line is None else f"{path}:{finding.line}"
    click.echo(printable(f"  {finding.severity}: {place}: {finding.message}"))
    if finding.hint:
        click.echo(printable(f"    hint: {finding.hint}"))


def _print_verified(folder: Path, found: Verified) -> None:
    for difference in found.differences:
        click.echo(printable(f"error: {difference.name} would not say the same any more"))
        click.echo(printable(f"  before: {difference.before}\n  after:  {difference.after}"))
    failing = f", {found.failing} fail as before" if found.failing else ""
    differ = f", {len(found.differences)} differ" if found.differences else ""
    click.echo(f"verified {shown(str(folder))}: {found.same} compile alike{failing}{differ}")


def _print_summary(report: Report) -> None:
    changed = sum(file.changed for file in report.plan.files)
    counts = {"error": 0, "warning": 0, "note": 0}
    for finding in report.plan.findings:
        counts[finding.severity] += 1
    total = len(report.plan.files)
    parts = [f"{total} file{'s' if total != 1 else ''}", f"{changed} to change"]
    if report.written:
        parts[1] = f"{changed} changed"
    parts += [
        f"{count} {name}{'s' if count > 1 else ''}" for name, count in counts.items() if count
    ]
    click.echo(", ".join(parts))
    if changed and not report.written:
        blocked = report.plan.blocked or report.differs
        click.echo("nothing was written" + ("" if blocked else "; --write does it"))
