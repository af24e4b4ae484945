"""Functions, filters, tests and templates that a template names and nobody has."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from zester.compiler.checks.lint.finding import Finding, Rule, nearest
from zester.compiler.checks.lint.source import Source
from zester.compiler.checks.lint.tree import LintTree
from zester.templating.functions.table import FUNCTIONS
from zester.templating.jinja.uses import Named, Reference

FUNCTION = Rule("unknown-template-function", "error", "a template calls what nothing knows")
FILTER = Rule("unknown-filter", "error", "a filter or test that does not exist")
TEMPLATE = Rule("missing-template", "error", "an import or include of a file that is not there")

_SCHEMES = ("salt://", "zester://")


def check_templates(tree: LintTree) -> Iterator[Finding]:
    """Yield what templates name in vain."""
    custom = tree.custom("_modules") | tree.custom("modules")
    for source in tree.sources.values():
        uses = source.uses
        for named in uses.functions:
            if named.name.partition(".")[0] not in custom:
                yield from _function(tree, source, named)
        for what, names in (("filter", uses.filters), ("test", uses.tests)):
            for named in names:
                at = source.word(named.line, named.name)
                yield FILTER.at(at, f"there is no {what} {named.name!r}")
        for reference in uses.references:
            yield from _missing(tree, source, reference)


def _function(tree: LintTree, source: Source, named: Named) -> Iterator[Finding]:
    catalogue = tree.catalogue
    module, _, name = named.name.partition(".")
    known = catalogue.salt_execution.get(module, frozenset())
    if named.name in FUNCTIONS or name in known or module in catalogue.execution_elsewhere:
        return
    yield FUNCTION.at(
        source.word(named.line, named.name),
        f"there is no function {named.name!r}",
        nearest(named.name, catalogue.template_functions),
        # of a module of Salt there may be more than is known here
        severity="warning" if known and module not in catalogue.language_modules else "error",
    )


def _missing(tree: LintTree, source: Source, reference: Reference) -> Iterator[Finding]:
    path = reference.path
    if path is None or reference.optional:
        return
    for scheme in _SCHEMES:
        path = path.removeprefix(scheme)
    prefix = source.path.removesuffix(source.name)
    if path.split("/", 1)[0] in (".", ".."):
        path = posixpath.join(posixpath.dirname(source.name), path)
    path = posixpath.normpath(path)
    if prefix + path not in tree.paths and tree.roots.states + path not in tree.paths:
        yield TEMPLATE.at(
            source.word(reference.line, reference.path or path),
            f"there is no template {path!r}",
            nearest(path, tree.template_names),
        )
