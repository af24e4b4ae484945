"""Types of fields that several kinds have."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field, WithJsonSchema

from zester.errors import InvalidKey
from zester.resources.kubernetes.markers import Rule, immutable
from zester.resources.kubernetes.structural.schema import INT_OR_STRING
from zester.resources.nodes.labels import LABELS_LIMIT, VALUE_LIMIT
from zester.resources.tree_path import check_tree_path

NAME = r"^[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$"
DURATION = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"
FUNCTION = r"^[a-z_][a-z0-9_]{0,63}\.[a-z_][a-z0-9_]{0,63}$"
PERCENT = r"^(100|[1-9]?[0-9])%$"
DIGEST = r"^[0-9a-f]{64}$"

_CHAR = r"[^/\\\x00-\x1f\x7f]"
_PLAIN = r"[^/.\\\x00-\x1f\x7f]"
_PART = f"({_PLAIN}{_CHAR}*|[.]{_PLAIN}{_CHAR}*|[.][.]{_CHAR}+)"
TREE_PATH = f"^{_PART}(/{_PART})*$"
"""A relative path without empty, ``.`` or ``..`` parts, backslashes and control characters."""

NOT_IN_PATHS = r"^/|//|/$|(^|/)[.]{1,2}(/|$)|[\\\x00-\x1f\x7f]"
"""What makes a text no such path; in rules, where the length of a pattern costs."""


def _path(text: str) -> str:
    try:
        return check_tree_path(text)
    except InvalidKey as error:
        raise ValueError(error.message) from error


Env = Annotated[
    str,
    Field(min_length=1, max_length=63, pattern=NAME, description="Environment of peels."),
    immutable("env"),
]
Duration = Annotated[str, Field(max_length=32, pattern=DURATION)]
"""As Go writes it: ``90s``, ``1h30m``."""

TreePath = Annotated[str, Field(max_length=1024, pattern=TREE_PATH), AfterValidator(_path)]
FileName = Annotated[str, AfterValidator(_path)]
"""The same as the key of a map: a schema cannot bound keys, a rule has to."""
FolderPath = Annotated[str, Field(max_length=1024, pattern=f"^[.]$|{TREE_PATH}")]
Target = Annotated[
    str,
    Field(
        min_length=1,
        max_length=1024,
        description="Which peels, in the grammar of top files: web-*, G@os_family:Debian and "
        "not label:role=db.",
    ),
]
Function = Annotated[str, Field(max_length=129, pattern=FUNCTION)]
ShortName = Annotated[str, Field(min_length=1, max_length=63, pattern=NAME)]
Manifest = Annotated[str, Field(max_length=64, pattern=DIGEST)]
Count = Annotated[int, Field(ge=0)]
Reason = Annotated[str, Field(max_length=256)]
Time = AwareDatetime
Mode = Literal["enforce", "observe"]

IntOrPercent = Annotated[
    Annotated[int, Field(ge=0)] | Annotated[str, Field(pattern=PERCENT)],
    WithJsonSchema({INT_OR_STRING: True, "minimum": 0, "maxLength": 4, "pattern": PERCENT}),
]
"""A number, or a share such as ``20%``."""

Labels = Annotated[
    dict[str, Annotated[str, Field(min_length=1, max_length=VALUE_LIMIT)]],
    Field(max_length=LABELS_LIMIT),
    Rule(
        "self.all(key, key.matches('^[A-Za-z0-9]([A-Za-z0-9_./-]{0,62}[A-Za-z0-9])?$'))",
        "labels are 1 to 64 letters, digits and . _ / -",
    ),
]

Free = dict[str, Any]
"""Whatever fields the writer likes."""
