"""Settings: pillar data, with secrets by reference."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.kubernetes.kind import Column, CustomKind
from zester.resources.kubernetes.markers import Rule, immutable
from zester.resources.kubernetes.parts.fields import Count, Free, TreePath
from zester.resources.kubernetes.parts.mirrored import MirroredSpec, MirroredStatus
from zester.resources.kubernetes.parts.part import Part
from zester.resources.kubernetes.parts.reference import KeyReference
from zester.resources.kubernetes.resource import CustomResource

Merge = Literal["smart", "recurse", "list", "overwrite"]


class ValueFrom(Part):
    """One value out of a Secret or ConfigMap; it is sealed for the peels that get it."""

    secret_key_ref: Annotated[KeyReference | None, Field(description="A key of a Secret.")] = None
    config_map_key_ref: Annotated[
        KeyReference | None, Field(description="A key of a ConfigMap.")
    ] = None
    target_path: Annotated[
        str,
        Field(
            max_length=253,
            pattern=r"^[A-Za-z0-9_-]+([.:][A-Za-z0-9_-]+)*$",
            description="Where the value goes: database.password.",
        ),
    ]

    rules = (
        Rule(
            "has(self.secretKeyRef) != has(self.configMapKeyRef)",
            "give one of secretKeyRef and configMapKeyRef",
        ),
    )


class SettingsSpec(MirroredSpec):
    """One settings file; who gets it is said by TopAssignments."""

    path: Annotated[
        TreePath,
        Field(description="Path below the folder settings of the tree: db/users.zy."),
        immutable("path"),
        Rule(
            "self.endsWith('.zy') || self.endsWith('.sls')", "settings files end with .zy or .sls"
        ),
    ]
    data: Annotated[Free | None, Field(description="The settings, as they are.")] = None
    template: Annotated[
        str | None,
        Field(max_length=256 * 1024, description="The settings, as a template of a file."),
    ] = None
    values_from: Annotated[
        tuple[ValueFrom, ...] | None,
        Field(max_length=64, description="Values out of Secrets and ConfigMaps."),
    ] = None
    merge: Annotated[
        Merge,
        Field(
            description="How this meets settings that came before it: overwrite replaces their "
            "topmost keys, list joins their lists; smart and recurse replace lists."
        ),
    ] = "smart"

    rules = (
        Rule("!(has(self.data) && has(self.template))", "give data or template, not both"),
        Rule(
            "has(self.data) || has(self.template)"
            " || (has(self.valuesFrom) && size(self.valuesFrom) > 0)",
            "give data, template or valuesFrom",
        ),
    )


class SettingsStatus(MirroredStatus):
    """What became of the settings; never a value, nor a digest of one."""

    recipients: Annotated[
        Count | None, Field(description="Peels that hold the key of these settings.")
    ] = None
    key_generation: Annotated[
        Count | None, Field(description="Generation of the key they are sealed with.")
    ] = None


class Settings(CustomResource):
    """Settings (pillar) for peels, sealed so that only those can read them that get them."""

    kind: Literal["Settings"] = "Settings"
    spec: SettingsSpec
    status: SettingsStatus | None = None


SETTINGS = CustomKind(
    Settings,
    "settings",
    "zset",
    (
        Column("Env", ".spec.env"),
        Column("Path", ".spec.path"),
        Column("Recipients", ".status.recipients", "integer"),
    ),
)
