"""How much one rendering may use."""

from __future__ import annotations

import time

from jinja2.exceptions import TemplateRuntimeError

from zester.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """``seconds`` of processor time, so that neither a busy machine nor a call that waits for a
    command ends a rendering; ``steps`` loop iterations and calls; ``text`` characters of the
    output and of any text an expression builds; ``items`` elements of a range or repeated list."""

    seconds: float = 10.0
    steps: int = 5_000_000
    text: int = 32 * 1024 * 1024
    items: int = 100_000


class LimitReached(TemplateRuntimeError):
    """A template asked for more than its limits."""


class Budget:
    """What is left of the limits during one rendering.

    There is no signal or thread behind it: the generated code reports each loop iteration, each
    call and each piece of output, and the clock is read every so many reports. Time spent inside
    one built-in operation (a pathological regular expression) is therefore not interrupted, only
    noticed afterwards; the size of what such operations build is checked beforehand.
    """

    __slots__ = ("_deadline", "_early", "_steps", "_text", "limits")
    _CLOCK_EVERY = 64

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._steps = 0
        self._text = 0
        self._deadline = time.thread_time() + limits.seconds
        self._early = time.perf_counter() + limits.seconds  # cheaper to ask, and never later

    def tick(self) -> None:
        """Count one step; raises LimitReached."""
        self._steps += 1
        if self._steps % self._CLOCK_EVERY == 0:
            self._look()

    def output(self, characters: int, pieces: int) -> None:
        """Count output, a step for each piece; raises LimitReached."""
        self._text += characters
        if self._text > self.limits.text:
            raise LimitReached(f"the output is longer than {self.limits.text} characters")
        self._steps += pieces
        self._look()

    def _look(self) -> None:
        if self._steps > self.limits.steps:
            raise LimitReached(f"the template takes more than {self.limits.steps} steps")
        if time.perf_counter() > self._early and time.thread_time() > self._deadline:
            raise LimitReached(f"the template runs longer than {self.limits.seconds:g} s")

    def text(self, characters: int) -> None:
        """Check the size of one text before or after it is built; raises LimitReached."""
        if characters > self.limits.text:
            raise LimitReached(f"a text is longer than {self.limits.text} characters")

    def items(self, count: int) -> None:
        """Check the length of a range or list before it is built; raises LimitReached."""
        if count > self.limits.items:
            raise LimitReached(f"a list or range is longer than {self.limits.items} items")
