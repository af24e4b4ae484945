"""The files of the repository that are written from the states."""

from __future__ import annotations

import json
from collections.abc import Mapping

from zester_peel.states.reference.catalogue import catalogue
from zester_peel.states.reference.schema import state_file_schema, top_file_schema
from zester_peel.states.registry import REGISTRY


def generated() -> Mapping[str, str]:
    """Return path in the repository → text."""
    files: Mapping[str, object] = {
        "zester/compiler/checks/lint/data/catalogue.json": catalogue(REGISTRY),
        "schemas/state-file.schema.json": state_file_schema(REGISTRY),
        "schemas/top-file.schema.json": top_file_schema(),
    }
    return {name: json.dumps(value, indent=1) + "\n" for name, value in files.items()}
