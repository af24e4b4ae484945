"""Who may give which commands to whom."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zester.resources.document import Document
from zester.resources.ids import Name, Revision


class Rule(Document):
    """These functions (globs) on these peels (a target)."""

    target: Annotated[str, Field(min_length=1, max_length=64 * 1024)]
    functions: tuple[str, ...]


class Role(Document):
    """Key ``<name>`` in bucket ``roles``, signed by a publisher or a master.

    ``identities`` are names of operators (globs). Whoever no rule allows something may not do it;
    without any role every operator may do everything. A role that is ``removed`` stays as a record,
    so that taking it away cannot be mistaken for losing it.
    """

    name: Name
    revision: Revision
    identities: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    removed: bool = False
