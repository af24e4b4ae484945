"""What objects are made of: JSON, as ``json.loads`` gives it."""

from __future__ import annotations

from typing import Any, TypeAlias

Value: TypeAlias = Any
Json: TypeAlias = dict[str, Any]
