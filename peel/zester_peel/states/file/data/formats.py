"""Formats that data is written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zester.dataclass import dataclass
from zester.errors import StateError

Options = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Format:
    """How data becomes bytes and comes back; ``options`` are those that may be given."""

    dump: Callable[[Any, Options], str | bytes]
    load: Callable[[bytes, Options], Any] | None
    options: frozenset[str]


def format_named(name: str) -> Format:
    """Return a format; raises ValueError for one that is not known."""
    try:
        return _FORMATS[name.lower()]
    except KeyError:
        raise ValueError(
            f"there is no serializer {name!r}: {', '.join(sorted(_FORMATS))}"
        ) from None


def dumped(name: str, data: Any, options: Options) -> bytes:  # noqa: ANN401 - data of a tree
    """Return data in a format; raises StateError when the format cannot hold it."""
    try:
        made = format_named(name).dump(data, options)
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        raise StateError(f"the dataset cannot be written as {name}: {error}") from error
    return made if isinstance(made, bytes) else f"{made}\n".encode("utf-8", "surrogateescape")


def loaded(name: str, data: bytes, options: Options) -> Any:  # noqa: ANN401 - data of a file
    """Return the data in a file; raises StateError when it is not of the format."""
    load = format_named(name).load
    if load is None:
        raise StateError(f"merge_if_exists is not supported for the {name} serializer")
    try:
        return load(data, options)
    except (TypeError, ValueError) as error:
        raise StateError(f"Failed to deserialize existing data: {error}") from error


def _dump_yaml(data: Any, options: Options) -> str:  # noqa: ANN401 - data of a tree
    import yaml

    try:
        text = str(yaml.safe_dump(data, **{"default_flow_style": False, **options}))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    return text.removesuffix("\n...\n").removesuffix("\n")


def _load_yaml(data: bytes, options: Options) -> Any:  # noqa: ANN401 - data of a file
    import yaml

    try:
        return yaml.safe_load(data)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _dump_json(data: Any, options: Options) -> str:  # noqa: ANN401 - data of a tree
    import json

    given = {"indent": 2, "separators": (",", ": "), "sort_keys": True, **options}
    given["separators"] = tuple(given["separators"])
    return json.dumps(data, **given)


def _load_json(data: bytes, options: Options) -> Any:  # noqa: ANN401 - data of a file
    import json

    return json.loads(data)


def _dump_ini(data: Any, options: Options) -> str:  # noqa: ANN401 - data of a tree
    import configparser
    import io

    parser = _parser(options)
    for section, values in data.items():
        if section != parser.default_section:
            parser.add_section(str(section))
        for key, value in values.items():
            parser.set(str(section), str(key), str(value))
    text = io.StringIO()
    try:
        parser.write(text)
    except configparser.Error as error:
        raise ValueError(str(error)) from error
    return text.getvalue()


def _load_ini(data: bytes, options: Options) -> Any:  # noqa: ANN401 - data of a file
    import configparser

    parser = _parser(options)
    try:
        parser.read_string(data.decode())
    except configparser.Error as error:
        raise ValueError(str(error)) from error
    own = parser._sections  # items() would add the defaults to each
    return {name: dict(own[name]) for name in parser.sections()}


def _parser(options: Options) -> Any:  # noqa: ANN401 - keeps configparser a late import
    import configparser

    parser = configparser.ConfigParser(interpolation=None, **options)
    parser.optionxform = str  # type: ignore[assignment]  # keys keep their case
    return parser


def _dump_plist(data: Any, options: Options) -> bytes:  # noqa: ANN401 - data of a tree
    import plistlib

    return plistlib.dumps(data, **options)


def _load_plist(data: bytes, options: Options) -> Any:  # noqa: ANN401 - data of a file
    import plistlib
    from xml.parsers.expat import ExpatError

    try:
        return plistlib.loads(data)
    except (plistlib.InvalidFileException, ExpatError) as error:
        raise ValueError(str(error)) from error


def _dump_toml(data: Any, options: Options) -> str:  # noqa: ANN401 - data of a tree
    from zester_peel.states.file.data.toml import write_toml

    return write_toml(data)


def _load_toml(data: bytes, options: Options) -> Any:  # noqa: ANN401 - data of a file
    import tomllib

    return tomllib.loads(data.decode())  # what it refuses is a ValueError


def _dump_python(data: Any, options: Options) -> str:  # noqa: ANN401 - data of a tree
    import pprint

    return pprint.pformat(data, **options)


def _dump_pairs(data: Any, options: Options) -> str:  # noqa: ANN401 - data of a tree
    separator = str(options.get("separator", "="))
    quote = '"' if options.get("quoting") else ""
    return "\n".join(f"{key}{separator}{quote}{value}{quote}" for key, value in data.items())


_INI = Format(
    _dump_ini,
    _load_ini,
    frozenset({"allow_no_value", "delimiters", "comment_prefixes", "default_section", "strict"}),
)

_FORMATS = {
    "yaml": Format(
        _dump_yaml,
        _load_yaml,
        frozenset(
            {
                *("allow_unicode", "canonical", "default_flow_style", "default_style"),
                *("explicit_end", "explicit_start", "indent", "line_break", "sort_keys", "width"),
            }
        ),
    ),
    "json": Format(
        _dump_json,
        _load_json,
        frozenset({"allow_nan", "ensure_ascii", "indent", "separators", "skipkeys", "sort_keys"}),
    ),
    "configparser": _INI,
    "ini": _INI,
    "toml": Format(_dump_toml, _load_toml, frozenset()),
    "plist": Format(_dump_plist, _load_plist, frozenset({"skipkeys", "sort_keys"})),
    "python": Format(_dump_python, None, frozenset({"compact", "indent", "sort_dicts", "width"})),
    "keyvalue": Format(_dump_pairs, None, frozenset({"quoting", "separator"})),
}
