"""Template syntax tree → Python, with marks for positions and steps for limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import Environment


class MarkingGenerator(CodeGenerator):
    """Adds three things to Jinja's code: a LineMark before each piece of top-level output, a step
    for each loop iteration, and a size check for ``~``."""

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

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:
        """Mark each piece, unless it goes into a buffer (macro, block assignment, filter)."""
        if frame.buffer is not None or frame.require_output_check:
            super().visit_Output(node, frame)
            return
        for child in node.nodes:
            literal = isinstance(child, nodes.TemplateData)
            self.writeline(
                f"yield environment.mark({self.name!r}, {child.lineno}, {literal})", child
            )
            super().visit_Output(nodes.Output([child], lineno=child.lineno), frame)

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
