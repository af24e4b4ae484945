"""The filters Zester adds to Jinja's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zester.targeting.value import Value
from zester.templating.filters.collections import path_join, to_bool, traverse, unique
from zester.templating.filters.matching import regex_match, regex_replace, regex_search
from zester.templating.filters.serializers import (
    dump_json,
    dump_safe_json,
    dump_yaml,
    encode_yaml,
    load_json,
    load_yaml,
    quote_yaml,
)

FILTERS: Mapping[str, Callable[..., Value]] = {
    "json": dump_json,
    "load_json": load_json,
    "load_yaml": load_yaml,
    "path_join": path_join,
    "regex_match": regex_match,
    "regex_replace": regex_replace,
    "regex_search": regex_search,
    "to_bool": to_bool,
    "to_json": dump_json,
    "tojson": dump_safe_json,
    "traverse": traverse,
    "unique": unique,
    "yaml": dump_yaml,
    "yaml_dquote": quote_yaml,
    "yaml_encode": encode_yaml,
}
