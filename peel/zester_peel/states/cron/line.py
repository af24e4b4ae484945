"""Parts of a crontab's lines: jobs, comments, variables, and what may stand in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from zester.dataclass import dataclass
from zester_peel.engine.fields import read_text

FIELDS = ("minute", "hour", "daymonth", "month", "dayweek")
MARK = "SALT_CRON_IDENTIFIER:"
DISABLED = "#DISABLED#"
_MARKS = re.compile(r"(?:SALT_CRON_IDENTIFIER|ZESTER_CRON_ID):")
_JOB = re.compile(r"\s*(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S.*)")
_SPECIAL = re.compile(r"\s*(@[A-Za-z_]+)\s+(\S.*)")
_VARIABLE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|\"[^\"=]+\"|'[^'=]+')\s*=\s*(.*)")
_RANGE = re.compile(r"(\d{1,2}):(\d{1,2})")
_LOWEST = {"daymonth": 1, "month": 1}
_HIGHEST = {"minute": 59, "hour": 23, "month": 12, "dayweek": 6}
_DAYS = {1: 31, 3: 31, 5: 31, 7: 31, 8: 31, 10: 31, 12: 31, 4: 30, 6: 30, 9: 30, 11: 30}


def one_line(text: str) -> str:
    """Refuse what would end a line of the crontab."""
    if any(letter in text for letter in "\n\r\0"):
        raise ValueError("it has a line break or zero byte, and a crontab's line cannot")
    return text


def _read_field(value: object) -> str:
    text = read_text(value).strip().lower()
    if not text or not re.fullmatch(r"[0-9a-z*,/:~-]+", text):
        raise ValueError(f"{value!r} is not a field of a crontab")
    return text


def _read_special(value: object) -> str | None:
    if value is None or value == "":
        return None
    text = read_text(value).strip()
    if not re.fullmatch(r"@[A-Za-z_]+", text):
        raise ValueError(f"{value!r} is not a schedule such as '@daily'")
    return text


def _read_comment(value: object) -> str | None:
    if value is None:
        return None
    text = read_text(value).strip()
    if "\r" in text or "\0" in text:
        raise ValueError("it has a carriage return or zero byte")
    if _MARKS.search(text):
        raise ValueError("it has the mark that identifiers are found by")
    return "\n".join(line.lstrip("# ").rstrip() for line in text.split("\n"))


def _command(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return one_line(text).strip()


Field = Annotated[str, BeforeValidator(_read_field)]
Special = Annotated[str | None, BeforeValidator(_read_special)]
Comment = Annotated[str | None, BeforeValidator(_read_comment)]
Command = Annotated[str, BeforeValidator(read_text), AfterValidator(_command)]


@dataclass(frozen=True, slots=True)
class Job:
    """When and what: either ``special`` or the five ``fields``."""

    command: str
    fields: tuple[str, ...] = ()
    special: str | None = None
    disabled: bool = False

    def line(self) -> str:
        when = self.special or " ".join(self.fields)
        return f"{DISABLED if self.disabled else ''}{when} {self.command}"


def read_job(line: str) -> Job | None:
    """Return the job of a line, None when it is none."""
    disabled = line.startswith(DISABLED)
    text = line.removeprefix(DISABLED)
    if text.lstrip().startswith("#") or read_variable(text) is not None:
        return None
    found = _SPECIAL.fullmatch(text)
    if found is not None:
        return Job(found[2], special=found[1], disabled=disabled)
    found = _JOB.fullmatch(text)
    if found is None:
        return None
    return Job(found[6], tuple(found.groups()[:5]), disabled=disabled)


def read_variable(line: str) -> tuple[str, str] | None:
    """Return name and value of a line that sets a variable."""
    found = _VARIABLE.fullmatch(line)
    return None if found is None else (found[1].strip("\"'"), found[2].rstrip())


def read_comment(lines: Sequence[str]) -> tuple[str, str | None]:
    """Return the text of comment lines and the identifier among them."""
    texts, identifier = [], None
    for line in lines:
        text = line.lstrip("# ").rstrip()
        mark = _MARKS.search(text) if "_CRON_ID" in text else None
        if mark is not None:
            identifier = text[mark.end() :] or None
            text = text[: mark.start()].rstrip()
        texts.append(text)
    return "\n".join(texts), identifier


def write_comment(comment: str | None, identifier: str | None) -> list[str]:
    """Return the lines above a job, as Salt writes them."""
    if not comment and not identifier:
        return []
    lines = [f"# {line}".rstrip() for line in (comment or "").split("\n")]
    if identifier:
        lines[-1] += f" {MARK}{identifier}"
    return lines


def fits(wish: str, there: str) -> bool:
    """Tell whether a field is as wished; ``random`` and ``a:b`` are content with a number."""
    if wish == "random":
        return there != "*"
    borders = _RANGE.fullmatch(wish)
    if borders is None:
        return wish == there.lower()
    low, high = sorted((int(borders[1]), int(borders[2])))
    return there.isdecimal() and low <= int(there) <= high


def chosen(wishes: dict[str, str]) -> tuple[str, ...]:
    """Return the five fields with random ones chosen."""
    import random  # late: few schedules are

    found: dict[str, str] = {}
    for name in ("minute", "hour", "month", "dayweek", "daymonth"):
        wish = wishes[name]
        borders = _RANGE.fullmatch(wish)
        if borders is not None:
            low, high = sorted((int(borders[1]), int(borders[2])))
        elif wish == "random":
            month = int(found.get("month", "2")) if found.get("month", "").isdecimal() else 2
            low = _LOWEST.get(name, 0)
            high = _HIGHEST.get(name) or _DAYS.get(month, 28)
        else:
            found[name] = wish
            continue
        found[name] = str(random.randint(low, high))  # noqa: S311 - spreads load, guards nothing
    return tuple(found[name] for name in FIELDS)
