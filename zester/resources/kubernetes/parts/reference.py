"""References to other objects; always in the same namespace."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from zester.resources.kubernetes.parts.part import Part

ObjectName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=253,
        pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
        description="Name of the object in the same namespace.",
    ),
]
DataKey = Annotated[
    str,
    Field(
        min_length=1, max_length=253, pattern=r"^[-._A-Za-z0-9]+$", description="Key in its data."
    ),
]


class ObjectReference(Part):
    """A whole Secret or ConfigMap."""

    name: ObjectName


class KeyReference(Part):
    """One key of a Secret or ConfigMap."""

    name: ObjectName
    key: DataKey
    optional: Annotated[bool, Field(description="Do without when it is not there.")] = False
