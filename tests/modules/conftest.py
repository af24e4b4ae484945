"""Call an execution function as a job does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from support.operators import Around
from zester.targeting.node import NodeView
from zester_peel.host.linux import LinuxHost
from zester_peel.modules.calling.binding import bind
from zester_peel.modules.calling.call import Call, RunningJob
from zester_peel.modules.calling.registry import find


class NoJobs:
    def running(self) -> tuple[RunningJob, ...]:
        return ()

    def kill(self, jid: str) -> bool:
        return False


RunFunction = Callable[..., Awaitable[Any]]


@pytest.fixture
def run_function(tmp_path: Path) -> RunFunction:
    """``await run_function("facts.get", "os")`` on a node with some facts and settings."""
    node = NodeView(
        "web-01",
        {"os": "Debian", "os_family": "Debian", "network": {"ipv4": ["10.0.0.1"]}, "empty": []},
        {"nginx": {"port": 80, "workers": 2}, "name": "x"},
    )

    async def run(name: str, *args: object, **kwargs: object) -> Any:  # noqa: ANN401 - any value
        function = find(name)
        bound = bind(name, function, args, kwargs)
        call = Call(Around(node, LinuxHost(tmp_path), NoJobs()))
        return await function(call, *bound.args, **bound.kwargs)

    return run
