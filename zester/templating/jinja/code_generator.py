"""Template syntax tree → Python, with positions for output and steps for limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import Environment


class PlacingGenerator(CodeGenerator):
    """Changes three things in Jinja's code: top-level output tells its place, each loop iteration
    is a step, and ``~`` is checked for size."""

    def __init__(
        self,
        environment: Environment,
        name: str | None,
        filename: str | None,
        stream: TextIO | None = None,
        defer_init: bool = False,
        optimized: bool = True,
    ) -> None:
        self._loop_bodies: set[int] = set()
        super().__init__(environment, name, filename, stream, defer_init, optimized)

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        """Spare the parent three walks over the whole tree: what it looks for are statements."""
        found = list(_statements(node.body))
        node.find_all = lambda kind: (item for item in found if isinstance(item, kind))  # type: ignore[method-assign,assignment]  # for this one node
        super().visit_Template(node, frame)

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:
        """Place each piece, unless it goes into a buffer (macro, block assignment, filter).

        An expression right behind template text needs no place: it stands where the text ended.
        """
        if frame.buffer is not None or frame.require_output_check:
            super().visit_Output(node, frame)
            return
        placed = False
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                self.writeline(f"yield environment.placed(name, {child.lineno}, {child.data!r})")
                placed = True
                continue
            if not placed:
                self.writeline(f"yield environment.placed(name, {child.lineno}, '')")
            super().visit_Output(nodes.Output([child], lineno=child.lineno), frame)
            placed = False

    def visit_For(self, node: nodes.For, frame: Frame) -> None:
        self._loop_bodies.add(id(node.body))
        super().visit_For(node, frame)

    def blockvisit(self, body: Iterable[nodes.Node], frame: Frame) -> None:
        if id(body) in self._loop_bodies:
            self.writeline("environment.tick()")
        super().blockvisit(body, frame)

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        self.write("environment.join_texts((")
        for operand in node.nodes:
            self.visit(operand, frame)
            self.write(", ")
        self.write("))")


def _statements(body: Iterable[nodes.Node]) -> Iterator[nodes.Node]:
    for node in body:
        if isinstance(node, nodes.Output):
            continue
        yield node
        for field in ("body", "else_", "elif_"):
            inner = getattr(node, field, None)
            if isinstance(inner, list):
                yield from _statements(inner)
