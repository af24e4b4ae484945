"""JSON Schemas of state and top files, for editors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from zester.compiler.checks.lint.grammar import OPTIONS, REQUISITES
from zester_peel.engine import fields
from zester_peel.engine.program import Registry
from zester_peel.states.reference.catalogue import spellings

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_WORD: Schema = {"type": ["string", "number", "boolean"]}
_WORDS: Schema = {"anyOf": [_WORD, {"type": "array", "items": _WORD}]}
_WRITTEN: Mapping[object, Schema] = {
    fields.read_flag: {"type": ["boolean", "string", "integer"]},
    fields.read_text: _WORD,
    fields.read_texts: _WORDS,
    fields.read_mode: {"type": ["string", "integer"]},
    fields.read_environment: {"type": ["object", "array", "string"]},
}
"""Reader of a parameter → what people may write for it."""

_NAME = r"^(?!(include|extend|exclude)$|__)"


class _Written(GenerateJsonSchema):
    """Describes what may be written, not what it is read as."""

    def function_before_schema(
        self, schema: core_schema.BeforeValidatorFunctionSchema
    ) -> JsonSchemaValue:
        written = _WRITTEN.get(schema["function"]["function"])
        # what a reader of one parameter alone accepts, only it knows
        return dict(written) if written is not None else {}


def state_file_schema(registry: Registry) -> Schema:
    """Return the schema of a state file: every function and parameter of the registry.

    Functions that are not in it are allowed as they are: a tree may bring its own.
    """
    functions = {name: _call(state.spec, state.__doc__) for name, state in sorted(registry.items())}
    nested: dict[str, list[str]] = {}
    for name in functions:
        module, _, fun = name.partition(".")
        nested.setdefault(module, []).append(fun)
    body: Schema = {
        "type": "object",
        "minProperties": 1,
        "properties": {
            **{name: {"$ref": f"#/$defs/{name}"} for name in functions},
            **{module: _nested(module, funs) for module, funs in nested.items()},
        },
        "patternProperties": {r"^\w+(\.\w+)?$": {"type": ["array", "null"]}},
        "additionalProperties": False,
    }
    return {
        "$schema": DRAFT,
        "title": "Zester state file",
        "type": "object",
        "properties": {
            "include": {"type": "array", "items": {"type": ["string", "object"]}},
            "exclude": {"type": "array", "items": {"type": ["string", "object"]}},
            "extend": {"type": "object", "additionalProperties": {"type": "object"}},
        },
        "patternProperties": {
            _NAME: {"anyOf": [{"$ref": "#/$defs/calls"}, {"type": "string", "pattern": r"\."}]}
        },
        "$defs": {"calls": body, **functions, **_options()},
    }


def top_file_schema() -> Schema:
    """Return the schema of a top file."""
    option = {
        "type": "object",
        "properties": {
            "match": {"type": "string"},
            "order": {"type": "integer"},
            "ignore_missing": {"type": "boolean"},
            "mode": {"enum": ["enforce", "observe"]},
        },
        "additionalProperties": False,
    }
    entries = {"anyOf": [{"type": "string"}, option]}
    targets = {"type": ["array", "string"], "items": entries}
    return {
        "$schema": DRAFT,
        "title": "Zester top file",
        "description": "Environments, in them targets, in them the state files a target gets.",
        "type": "object",
        "additionalProperties": {"type": "object", "additionalProperties": targets},
    }


def _call(spec: type[BaseModel], doc: str | None) -> Schema:
    model = spec.model_json_schema(by_alias=False, schema_generator=_Written, mode=_MODE)
    properties: Schema = {}
    for field, names in spellings(spec).items():
        own = {key: value for key, value in model["properties"][field].items() if key != "title"}
        for name in names:
            described = {} if name == field else {"description": f"Another spelling of {field}."}
            properties[name] = {**own, **described}
    return {
        "description": " ".join((doc or "").split()),
        "type": ["array", "null"],
        "items": {
            "type": "object",
            "properties": {
                **properties,
                **{name: {"$ref": "#/$defs/" + kind} for name, kind in _KINDS},
            },
            "additionalProperties": False,
            "minProperties": 1,
        },
    }


_MODE: JsonSchemaMode = "validation"
_KINDS = (
    *((name, "requisite") for name in sorted(REQUISITES)),
    *((name, "option") for name in sorted(OPTIONS - {"name", "runas", "timeout"})),
)


def _options() -> Schema:
    return {
        "requisite": {
            "description": "States this one depends on: 'state: id', 'sls: file' or an id.",
            "type": ["array", "object", "string"],
            "items": {"type": ["string", "object"]},
        },
        "option": {"description": "An option that every state takes."},
    }


def _nested(module: str, functions: list[str]) -> Schema:
    """``file: [managed, {name: x}]``: the function is an item of the list."""
    return {
        "description": f"State module {module}, its function an item of the list.",
        "type": "array",
        "items": {"anyOf": [{"enum": sorted(functions)}, {"type": "object"}]},
    }
