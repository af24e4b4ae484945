"""What files and programs say, read as facts."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

from zester.errors import FactError

LIMIT = 64 * 1024
"""Characters a file or a program may hold or print."""

_VALUES = 5000
_DEPTH = 16
_NAME = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_ASSIGNMENT = re.compile(r"(?P<name>\w[\w.-]*)=(?P<value>.*)", re.ASCII)


def read_facts(text: str, *, yaml_only: bool = False) -> dict[str, Any]:
    """Read a map of facts: YAML (JSON is YAML too), or lines of ``name=value``.

    Raises FactError for what is neither, and for what no fact can be.
    """
    if len(text) > LIMIT:
        raise FactError(f"there are more than {LIMIT} characters")
    values = None if yaml_only else _assignments(text)
    if values is None:
        values = _parsed(text)
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise FactError("expected a map of facts")
    budget = [_VALUES]
    return {_name(name): _plain(value, budget, 1) for name, value in values.items()}


def _parsed(text: str) -> Any:  # noqa: ANN401 - whatever a file says
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError as error:
            raise FactError(f"it is not JSON: {error}") from error
        except RecursionError as error:
            raise FactError("it is nested too deep") from error
    import yaml  # late: most machines have no custom facts

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise FactError(f"it is not YAML: {' '.join(str(error).split())}") from error
    except (ValueError, RecursionError) as error:  # an impossible date, brackets without end
        raise FactError(f"it is not YAML: {error}") from error


def _assignments(text: str) -> dict[str, Any] | None:
    """Read lines of ``name=value``; None when the text is something else."""
    found: dict[str, Any] = {}
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        pair = _ASSIGNMENT.fullmatch(line)
        if pair is None:
            return None
        found[pair["name"]] = pair["value"]
    return found


def _name(name: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise FactError(f"{str(name)[:80]!r} cannot be the name of a fact")
    return name


def _plain(value: Any, budget: list[int], depth: int) -> Any:  # noqa: ANN401 - whatever a file says
    """Copy what JSON knows; a map that YAML shares is counted each time it is met."""
    budget[0] -= 1
    if budget[0] < 0 or depth > _DEPTH:
        raise FactError(f"there are more than {_VALUES} values, or they are nested too deep")
    if isinstance(value, dict):
        return {
            key if isinstance(key, str) else str(key): _plain(each, budget, depth + 1)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(each, budget, depth + 1) for each in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise FactError(f"a {type(value).__name__} cannot be a fact")
