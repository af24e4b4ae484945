"""What facts, settings and YAML hold."""

from __future__ import annotations

from typing import Any, TypeAlias

Value: TypeAlias = Any
"""Text, numbers, booleans, None, and lists and mappings of these; looked at before it is used."""
