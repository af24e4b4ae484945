"""GitSource: a repository whose branches are environments."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zester.resources.kubernetes.kind import Column, CustomKind
from zester.resources.kubernetes.markers import ListMap, Rule
from zester.resources.kubernetes.parts.fields import (
    Count,
    FolderPath,
    IntOrPercent,
    ShortName,
    Time,
)
from zester.resources.kubernetes.parts.mirrored import MirroredSpec, MirroredStatus
from zester.resources.kubernetes.parts.part import Part, StatusPart
from zester.resources.kubernetes.parts.reference import ObjectReference
from zester.resources.kubernetes.resource import CustomResource

Refname = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\s~^:\\-][^\s~^:\\]*$")]


class GitRef(Part):
    """What is checked out; nothing said: the default branch."""

    branch: Annotated[Refname | None, Field(description="Newest commit of a branch.")] = None
    tag: Annotated[Refname | None, Field(description="A tag.")] = None
    semver: Annotated[
        str | None,
        Field(min_length=1, max_length=255, description="Newest tag in a range: >=1.2 <2."),
    ] = None
    commit: Annotated[
        str | None,
        Field(
            max_length=64,
            pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$",
            description="Exactly this commit, which must be on the branch if one is given.",
        ),
    ] = None

    rules = (
        Rule(
            "[has(self.branch), has(self.tag), has(self.semver)].filter(given, given).size() <= 1",
            "give at most one of branch, tag and semver",
        ),
    )


class BranchEnvironment(Part):
    """Branches that are an environment."""

    match: Annotated[
        str, Field(min_length=1, max_length=255, description="Branches, as a glob: release/*.")
    ]
    env: Annotated[ShortName, Field(description="The environment they are.")]


class Verification(Part):
    """Only commits or tags that are signed by known keys are followed."""

    mode: Annotated[
        Literal["HEAD", "Tag", "TagAndHEAD"], Field(description="What must be signed.")
    ] = "HEAD"
    secret_ref: Annotated[ObjectReference, Field(description="A Secret with the public keys.")]


class GitSourceSpec(MirroredSpec):
    """Which repository, and what of it."""

    url: Annotated[
        str,
        Field(
            max_length=2048,
            pattern=r"^((https|ssh|file)://[^\s]+|[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^\s]+)$",
            description="https, ssh, file or the short form git@example.com:team/tree.git.",
        ),
        Rule(
            "!self.matches('^[a-z]+://[^/@]*:[^/@]*@')",
            "a password does not belong into url: use secretRef",
        ),
    ]
    ref: Annotated[GitRef | None, Field(description="What is checked out.")] = None
    path: Annotated[FolderPath, Field(description="Folder of the repository that is the tree.")] = (
        "."
    )
    environments: Annotated[
        tuple[BranchEnvironment, ...] | None,
        Field(max_length=64, description="Environments by branch, instead of ref and env."),
        ListMap("match"),
    ] = None
    secret_ref: Annotated[
        ObjectReference | None, Field(description="A Secret with what the repository asks for.")
    ] = None
    proxy_secret_ref: Annotated[
        ObjectReference | None, Field(description="A Secret with address and login of a proxy.")
    ] = None
    webhook_secret_ref: Annotated[
        ObjectReference | None, Field(description="A Secret that signs what a webhook says.")
    ] = None
    verify: Annotated[Verification | None, Field(description="Which signatures it needs.")] = None
    ignore: Annotated[
        str | None,
        Field(max_length=16384, description="Files to leave out, as in .gitignore."),
    ] = None
    recurse_submodules: Annotated[bool, Field(description="Follow submodules.")] = False
    prune: Annotated[
        bool,
        Field(description="Whether peels undo what states did that are no longer in the tree."),
    ] = True
    max_delete: Annotated[
        IntOrPercent | None,
        Field(description="How many files, or which share, may go at once without being asked."),
    ] = None


class Artifact(StatusPart):
    """What was read last."""

    revision: Annotated[str, Field(max_length=512, description="branch@sha1:commit.")]
    digest: Annotated[str | None, Field(max_length=128, description="Digest of the tree.")] = None
    size: Annotated[Count | None, Field(description="Bytes.")] = None
    file_count: Annotated[Count | None, Field(description="Files.")] = None
    last_update_time: Annotated[Time | None, Field(description="When it was read.")] = None


class GitSourceStatus(MirroredStatus):
    """What was read of the repository."""

    artifact: Annotated[Artifact | None, Field(description="What was read last.")] = None
    failure_count: Annotated[Count | None, Field(description="Tries in a row that failed.")] = None


class GitSource(CustomResource):
    """A git repository that is a tree, its branches environments."""

    kind: Literal["GitSource"] = "GitSource"
    spec: GitSourceSpec
    status: GitSourceStatus | None = None


GIT_SOURCE = CustomKind(
    GitSource,
    "gitsources",
    "zgit",
    (
        Column("URL", ".spec.url"),
        Column("Revision", ".status.artifact.revision"),
        Column("Suspended", ".spec.suspend", "boolean", wide=True),
    ),
)
