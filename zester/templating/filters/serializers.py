"""Filters between data and text."""

from __future__ import annotations

import json
import sys
from collections import OrderedDict
from collections.abc import Mapping
from io import StringIO
from typing import TYPE_CHECKING

import yaml
from jinja2 import Undefined, pass_environment
from jinja2.environment import TemplateModule
from yaml import CSafeDumper
from yaml.representer import BaseRepresenter, SafeRepresenter

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.documents.fault import Fault, fault_error
from zester.templating.documents.scalars import TAG
from zester.templating.filters.texts import to_text
from zester.templating.filters.undefined import undefined_passed
from zester.templating.merging import plain_copy

if TYPE_CHECKING:
    from zester.templating.jinja.environment import TemplateEnvironment

_HTML = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", ord("'"): "\\u0027"}


def _text_node(dumper: BaseRepresenter, value: Value) -> yaml.Node:
    return dumper.represent_scalar(f"{TAG}str", str.__str__(value))


def _undefined_node(dumper: BaseRepresenter, value: Value) -> yaml.Node:
    return dumper.represent_scalar(f"{TAG}str", str(value))


def _mapping_node(dumper: BaseRepresenter, value: Value) -> yaml.Node:
    return dumper.represent_mapping(f"{TAG}map", dict(value))


def _ordered_node(dumper: BaseRepresenter, value: Value) -> yaml.Node:
    """Keep the order, where all other mappings are sorted."""
    return dumper.represent_mapping(f"{TAG}map", list(value.items()))


def _unknown_node(dumper: BaseRepresenter, value: Value) -> yaml.Node:
    return dumper.represent_scalar(f"{TAG}null", "NULL")


def _list_node(dumper: BaseRepresenter, value: Value) -> yaml.Node:
    return dumper.represent_sequence(f"{TAG}seq", list(value))


class _Dumper(CSafeDumper):
    """Also takes kinds of text and of mappings; an undefined value raises its own error.

    What YAML does not know (a generator) becomes NULL, as in Salt.
    """

    yaml_representers = {  # noqa: RUF012 -- how the parent class wants it
        **CSafeDumper.yaml_representers,
        OrderedDict: _ordered_node,
        None: _unknown_node,  # type: ignore[dict-item]  # how PyYAML names all other types
    }

    yaml_multi_representers = {  # noqa: RUF012 -- how the parent class wants it
        **CSafeDumper.yaml_multi_representers,
        str: _text_node,
        Undefined: _undefined_node,
        dict: _mapping_node,
        tuple: _list_node,
    }

    def ignore_aliases(self, data: Value) -> bool:
        return True


@undefined_passed
def dump_yaml(value: Value, flow_style: bool | None = True) -> str:
    """``{{ value | yaml }}``: one flow line, or block style with ``yaml(False)``."""
    try:
        text = yaml.dump(value, Dumper=_Dumper, default_flow_style=flow_style, allow_unicode=True)
    except yaml.YAMLError as error:
        raise RenderError(f"this cannot be written as YAML: {error}") from error
    return text.strip().removesuffix("\n...")


@undefined_passed
def state_arguments(value: Mapping[str, Value], flow_style: bool | None = False) -> Value:
    """``dict_to_sls_yaml_params``: a mapping as the list of arguments of a state."""
    return dump_yaml([{key: item} for key, item in value.items()], flow_style)


@undefined_passed
def dump_python(value: Value) -> str:
    """``python``: the value as Python would show it, wrapped."""
    from pprint import pformat  # late: few templates use it

    return pformat(value).strip()


def quote_yaml(text: Value) -> str:
    """``yaml_dquote``: text in double quotes, on one line, in ASCII."""
    stream = StringIO()
    yaml.emitter.Emitter(stream, width=sys.maxsize).write_double_quoted(str(text))
    return stream.getvalue()


def single_quote_yaml(text: Value) -> str:
    """``yaml_squote``: text in single quotes."""
    stream = StringIO()
    yaml.emitter.Emitter(stream, width=sys.maxsize).write_single_quoted(str(text))
    return stream.getvalue()


def encode_yaml(value: Value) -> str:
    """``yaml_encode``: a single value as a scalar, text in double quotes."""
    if isinstance(value, str | Undefined):
        return quote_yaml(value)
    try:
        node = SafeRepresenter().represent_data(value)
    except yaml.YAMLError as error:
        raise RenderError(f"this cannot be written as YAML: {error}") from error
    if not isinstance(node, yaml.ScalarNode):
        raise TypeError("yaml_encode takes a single value, not a list or mapping")
    return str(node.value)


@undefined_passed
def dump_json(value: Value, sort_keys: bool = True, indent: int | str | None = None) -> str:
    """``json`` and ``to_json``."""
    return json.dumps(value, sort_keys=sort_keys, indent=indent, ensure_ascii=False).strip()


@undefined_passed
def dump_safe_json(
    value: Value,
    indent: int | str | None = None,
    *,
    sort_keys: bool = False,
    ensure_ascii: bool = True,
    separators: tuple[str, str] | None = None,
    skipkeys: bool = False,
    allow_nan: bool = True,
) -> str:
    """``tojson``: insertion order, ASCII, fit for HTML."""
    text = json.dumps(
        value,
        indent=indent,
        sort_keys=sort_keys,
        ensure_ascii=ensure_ascii,
        separators=separators,
        skipkeys=skipkeys,
        allow_nan=allow_nan,
    )
    return text.translate(_HTML)


def load_text(value: Value) -> Value:
    """Return a value as it is, an imported template as its text."""
    return str(value) if isinstance(value, TemplateModule) else value


@undefined_passed
@pass_environment
def load_yaml(environment: TemplateEnvironment, value: Value) -> Value:
    """Parse YAML; raises YamlError, with the file when the value is an imported template."""
    text = _source(value)
    try:
        return plain_copy(environment.library.document(text).data)
    except Fault as fault:
        file = environment.file_of(value)
        error = fault_error(fault, text, file or "<text>")
        raise (
            error if file else RenderError(f"not YAML: {error.message}", excerpt=error.excerpt)
        ) from fault


@undefined_passed
def load_json(value: Value) -> Value:
    """Parse JSON."""
    return json.loads(_source(value))


def _source(value: Value) -> str:
    return str(value) if isinstance(value, TemplateModule) else to_text(value)
