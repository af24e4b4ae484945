"""StateTree: files for peels, inline or from ConfigMaps."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.kubernetes.kind import Column, CustomKind
from zester.resources.kubernetes.markers import Rule
from zester.resources.kubernetes.parts.counts import Counts
from zester.resources.kubernetes.parts.fields import (
    NOT_IN_PATHS,
    Count,
    FileName,
    IntOrPercent,
    Mode,
    TreePath,
)
from zester.resources.kubernetes.parts.mirrored import MirroredSpec, MirroredStatus
from zester.resources.kubernetes.parts.part import Part
from zester.resources.kubernetes.parts.reference import ObjectReference
from zester.resources.kubernetes.resource import CustomResource

FILES_LIMIT = 256
FILE_SIZE = 256 * 1024


class FilesFrom(Part):
    """Every key of a ConfigMap as a file."""

    config_map_ref: Annotated[ObjectReference, Field(description="The ConfigMap.")]
    prefix: Annotated[
        TreePath | None, Field(description="Folder of the tree in which the files are put.")
    ] = None
    optional: Annotated[bool, Field(description="Do without when it is not there.")] = False


class StateTreeSpec(MirroredSpec):
    """Which files, for which environment."""

    mode: Annotated[Mode, Field(description="observe: what differs is told and left alone.")] = (
        "enforce"
    )
    prune: Annotated[
        bool,
        Field(
            description="Whether files, folders and links that states of this tree made are "
            "removed once no state declares them any more; what was there before them stays."
        ),
    ] = True
    files: Annotated[
        dict[FileName, Annotated[str, Field(max_length=FILE_SIZE)]] | None,
        Field(
            max_length=FILES_LIMIT,
            description="Path in the tree to text, such as states/web/init.zy. Trees above 1 MiB "
            "belong into git.",
        ),
        Rule(
            "self.all(path, size(path) > 0 && size(path) <= 1024"
            f" && !path.matches(r'{NOT_IN_PATHS}'))",
            "paths are relative, without empty, '.' or '..' parts, backslashes and control "
            "characters",
        ),
    ] = None
    files_from: Annotated[
        tuple[FilesFrom, ...] | None,
        Field(max_length=32, description="ConfigMaps whose keys are files."),
    ] = None
    max_delete: Annotated[
        IntOrPercent | None,
        Field(description="How many files, or which share, may go at once without being asked."),
    ] = None

    rules = (Rule("has(self.files) || has(self.filesFrom)", "give files, filesFrom or both"),)


class StateTreeStatus(MirroredStatus, Counts):
    """What became of the files, and how the peels are."""

    file_count: Annotated[Count | None, Field(description="Files that were published.")] = None


class StateTree(CustomResource):
    """Files for the peels of an environment: states, templates, reactor rules, modules."""

    kind: Literal["StateTree"] = "StateTree"
    spec: StateTreeSpec
    status: StateTreeStatus | None = None


STATE_TREE = CustomKind(
    StateTree,
    "statetrees",
    "zst",
    (
        Column("Env", ".spec.env"),
        Column("Files", ".status.fileCount", "integer"),
        Column("Revision", ".status.publishedRevision", "integer"),
        Column("Peels", ".status.matchedPeels", "integer", wide=True),
        Column("Suspended", ".spec.suspend", "boolean", wide=True),
    ),
)
