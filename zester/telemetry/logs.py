"""Logging: a constant event text with fields, as JSON lines for daemons, readable in terminals.

    logger.info("tree applied", extra={"revision": 7, "changed": 3})

Values may come from anywhere (file names, error texts, job arguments), so whatever could start a
new line, move a cursor or reorder text is written as an escape.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Mapping
from typing import IO, Any, Literal

from zester.errors import ZesterError

Style = Literal["json", "human"]
Redactor = Callable[[str], str]
"""Takes a text, returns it without secrets."""

LONGEST_VALUE = 8192
"""Characters of a value that are kept; an error text with a whole file in it helps nobody."""

# Surrogates cannot be encoded; the rest are control characters, line separators and bidi marks.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_NOISY = ("asyncio", "nats", "nats.aio", "urllib3")


def setup(
    level: str | int = "INFO",
    style: Style = "json",
    *,
    redactor: Redactor | None = None,
    stream: IO[str] | None = None,
) -> logging.Handler:
    """Send every log record to ``stream`` (stderr by default); replaces earlier handlers.

    ``level`` is a name in any case or a number; ValueError when there is no such level.
    """
    handler = logging.StreamHandler(stream if stream is not None else sys.stderr)
    handler.setFormatter(JsonLines(redactor) if style == "json" else HumanLines(redactor))
    root = logging.getLogger()
    root.setLevel(level.upper() if isinstance(level, str) else level)
    for old in tuple(root.handlers):
        if isinstance(old.formatter, JsonLines | HumanLines):
            root.removeHandler(old)
    root.addHandler(handler)
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    _hush_asyncio()
    return handler


def quiet() -> None:
    """Log nothing about connections: a command of a person tells its errors by itself."""
    logging.getLogger("zester.bus").setLevel(logging.ERROR)
    _hush_asyncio()


def _hush_asyncio() -> None:
    # It warns about the end of each TLS connection, which is told as such, and of nothing else.
    logging.getLogger("asyncio").setLevel(logging.ERROR)


def escape(text: str) -> str:
    """Return ``text`` with everything a terminal or a log reader could act upon escaped."""
    return _UNSAFE.sub(_escaped, text)


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, event, then the record's fields."""

    def __init__(self, redactor: Redactor | None = None) -> None:
        super().__init__()
        self._redact = _unchanged if redactor is None else redactor

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _timestamp(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _event(record, self._redact),
        }
        for name, value in _fields(record):
            key = f"_{name}" if name in line else name
            line[key] = _plain(value, self._redact)
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _plain(_error(record.exc_info[1]), self._redact)
            line["traceback"] = self._redact(self.formatException(record.exc_info))
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        return _UNSAFE.sub(_json_escaped, text)


class HumanLines(logging.Formatter):
    """``12:04:31 warning  event  key=value``; a traceback follows, indented."""

    def __init__(self, redactor: Redactor | None = None) -> None:
        super().__init__()
        self._redact = _unchanged if redactor is None else redactor

    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        parts = [f"{clock} {record.levelname.lower():8} {escape(_event(record, self._redact))}"]
        for name, value in _fields(record):
            plain = _plain(value, self._redact)
            text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
            quoted = not text or any(mark in text for mark in " \"'=")
            shown = json.dumps(text, ensure_ascii=False) if quoted else text
            parts.append(f"{escape(str(name))}={escape(shown)}")
        line = "  ".join(parts)
        if record.exc_info and record.exc_info[1] is not None:
            trace = self._redact(self.formatException(record.exc_info)).splitlines()
            line += "".join(f"\n    {escape(row)}" for row in trace)
        return line


def _event(record: logging.LogRecord, redact: Redactor) -> str:
    return redact(record.getMessage())[:LONGEST_VALUE]


def _fields(record: logging.LogRecord) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in vars(record).items() if name not in _STANDARD]


def _timestamp(created: float) -> str:
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(created))
    return f"{seconds}.{int(created % 1 * 1000):03d}Z"


def _error(error: BaseException) -> dict[str, str]:
    shown = {"type": type(error).__name__, "message": str(error)}
    if isinstance(error, ZesterError):
        shown["reason"] = error.reason
        if error.hint:
            shown["hint"] = error.hint
    return shown


def _plain(value: Any, redact: Redactor, depth: int = 4) -> Any:  # noqa: ANN401 - any field
    """Return the value as JSON takes it: bounded in depth and length, without secrets."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if depth and isinstance(value, Mapping):
        return {redact(str(key)): _plain(inner, redact, depth - 1) for key, inner in value.items()}
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner, redact, depth - 1) for inner in value]
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    text = redact(str(value))
    rest = len(text) - LONGEST_VALUE
    return text if rest <= 0 else f"{text[:LONGEST_VALUE]}… ({rest} more)"


def _unchanged(text: str) -> str:
    return text


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    short = {9: "\\t", 10: "\\n", 13: "\\r"}.get(code)
    return short or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def _json_escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
