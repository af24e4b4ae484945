"""How an encrypted value is written in a settings file: ``!encrypted zsc1:<generation>:<box>``."""

from __future__ import annotations

import re

TAG = "!encrypted"
START = "zsc1:"
FORM = re.compile(r"zsc1:([1-9][0-9]{0,9}):([A-Za-z0-9_-]{64,})")
