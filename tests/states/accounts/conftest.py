"""Account files below a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.machines.account_host import GROUP, SHADOW, USERS, RecordingHost


@pytest.fixture
def host(root: Path) -> RecordingHost:
    (root / "etc").mkdir()
    for name, text in (("passwd", USERS), ("group", GROUP), ("shadow", SHADOW)):
        (root / "etc" / name).write_text(text)
    (root / "etc" / "login.defs").write_text("# x\nUSERGROUPS_ENAB yes\nHOME_MODE\t0700\n")
    (root / "home" / "ann").mkdir(parents=True)
    return RecordingHost(root)
