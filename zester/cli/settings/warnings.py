"""What somebody who pushes settings should know."""

from __future__ import annotations

import click

from zester.cli.console.problems import printable
from zester.compiler.checks.sealing import SealPlan, plan_sealing
from zester.compiler.checks.trusted_targets import untrusted_targets
from zester.compiler.tree_options import read_tree_options
from zester.errors import SourceError, TreeRejected
from zester.resources.files import Files


def checked_plan(files: Files) -> SealPlan:
    """Return what to seal, after telling what is doubtful about it.

    Raises TreeRejected when the tree asks for targets that can be trusted and has others.
    """
    plan = plan_sealing(files)
    doubtful = untrusted_targets(files)
    if doubtful and read_tree_options(files).require_trusted_targets:
        raise TreeRejected(doubtful, hint="zester.yaml says require_trusted_targets: true")
    for warning in (*doubtful, *plan.warnings):
        _tell(warning)
    return plan


def _tell(warning: SourceError) -> None:
    click.echo(f"warning: {printable(str(warning))}", err=True)
    if warning.hint:
        click.echo(f"  hint: {printable(warning.hint)}", err=True)
