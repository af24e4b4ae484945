"""``slsutil.merge``, ``slsutil.serialize``, ``slsutil.renderer`` and relatives."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Mapping

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.documents.document import load
from zester.templating.functions.data import serializers
from zester.templating.merging import faithful_copy, in_order, plain_copy
from zester.templating.merging import update as laid_over
from zester.templating.scope import Scope

_TITLE = "THIS FILE IS MANAGED BY SALT - DO NOT EDIT"
_TEXT = (
    "The contents of this file are managed by Salt. Any changes to this file may be overwritten"
    " automatically and without warning."
)
_MAX_WIDTH = 1000


def update(
    scope: Scope, dest: Value, upd: Value, recursive_update: bool = True, merge_lists: bool = False
) -> Value:
    """Lay ``upd`` over ``dest``, which is changed."""
    return laid_over(dest, upd, recursive=recursive_update, merge_lists=merge_lists)


def merge(
    scope: Scope,
    obj_a: Value,
    obj_b: Value,
    strategy: str = "smart",
    renderer: str = "yaml",
    merge_lists: bool = False,
) -> Value:
    """Return ``obj_b`` over ``obj_a``: ``recurse`` (and ``smart``), ``overwrite``, ``list``."""
    if strategy == "list":
        return {key: [item, obj_b[key]] if key in obj_b else item for key, item in obj_a.items()}
    if strategy == "aggregate":
        return _aggregate(obj_a, obj_b)
    if strategy == "overwrite":
        for key in obj_b:
            if key in obj_a:
                obj_a[key] = obj_b[key]
    if strategy == "none":
        merge_lists = False
    return laid_over(faithful_copy(obj_a), obj_b, merge_lists=merge_lists)


def merge_all(
    scope: Scope,
    lst: Iterable[Value],
    strategy: str = "smart",
    renderer: str = "yaml",
    merge_lists: bool = False,
) -> Value:
    """Merge a list of mappings, the last one on top."""
    result: Value = {}
    for item in lst:
        result = merge(scope, result, item, strategy, renderer, merge_lists)
    return result


def serialize(scope: Scope, serializer: str, obj: Value, **options: Value) -> Value:
    """Return a value as text of a format."""
    return _format(serializer, serializers.SERIALIZE)(obj, **_known(options))


def deserialize(scope: Scope, serializer: str, stream_or_string: Value, **options: Value) -> Value:
    """Return the value a text of a format stands for."""
    return _format(serializer, serializers.DESERIALIZE)(str(stream_or_string), **_known(options))


def renderer(
    scope: Scope,
    path: str | None = None,
    string: str | None = None,
    default_renderer: str = "jinja|yaml",
    **variables: Value,
) -> Value:
    """Render a file of the tree or a text and return what it holds.

    A first line ``#!jinja|yaml`` names the renderers. Raises RenderError, YamlError.
    """
    if bool(path) == bool(string):
        raise RenderError("slsutil.renderer needs either a path or a string")
    name = "<string>"
    text = string
    if path:
        name = _name(path)
        text = scope.place.text(name)
        if text is None:
            raise RenderError(f"there is no file {path!r}")
    text = str(text)
    steps = default_renderer
    if text.startswith("#!"):
        first, _, text = text.partition("\n")
        steps = first[2:].strip() or default_renderer
    return _run(scope, steps, text, name, variables)


def boolstr(scope: Scope, value: Value, true: Value = "true", false: Value = "false") -> Value:
    """Return one of two words."""
    return true if value else false


def banner(
    scope: Scope,
    width: int = 72,
    commentchar: str = "#",
    borderchar: str = "#",
    blockstart: str | None = None,
    blockend: str | None = None,
    title: str | None = None,
    text: str | None = None,
    newline: bool = False,
) -> str:
    """Return a comment block that says who manages a file."""
    left, right = commentchar.rstrip(), commentchar.strip()
    inner = width - len(left) - len(right) - 2
    if not 0 < inner <= _MAX_WIDTH:
        raise ValueError(f"slsutil.banner: a width of {width} does not fit")
    border = commentchar + borderchar[:1] * (width - len(left) - len(right)) + right
    space = commentchar + " " * (width - len(commentchar) * 2) + commentchar
    titles = textwrap.wrap(_TITLE if title is None else title, inner)
    texts = textwrap.wrap(_TEXT if text is None else text, inner)
    lines = [
        *([] if blockstart is None else [blockstart]),
        border,
        space,
        *(f"{left} {line.center(inner)} {right}" for line in titles),
        space,
        *(f"{left} {line.ljust(inner)} {right}" for line in texts),
        border,
        *([] if blockend is None else [blockend]),
    ]
    return "\n".join(lines) + ("\n" if newline else "")


def _aggregate(under: Value, over: Value) -> Value:
    """Mappings recurse one level, lists join, single values become lists."""
    if isinstance(under, Mapping) and isinstance(over, Mapping):
        return {**plain_copy(under), **plain_copy(over)}
    if isinstance(under, list) or isinstance(over, list):
        return [
            *(under if isinstance(under, list) else [under]),
            *(over if isinstance(over, list) else [over]),
        ]
    return over


def _format(name: str, table: Mapping[str, Callable[..., Value]]) -> Callable[..., Value]:
    function = table.get(name)
    if function is None:
        known = ", ".join(sorted(table))
        raise RenderError(f"there is no serializer {name!r} here", hint=f"there are {known}")
    return function


def _known(options: Mapping[str, Value]) -> dict[str, Value]:
    return {key: value for key, value in options.items() if not key.startswith("__")}


def _name(path: str) -> str:
    for scheme in ("salt://", "zester://"):
        path = path.removeprefix(scheme)
    return path.partition("?")[0]


def _run(scope: Scope, steps: str, text: str, name: str, variables: Mapping[str, Value]) -> Value:
    data: Value = text
    for step in steps.split("|"):
        words = step.split()
        kind = words[0] if words else ""
        if not isinstance(data, str):
            raise RenderError(f"renderer {kind!r} cannot follow one that gives data")
        if kind == "jinja":
            data = scope.place.render_part(data, name, variables)
        elif kind == "yaml":
            data = in_order(load(data, scope.place.root + name).data) or {}
        elif kind == "json":
            data = _json(data)
        elif kind != "text":
            known = "jinja, yaml, json and text"
            raise RenderError(f"there is no renderer {kind!r} here", hint=f"there are {known}")
    return data


def _json(text: str) -> Value:
    try:
        return json.loads(text) or {}
    except ValueError as error:
        raise RenderError(f"not JSON: {error}") from error
