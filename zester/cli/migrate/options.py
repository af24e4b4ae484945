"""What the migration was asked to do."""

from __future__ import annotations

from zester.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """``requisites`` converts requisites in dict form, ``reference_style`` lists to ``mlist()``."""

    rename_vars: bool = False
    reference_style: bool = False
    requisites: bool = False
