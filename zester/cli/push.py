"""``zester push``: a folder becomes the desired state."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from zester.bus.fleet import read_fleet
from zester.bus.link.connection import Bus
from zester.cli.console.context import (
    LOOK,
    Context,
    author,
    env_option,
    source_option,
    trust_option,
    with_bus,
)
from zester.cli.console.output import dump, output_option
from zester.cli.console.problems import printable
from zester.cli.console.verb import FLEET, Verb
from zester.cli.settings.warnings import checked_plan
from zester.cli.wait import wait_option, wait_timeout_option, watch_convergence
from zester.compiler.assigned.top import has_top
from zester.compiler.checks.tree import check_tree
from zester.errors import At, SourceError, TreeRejected
from zester.trees.build import build_tree
from zester.trees.diff import TreeDiff, diff_trees
from zester.trees.fetch import manifest_from_bus
from zester.trees.heads import SANE_REVISION, Heads
from zester.trees.publish import Authority, Destination, Published, publish_tree
from zester.trees.sealed.pushing import seal_for_comparison, seal_tree
from zester.trees.tree import LocalTree
from zester.trust.tiers import Tier
from zester.trust.verifier import Verifier


@click.command(cls=Verb, exits=FLEET)
@click.argument("folder", type=click.Path(path_type=Path))
@env_option
@source_option
@click.option("-m", "--message", default="", help="Why; kept in the history.")
@click.option(
    "--priority",
    type=click.IntRange(0, 1000),
    help="Which source wins a path that two have. Default: as before, else 50.",
)
@wait_option
@wait_timeout_option
@click.option(
    "--verify",
    is_flag=True,
    help="Read what the server has of the tree, and replace what is damaged.",
)
@click.option("--dry-run", is_flag=True, help="Check and compare only; nothing is stored.")
@output_option
@trust_option
def push(
    folder: Path,
    env: str,
    source: str,
    message: str,
    priority: int | None,
    wait: bool,
    timeout: float,
    verify: bool,
    dry_run: bool,
    fmt: str,
    context: Context,
) -> None:
    """Push FOLDER as the desired state of an environment.

    A tree with any problem is refused whole, with every problem named. What .zesterignore names
    stays out.
    """
    tree = build_tree(folder)
    problems = [*tree.problems, *(check_tree(tree) if not tree.problems else ())]
    if problems:
        raise TreeRejected(problems, hint="nothing was moved; mend the files and push again")
    plan = checked_plan(tree)
    to = Destination(env, source, author(), message, priority)

    async def work(bus: Bus) -> int:
        verifier = await context.verifier(bus)
        if not has_top(tree) and not await _others(bus, to, verifier):
            raise TreeRejected(
                [SourceError("the tree has no top file", at=At("states/top.zy"))],
                hint=f"{folder} should hold states/top.zy (or top.sls); nothing was moved",
            )
        if dry_run:
            by = context.authority(verifier) if context.signs else None
            compared = await seal_for_comparison(bus, tree, to, by, plan.refs) if by else tree
            _show_plan(await _compare(bus, compared, to, verifier), fmt)
            return 0
        by = context.authority(verifier)
        sealed = await seal_tree(bus, tree, to, by, plan.refs)
        published = await _publish(bus, sealed, to, by, verify=verify)
        _show(published, to, fmt)
        if not wait:
            return 0
        return await watch_convergence(bus, env, source, published.head.revision, timeout)

    raise SystemExit(with_bus(context, work, LOOK if dry_run else (Tier.PUBLISHER,)))


async def _others(bus: Bus, to: Destination, verifier: Verifier) -> bool:
    """Whether other sources feed the environment: one of them may have the top file."""
    good, bad = await Heads(bus, verifier).of_env(to.env)
    return bool((good.keys() | bad.keys()) - {to.source})


async def _compare(bus: Bus, tree: LocalTree, to: Destination, verifier: Verifier) -> TreeDiff:
    head = (await Heads(bus, verifier).look(to.env, to.source)).head
    before = (await manifest_from_bus(bus, head)).files if head else {}
    return diff_trees(before, tree.manifest.files)


async def _publish(
    bus: Bus, tree: LocalTree, to: Destination, by: Authority, *, verify: bool
) -> Published:
    """Publish with a progress bar on a terminal."""
    floor = 0
    if (await Heads(bus, by.verifier).look(to.env, to.source)).head is None:
        # A server that lost its data must not make the revisions start anew: peels refuse those.
        fleet = await read_fleet(bus, to.env)
        seen = [view.status.observed.get(to.source, 0) for view in fleet.values() if view.status]
        # One peel alone must not be able to use up the numbers that are left.
        floor = max((revision for revision in seen if revision <= SANE_REVISION), default=0)
    if not sys.stderr.isatty():
        return await publish_tree(bus, tree, to, by, floor=floor, verify=verify)
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("uploading", total=None)

        def progress(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total)

        return await publish_tree(bus, tree, to, by, progress=progress, floor=floor, verify=verify)


def _show(published: Published, to: Destination, fmt: str) -> None:
    head, diff = published.head, published.diff
    if fmt != "table":
        dump(
            {
                "env": to.env,
                "source": to.source,
                "revision": head.revision,
                "manifest": head.manifest,
                "moved": published.moved,
                "added": diff.added,
                "removed": diff.removed,
                "modified": diff.modified,
                "uploaded_blobs": published.uploaded_blobs,
                "uploaded_bytes": published.uploaded_bytes,
                "replaced_blobs": published.replaced_blobs,
            },
            fmt,
        )
        return
    if published.replaced_blobs:
        click.echo(f"{published.replaced_blobs} damaged blobs were replaced")
    if not published.moved:
        click.echo(f"{to.env}/{to.source} revision {head.revision} (unchanged)")
        return
    click.echo(
        f"{to.env}/{to.source} revision {head.revision} "
        f"({len(diff.added)} added, {len(diff.modified)} modified, {len(diff.removed)} removed; "
        f"{published.uploaded_blobs} blobs, {published.uploaded_bytes} bytes uploaded)"
    )


def _show_plan(diff: TreeDiff, fmt: str) -> None:
    if fmt != "table":
        dump({"added": diff.added, "removed": diff.removed, "modified": diff.modified}, fmt)
        return
    for mark, paths in (("A", diff.added), ("D", diff.removed), ("M", diff.modified)):
        for path in paths:
            click.echo(f"{mark} {printable(path)}")
    if not diff:
        click.echo("no differences")
