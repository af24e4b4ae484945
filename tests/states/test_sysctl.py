"""Files that sysctl reads."""

from __future__ import annotations

import time

from zester_peel.states.sysctl import parse


def test_a_file_with_a_long_line_is_read_at_once() -> None:
    begun = time.process_time()
    found = parse(f"a{' ' * 200_000}\n-net.ipv4.ip_forward = 1\n{'=' * 200_000}\n")
    assert found.keys == {"net/ipv4/ip_forward": ((1, "1"),)}
    assert time.process_time() - begun < 2
