"""What Python prints of an error that nobody caught, without secrets."""

from __future__ import annotations

import sys
import threading
import traceback
from types import TracebackType
from typing import TYPE_CHECKING

from zester.telemetry.logs import Redactor

if TYPE_CHECKING:
    from sys import UnraisableHookArgs
    from threading import ExceptHookArgs


def conceal_crashes(redact: Redactor) -> None:
    """Take secrets out of the tracebacks of this process; call once, before anything can fail."""

    def show(
        kind: type[BaseException], error: BaseException | None, where: TracebackType | None
    ) -> None:
        lines = traceback.format_exception(kind, error, where)
        sys.stderr.write(redact("".join(lines)))

    def of_thread(args: ExceptHookArgs) -> None:
        show(args.exc_type, args.exc_value, args.exc_traceback)

    def unraisable(args: UnraisableHookArgs) -> None:
        show(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook = show
    threading.excepthook = of_thread
    sys.unraisablehook = unraisable
