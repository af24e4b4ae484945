"""Every rule, and the function that checks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from zester.compiler.checks.lint.finding import Finding, Rule
from zester.compiler.checks.lint.rules import (
    characters,
    commands,
    duplicates,
    octals,
    secrets,
    spellings,
    syntax,
    tops,
    unused,
)
from zester.compiler.checks.lint.rules.missing import (
    functions,
    parameters,
    requisites,
    sources,
    templates,
)
from zester.compiler.checks.lint.suppression import UNUSED as UNUSED_NOQA
from zester.compiler.checks.lint.tree import LintTree

Check = Callable[[LintTree], Iterator[Finding]]

CHECKS: Mapping[Check, tuple[Rule, ...]] = {
    syntax.check_syntax: (
        syntax.SYNTAX,
        syntax.MISSING_INCLUDE,
        syntax.UNREADABLE,
        syntax.COMPILE,
    ),
    functions.check_functions: (functions.UNKNOWN, functions.UNSUPPORTED),
    parameters.check_parameters: (parameters.UNKNOWN, parameters.UNSUPPORTED),
    requisites.check_requisites: (requisites.RULE,),
    duplicates.check_duplicates: (duplicates.RULE,),
    templates.check_templates: (templates.FUNCTION, templates.FILTER, templates.TEMPLATE),
    sources.check_sources: (sources.RULE,),
    secrets.check_secrets: (secrets.SECRET, secrets.PRIVATE_KEY),
    tops.check_tops: (tops.RULE,),
    characters.check_characters: (characters.TAB, characters.CONTROL),
    octals.check_octals: (octals.RULE,),
    commands.check_commands: (commands.RULE,),
    spellings.check_spellings: (spellings.RULE,),
    unused.check_unused: (unused.FILE, unused.IMPORT, unused.MACRO),
}
"""Check → the rules whose findings it yields."""

RULES: Mapping[str, Rule] = {
    rule.id: rule for rule in (*(rule for rules in CHECKS.values() for rule in rules), UNUSED_NOQA)
}
"""Every rule by its id."""
