"""Read by every Python that is started with this folder in its path: its clock is wrong."""

import os
import time

_wrong, _right = float(os.environ["ZESTER_TEST_CLOCK"]), time.time

time.time = lambda: _right() + _wrong
