"""``zester lint``: what is wrong with a folder, or doubtful about it, offline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zester.cli.console.findings import exit_code, show_findings
from zester.cli.console.output import dump
from zester.cli.console.problems import report
from zester.cli.console.verb import Verb
from zester.errors import At, SettingsError, SourceError, ZesterError

if TYPE_CHECKING:
    from zester.compiler.checks.lint.finding import Finding
    from zester.targeting.node import NodeView


@click.command(cls=Verb, exits={1: "errors or warnings", 2: "could not look"})
@click.argument("tree", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "fmt",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Output format.",
)
@click.option("--rule", "rules", multiple=True, metavar="RULE", help="Only this rule; repeatable.")
@click.option(
    "--facts",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Facts of a node, as JSON or YAML: the tree must compile for it.",
)
@click.option(
    "--settings",
    type=click.Path(path_type=Path),
    metavar="FILE|DIR",
    help="Settings in place of the tree's: one file, or a root with its top file.",
)
def lint(
    tree: Path, fmt: str, rules: tuple[str, ...], facts: Path | None, settings: Path | None
) -> None:
    """Tell what is wrong with TREE or doubtful about it: a tree's folder, or a states root.

    '# noqa: rule' hides what a rule says about a line. docs/linting.md tells the rules.
    """
    try:
        findings = _lint(tree, rules, facts, settings)
    except ZesterError as error:
        report(error)
        raise SystemExit(2) from error
    except OSError as error:
        report(SettingsError(f"{error.filename}: {error.strerror}"))
        raise SystemExit(2) from error
    if fmt == "json":
        dump([asdict(finding) for finding in findings], fmt)
    else:
        show_findings(findings)
    raise SystemExit(exit_code(findings))


def _lint(
    folder: Path, rules: Sequence[str], facts: Path | None, settings: Path | None
) -> tuple[Finding, ...]:
    from zester.compiler.checks.lint.compilation import DEFAULT_FACTS
    from zester.compiler.checks.lint.lint import lint_tree
    from zester.compiler.settings.argument import settings_argument
    from zester.targeting.node import NodeView
    from zester.templating.cache.code_store import user_store
    from zester.templating.cache.library import Library
    from zester.trees.folder import FolderFiles

    _check_rules(rules)
    if not folder.is_dir():
        raise SettingsError(f"{folder} is no folder")
    node = _node(facts) if facts else None
    given = None
    if settings is not None:
        if not settings.exists():
            raise SettingsError(f"there are no settings at {settings}")
        target = node or NodeView(str(DEFAULT_FACTS["id"]), DEFAULT_FACTS)
        given = settings_argument(
            settings,
            target,
            env="base",
            library=Library(store=user_store()),
            placeholders=True,
        )
    return lint_tree(FolderFiles(folder), node=node, settings=given, rules=rules)


def _check_rules(rules: Sequence[str]) -> None:
    from zester.compiler.checks.lint.finding import nearest
    from zester.compiler.checks.lint.rules.table import RULES

    for rule in rules:
        if rule not in RULES:
            known = f"known: {', '.join(sorted(RULES))}"
            raise SettingsError(
                f"there is no rule {rule!r}", hint=nearest(rule, list(RULES)) or known
            )


def _node(path: Path) -> NodeView:
    from zester.targeting.node import NodeView
    from zester.templating.documents.document import load

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"cannot read the facts: {error}", at=At(str(path))) from error
    facts = load(text, str(path)).data
    if not isinstance(facts, Mapping):
        raise SourceError("facts are not a mapping", at=At(str(path)))
    return NodeView(str(facts.get("id", "lint")), facts)
