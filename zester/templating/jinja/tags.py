"""Tags that load data: ``import_yaml``, ``load_yaml`` and relatives."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

IMPORTS: Mapping[str, str] = {
    "import_yaml": "load_yaml",
    "import_json": "load_json",
    "import_text": "string",
}
LOADS: Mapping[str, str] = {
    "load_yaml": "load_yaml",
    "load_json": "load_json",
    "load_text": "string",
}
"""Tag → the filter that turns the rendered text into data."""


class ImportTags(Extension):
    """``{% import_yaml "file" as name %}``: the file is rendered, then read."""

    tags = set(IMPORTS)  # noqa: RUF012 -- declared by the parent class

    def parse(self, parser: Parser) -> list[nodes.Node]:
        tag = parser.stream.current.value
        node = parser.parse_import()
        target = node.target
        data = nodes.Filter(
            nodes.Name(target, "load"), IMPORTS[tag], [], [], None, None, lineno=node.lineno
        )
        return [node, nodes.Assign(nodes.Name(target, "store"), data, lineno=node.lineno)]


class LoadTags(Extension):
    """``{% load_yaml as name %}…{% endload %}``: the body is rendered, then read."""

    tags = set(LOADS)  # noqa: RUF012 -- declared by the parent class

    def parse(self, parser: Parser) -> nodes.Node:
        token = next(parser.stream)
        parser.stream.expect("name:as")
        target = parser.parse_assign_target(with_namespace=True)
        body = parser.parse_statements(("name:endload",), drop_needle=True)
        data = nodes.Filter(None, LOADS[token.value], [], [], None, None, lineno=token.lineno)
        return nodes.AssignBlock(target, data, body, lineno=token.lineno)


class ProfileTag(Extension):
    """``{% profile as label %}…{% endprofile %}``: the body; Salt would log the time it takes."""

    tags = {"profile"}  # noqa: RUF012 -- declared by the parent class

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        parser.stream.expect("name:as")
        parser.parse_expression()
        return parser.parse_statements(("name:endprofile",), drop_needle=True)
