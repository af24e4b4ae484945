"""Spellings that Salt has given up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zester.compiler.checks.lint.finding import Finding, Rule
from zester.compiler.checks.lint.tree import LintTree

RULE = Rule("deprecated-spelling", "info", "a spelling that a newer one has replaced")

FUNCTIONS: Mapping[str, str] = {
    "cmd.wait": "cmd.run with onchanges",
    "cmd.wait_script": "cmd.script with onchanges",
    "module.wait": "module.run with onchanges",
}
PARAMETERS: Mapping[tuple[str, str], str] = {
    ("file.managed", "show_diff"): "show_changes",
    ("file.recurse", "show_diff"): "show_changes",
    ("cmd.run", "user"): "runas",
    ("cmd.run", "quiet"): "output_loglevel: quiet",
    ("cmd.script", "user"): "runas",
    ("user.present", "gid_from_name"): "usergroup",
    ("git.latest", "always_fetch"): "no parameter at all",
    ("pkg.installed", "repo"): "fromrepo",
}


def check_spellings(tree: LintTree) -> Iterator[Finding]:
    """Yield old names of functions and parameters."""
    for source in tree.states.values():
        for outline in source.shapes():
            for call in (*outline.calls, *outline.extensions):
                newer = FUNCTIONS.get(call.function)
                if newer:
                    at = source.place(outline.at(call.start), call.state)
                    yield RULE.at(at, f"{call.function} is an old spelling", f"write {newer}")
                for argument in call.arguments:
                    newer = PARAMETERS.get((call.function, argument.name))
                    if newer:
                        at = source.place(outline.at(argument.start), argument.name)
                        told = f"{argument.name!r} of {call.function} is an old spelling"
                        yield RULE.at(at, told, f"write {newer}")
