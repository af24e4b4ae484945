"""``make chart``: write what is made from the chart."""

from __future__ import annotations

from support.chart.golden import GOLDEN, listing
from support.chart.values_table import README, written

README.write_text(written(), encoding="utf-8")
GOLDEN.parent.mkdir(exist_ok=True)
GOLDEN.write_text(listing(), encoding="utf-8")
