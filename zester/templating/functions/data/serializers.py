"""The formats of ``slsutil.serialize``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from io import StringIO
from typing import TYPE_CHECKING

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.documents.document import load
from zester.templating.merging import plain_copy

if TYPE_CHECKING:
    import yaml

_YAML_OPTIONS = frozenset(
    (
        "allow_unicode",
        "canonical",
        "default_flow_style",
        "default_style",
        "explicit_end",
        "explicit_start",
        "indent",
        "line_break",
        "sort_keys",
        "width",
    )
)


def to_yaml(value: Value, **options: Value) -> str:
    """Return YAML as PyYAML writes it, keys sorted, without the newline at the end."""
    import yaml

    _refuse("yaml", options, _YAML_OPTIONS)
    options.setdefault("default_flow_style", None)
    out = StringIO()
    try:
        yaml.dump(value, out, Dumper=_dumper(), **options)
    except yaml.YAMLError as error:
        raise RenderError(f"not what YAML can hold: {error}") from error
    return out.getvalue().removesuffix("\n...\n").removesuffix("\n")


def from_yaml(text: str, **options: Value) -> Value:
    return plain_copy(load(text).data)


def to_json(value: Value, **options: Value) -> str:
    """Return JSON, text outside ASCII as it is."""
    _refuse("json", options, frozenset(("indent", "sort_keys", "ensure_ascii", "separators")))
    options.setdefault("ensure_ascii", False)
    return json.dumps(value, **options)


def from_json(text: str, **options: Value) -> Value:
    try:
        return json.loads(text)
    except ValueError as error:
        raise RenderError(f"not JSON: {error}") from error


def to_ini(value: Value, **options: Value) -> str:
    """``configparser``: a mapping of sections."""
    from configparser import DEFAULTSECT, ConfigParser
    from configparser import Error as IniError

    if not isinstance(value, Mapping):
        raise TypeError("configparser writes mappings only")
    parser = ConfigParser(interpolation=None)
    try:
        for section, entries in value.items():
            if str(section) != DEFAULTSECT:
                parser.add_section(str(section))
            for key, entry in entries.items():
                parser.set(str(section), str(key), "" if entry is None else str(entry))
    except (IniError, AttributeError) as error:
        raise RenderError(f"not what an ini file can hold: {error}") from error
    out = StringIO()
    parser.write(out)
    return out.getvalue()


def from_ini(text: str, **options: Value) -> dict[str, dict[str, str]]:
    from configparser import ConfigParser
    from configparser import Error as IniError

    parser = ConfigParser()
    try:
        parser.read_string(text)
        return {section: dict(parser.items(section)) for section in parser.sections()}
    except IniError as error:
        raise RenderError(f"not an ini file: {error}") from error


def from_toml(text: str, **options: Value) -> Value:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RenderError(f"not TOML: {error}") from error


SERIALIZE: Mapping[str, Callable[..., str]] = {
    "configparser": to_ini,
    "json": to_json,
    "yaml": to_yaml,
}
DESERIALIZE: Mapping[str, Callable[..., Value]] = {
    "configparser": from_ini,
    "json": from_json,
    "toml": from_toml,
    "yaml": from_yaml,
}


def _refuse(name: str, options: Mapping[str, Value], known: frozenset[str]) -> None:
    unknown = sorted(options.keys() - known)
    if unknown:
        raise RenderError(f"serializer {name!r} has no option {unknown[0]!r}")


@cache
def _dumper() -> type[yaml.SafeDumper]:
    import yaml
    from jinja2 import Undefined

    class Dumper(yaml.SafeDumper):
        """Also takes kinds of text, lists and mappings."""

    def text_node(dumper: yaml.SafeDumper, value: Value) -> yaml.Node:
        return dumper.represent_str(str.__str__(value))

    def undefined_node(dumper: yaml.SafeDumper, value: Value) -> yaml.Node:
        return dumper.represent_str(str(value))  # raises what its use would raise

    Dumper.add_multi_representer(str, text_node)
    Dumper.add_multi_representer(Undefined, undefined_node)
    Dumper.add_multi_representer(dict, lambda dumper, value: dumper.represent_dict(dict(value)))
    Dumper.add_multi_representer(list, yaml.SafeDumper.represent_list)
    Dumper.add_multi_representer(tuple, yaml.SafeDumper.represent_list)
    return Dumper
