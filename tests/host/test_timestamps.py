"""Which file systems tell two quick changes apart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zester_peel.host import timestamps


def test_where_time_stamps_are_called_fine_no_two_changes_look_alike(tmp_path: Path) -> None:
    file = tmp_path / "file"
    seen = set()
    with file.open("wb", buffering=0) as handle:
        for _ in range(1000):
            os.pwrite(handle.fileno(), b"x", 0)
            seen.add(file.stat().st_ctime_ns)

    assert len(seen) == 1000 or not timestamps.fine_grained(tmp_path.stat().st_dev)


def test_an_older_kernel_is_never_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    timestamps.fine_grained.cache_clear()
    monkeypatch.setattr(timestamps, "_kernel", lambda: (6, 12))

    assert not timestamps.fine_grained(tmp_path.stat().st_dev)
    timestamps.fine_grained.cache_clear()


def test_an_unknown_device_is_never_trusted() -> None:
    assert not timestamps.fine_grained(os.makedev(4000, 77))
