"""``log.debug`` and relatives."""

from __future__ import annotations

import logging
from collections.abc import Callable

from zester.targeting.value import Value
from zester.templating.scope import Scope

MAX_LENGTH = 8192


def at_level(level: int) -> Callable[[Scope, Value], bool]:
    """Return the function that logs a template's message at a level and answers True."""

    def log(scope: Scope, message: Value) -> bool:
        logger = logging.getLogger("zester.template")
        logger.log(level, "message of a template", extra={"text": str(message)[:MAX_LENGTH]})
        return True

    return log


critical = at_level(logging.CRITICAL)
debug = at_level(logging.DEBUG)
error = at_level(logging.ERROR)
exception = at_level(logging.ERROR)
info = at_level(logging.INFO)
warning = at_level(logging.WARNING)
