"""Filters between data and text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import yaml
from jinja2 import Undefined, pass_environment
from yaml import CSafeDumper
from yaml.representer import BaseRepresenter

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.documents.document import Fault, fault_error
from zester.templating.documents.scalars import TAG
from zester.templating.merging import plain_copy

if TYPE_CHECKING:
    from zester.templating.jinja.environment import TemplateEnvironment

MAX_WIDTH = 2**31 - 1

_HTML = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", ord("'"): "\\u0027"}


def _text_node(dumper: BaseRepresenter, value: Value) -> yaml.Node:
    return dumper.represent_scalar(f"{TAG}str", str.__str__(value))


def _undefined_node(dumper: BaseRepresenter, value: Value) -> yaml.Node:
    return dumper.represent_scalar(f"{TAG}str", str(value))


def _mapping_node(dumper: BaseRepresenter, value: Value) -> yaml.Node:
    return dumper.represent_mapping(f"{TAG}map", dict(value))


def _list_node(dumper: BaseRepresenter, value: Value) -> yaml.Node:
    return dumper.represent_sequence(f"{TAG}seq", list(value))


class _Dumper(CSafeDumper):
    """Also takes kinds of text and of mappings; an undefined value raises its own error."""

    yaml_multi_representers = {  # noqa: RUF012 -- how the parent class wants it
        **CSafeDumper.yaml_multi_representers,
        str: _text_node,
        Undefined: _undefined_node,
        dict: _mapping_node,
        tuple: _list_node,
    }

    def ignore_aliases(self, data: Value) -> bool:
        return True


def dump_yaml(value: Value, flow_style: bool | None = True) -> str:
    """``{{ value | yaml }}``: one flow line, or block style with ``yaml(False)``."""
    text = yaml.dump(value, Dumper=_Dumper, default_flow_style=flow_style, allow_unicode=True)
    return text.strip().removesuffix("\n...")


def quote_yaml(text: Value) -> str:
    """``yaml_dquote``: text in double quotes, on one line."""
    dumped = yaml.dump(
        str(text), Dumper=_Dumper, default_style='"', width=MAX_WIDTH, allow_unicode=True
    )
    return dumped.strip()


def encode_yaml(value: Value) -> str:
    """``yaml_encode``: a single value as a scalar, text in double quotes."""
    if isinstance(value, str):
        return quote_yaml(value)
    if isinstance(value, list | tuple | Mapping):
        raise TypeError("yaml_encode takes a single value, not a list or mapping")
    return dump_yaml(value)


def dump_json(value: Value, sort_keys: bool = True, indent: int | None = None) -> str:
    """``json`` and ``to_json``."""
    return json.dumps(value, sort_keys=sort_keys, indent=indent, ensure_ascii=False)


def dump_safe_json(value: Value, indent: int | None = None, **options: Value) -> str:
    """``tojson``: insertion order, ASCII, fit for HTML."""
    options.setdefault("ensure_ascii", True)
    return json.dumps(value, indent=indent, **options).translate(_HTML)


@pass_environment
def load_yaml(environment: TemplateEnvironment, value: Value) -> Value:
    """Parse YAML; raises YamlError, with the file when the value is an imported template."""
    text = str(value)
    try:
        return plain_copy(environment.library.document(text).data)
    except Fault as fault:
        file = environment.file_of(value)
        error = fault_error(fault, text, file or "<text>")
        raise (
            error if file else RenderError(f"not YAML: {error.message}", excerpt=error.excerpt)
        ) from fault


def load_json(value: Value) -> Value:
    """Parse JSON."""
    return json.loads(str(value))
