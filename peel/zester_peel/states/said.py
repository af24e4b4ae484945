"""What a command said, for a message."""

from __future__ import annotations

LONGEST = 4096
"""Characters of what is told; more is left out whole.

Half of a secret would not be recognised as one: cutting is for whoever shows it, at the end.
"""


def said(text: str, otherwise: str) -> str:
    """Return a text on one line, ``otherwise`` when it is empty; too long a one is left out."""
    line = " ".join(each.strip() for each in text.splitlines() if each.strip())
    if len(line) > LONGEST:
        return f"{otherwise} (it said {len(line)} characters)"
    return line or otherwise
