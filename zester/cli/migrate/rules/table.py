"""The rules, in the order they are applied."""

from __future__ import annotations

from collections.abc import Callable

from zester.cli.migrate.change import Change, Site
from zester.cli.migrate.options import Options
from zester.cli.migrate.page import Page
from zester.cli.migrate.rules.calls import rewrite_calls
from zester.cli.migrate.rules.functions import note_functions
from zester.cli.migrate.rules.lists import mutable_lists
from zester.cli.migrate.rules.modes import quote_modes
from zester.cli.migrate.rules.places import note_places
from zester.cli.migrate.rules.references import follow_renames
from zester.cli.migrate.rules.renderers import note_renderers
from zester.cli.migrate.rules.requisites import string_requisites
from zester.cli.migrate.rules.secrets import note_secrets
from zester.cli.migrate.rules.variables import rename_variables
from zester.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """``apply`` makes one kind of change; ``wanted`` tells whether it was asked for."""

    name: str
    apply: Callable[[Page, Site], Change]
    wanted: Callable[[Options], bool] = lambda options: True


RULES = (
    Rule("renderers", note_renderers),
    Rule("secrets", note_secrets),
    Rule("places", note_places),
    Rule("functions", note_functions),
    Rule("modes", quote_modes),
    Rule("requisites", string_requisites),
    Rule("references", follow_renames),
    Rule("lists", mutable_lists, lambda options: options.reference_style),
    Rule("variables", rename_variables, lambda options: options.rename_vars),
    Rule("calls", rewrite_calls),
)
