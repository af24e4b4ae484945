"""A value of a function, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zester.cli.fleet.state_result import is_state_result, state_lines


def value_text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a value as people read it: text as it is, results of states in short, else YAML."""
    if isinstance(value, str):
        return value
    if is_state_result(value):
        return "\n".join(state_lines(value))
    if isinstance(value, Mapping | list) and value:
        return _yaml(value)
    return str(value)


def _yaml(value: Any) -> str:  # noqa: ANN401 - any JSON value
    import yaml  # late: most answers are a word

    class Dumper(yaml.SafeDumper):
        """Writes text of several lines as lines."""

    def as_lines(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        style = "|" if "\n" in text.rstrip("\n") else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, as_lines)
    text: str = yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=200)
    return text.rstrip("\n")
