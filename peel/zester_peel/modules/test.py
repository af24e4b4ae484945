"""``test.…``: is it there, does it hear what is said, does it fail as it should?"""

from __future__ import annotations

import anyio

from zester import __version__
from zester.errors import StateError
from zester.targeting.value import Value
from zester_peel.modules.calling.call import Answer, Call

LONGEST_FIB = 10_000


async def ping(call: Call) -> bool:
    """Answer ``True``: the peel is there and obeys."""
    return True


async def true_(call: Call) -> bool:
    """Answer ``True``."""
    return True


async def false_(call: Call) -> bool:
    """Answer ``False``, which is no failure."""
    return False


async def echo(call: Call, text: Value) -> Value:
    """Answer what was said."""
    return text


async def version(call: Call) -> str:
    """Answer the version of the peel."""
    return __version__


async def sleep(call: Call, length: float) -> bool:
    """Wait so many seconds, then answer ``True``."""
    await anyio.sleep(max(0.0, length))
    return True


async def arg(call: Call, *args: Value, **kwargs: Value) -> dict[str, Value]:
    """Answer the arguments as they arrived."""
    return {"args": list(args), "kwargs": kwargs}


async def kwarg(call: Call, **kwargs: Value) -> dict[str, Value]:
    """Answer the named arguments as they arrived."""
    return kwargs


async def arg_type(call: Call, *args: Value, **kwargs: Value) -> dict[str, Value]:
    """Answer which types the arguments have."""
    return {
        "args": [type(value).__name__ for value in args],
        "kwargs": {key: type(value).__name__ for key, value in kwargs.items()},
    }


async def outputter(call: Call, data: Value) -> Value:
    """Answer what was said."""
    return data


async def fib(call: Call, num: int) -> int:
    """Answer the largest number of Fibonacci's below ``num`` steps."""
    if not 0 <= num <= LONGEST_FIB:
        raise StateError(f"test.fib takes 0 to {LONGEST_FIB}, not {num}")
    before, now = 0, 1
    for _ in range(num):
        before, now = now, before + now
    return before


async def fail(call: Call, message: str = "as asked") -> Answer:
    """Fail, with a value."""
    return Answer(message, ok=False, retcode=1)


async def exception(call: Call, message: str = "test exception") -> None:
    """Fail with an error."""
    raise StateError(message)
