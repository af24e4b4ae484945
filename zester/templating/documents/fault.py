"""What is wrong with a text that should be data."""

from __future__ import annotations

from yaml import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from zester.errors import At, YamlError
from zester.templating.excerpt import excerpt


class Fault(Exception):
    """What is wrong with a text, and at which character offset; ``first`` is a second place."""

    def __init__(self, message: str, offset: int, *, first: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.first = first


def fault_error(fault: Fault, text: str, file: str) -> YamlError:
    """Return the error for a fault in a text that stands in a file as it is."""
    line = text.count("\n", 0, fault.offset) + 1
    column = fault.offset - (text.rfind("\n", 0, fault.offset) + 1) + 1
    message = fault.message
    if fault.first is not None:
        message += f", first on line {text.count(chr(10), 0, fault.first) + 1}"
    at = At(file, line, column)
    return YamlError(message, at=at, excerpt=excerpt(text, line, column))


def yaml_fault(error: YAMLError) -> Fault:
    """Return what the YAML library found, as a fault."""
    if isinstance(error, MarkedYAMLError):
        mark = error.context_mark if error.problem_mark is None else error.problem_mark
        message = ", ".join(part for part in (error.problem, error.context) if part)
        return Fault(message or "not YAML", mark.index if mark is not None else 0)
    if isinstance(error, ReaderError):
        offset = error.position if isinstance(error.position, int) else 0
        return Fault(f"{error.reason}: character {error.character!r}", offset)
    return Fault(str(error), 0)
