"""What a template names: functions, filters, tests, imports, macros."""

from __future__ import annotations

from collections.abc import Container, Iterator

from jinja2 import nodes

from zester.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """Something a template names, and the line it does so on."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Reference:
    """Another template; ``path`` is None when an expression gives it.

    ``inline``: its output goes here (``include``). ``context``: it sees the variables of this one.
    """

    path: str | None
    line: int
    inline: bool
    optional: bool
    context: bool


@dataclass(frozen=True, slots=True)
class TemplateUses:
    """``filters`` and ``tests`` are only those that do not exist.

    ``bound`` are the names that imports bind, ``loaded`` all names and attributes read.
    """

    functions: tuple[Named, ...] = ()
    filters: tuple[Named, ...] = ()
    tests: tuple[Named, ...] = ()
    bound: tuple[Named, ...] = ()
    macros: tuple[Named, ...] = ()
    references: tuple[Reference, ...] = ()
    loaded: frozenset[str] = frozenset()


def template_uses(
    template: nodes.Template, filters: Container[str], tests: Container[str]
) -> TemplateUses:
    """Return what a parsed template names, in the order of its text."""
    walk = _Walk(filters, tests)
    for node in _nodes(template):
        walk.visit(node)
    return TemplateUses(
        tuple(walk.functions),
        tuple(walk.filters),
        tuple(walk.tests),
        tuple(walk.bound),
        tuple(walk.macros),
        tuple(walk.references),
        frozenset(walk.loaded),
    )


def _nodes(root: nodes.Node) -> Iterator[nodes.Node]:
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(list(node.iter_child_nodes())))


class _Walk:
    def __init__(self, filters: Container[str], tests: Container[str]) -> None:
        self._known_filters = filters
        self._known_tests = tests
        self._ignored: set[int] = set()
        self.functions: list[Named] = []
        self.filters: list[Named] = []
        self.tests: list[Named] = []
        self.bound: list[Named] = []
        self.macros: list[Named] = []
        self.references: list[Reference] = []
        self.loaded: set[str] = set()

    def visit(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.Name):
            if node.ctx == "load" and id(node) not in self._ignored:
                self.loaded.add(node.name)
        elif isinstance(node, nodes.Getattr | nodes.Getitem | nodes.Call):
            self._access(node)
        elif isinstance(node, nodes.Filter):
            if node.name not in self._known_filters:
                self.filters.append(Named(node.name, node.lineno))
        elif isinstance(node, nodes.Test):
            if node.name not in self._known_tests:
                self.tests.append(Named(node.name, node.lineno))
        elif isinstance(node, nodes.Macro):
            self.macros.append(Named(node.name, node.lineno))
        elif isinstance(node, nodes.Assign):
            self._assign(node)
        elif isinstance(node, nodes.Import | nodes.FromImport | nodes.Include):
            self._reference(node)

    def _access(self, node: nodes.Getattr | nodes.Getitem | nodes.Call) -> None:
        name = None
        if isinstance(node, nodes.Call):
            called = node.node
            if isinstance(called, nodes.Name) and called.name == "salt_call" and node.args:
                name = _constant(node.args[0])
        elif isinstance(node, nodes.Getitem):
            if _is_salt(node.node):
                name = _constant(node.arg)
        else:
            self.loaded.add(node.attr)
            inner = node.node
            if isinstance(inner, nodes.Getattr) and _is_salt(inner.node):
                # attributes of a mapping: salt.keys() is no module
                name = f"{inner.attr}.{node.attr}"
        if name is not None:
            self.functions.append(Named(name, node.lineno))

    def _assign(self, node: nodes.Assign) -> None:
        """``import_yaml`` reads the name it has just bound: that is no use of it."""
        target, value = node.target, node.node
        if (
            isinstance(target, nodes.Name)
            and isinstance(value, nodes.Filter)
            and isinstance(value.node, nodes.Name)
            and value.node.name == target.name
            and self.bound
            and self.bound[-1] == Named(target.name, node.lineno)
        ):
            self._ignored.add(id(value.node))

    def _reference(self, node: nodes.Import | nodes.FromImport | nodes.Include) -> None:
        inline = isinstance(node, nodes.Include)
        optional = isinstance(node, nodes.Include) and node.ignore_missing
        path = _constant(node.template)
        self.references.append(Reference(path, node.lineno, inline, optional, node.with_context))
        if isinstance(node, nodes.Import):
            self.bound.append(Named(node.target, node.lineno))
        elif isinstance(node, nodes.FromImport):
            for entry in node.names:
                original, bound = entry if isinstance(entry, tuple) else (entry, entry)
                self.loaded.add(f".{original}")
                self.bound.append(Named(bound, node.lineno))


def _is_salt(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "salt"


def _constant(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        return node.value
    return None
