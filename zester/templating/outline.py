"""Templates looked at without running them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from zester.templating.cache.library import Library
from zester.templating.failures import FAILURES, explain
from zester.templating.jinja.environment import TemplateEnvironment
from zester.templating.jinja.limits import Limits
from zester.templating.jinja.skeleton import VARIANTS, Branch, Fill, skeleton
from zester.templating.jinja.uses import TemplateUses, template_uses
from zester.templating.origin import Rendered
from zester.templating.variables import place_variables

_TAG = re.compile(r"{[{%].*?[%}]}", re.DOTALL)
_NAMES = re.compile(r"\|\s*([A-Za-z_]\w*)|\bis\s+(?:not\s+)?([A-Za-z_]\w*)")


class Outliner:
    """Checks the syntax of templates and tells what each says whatever the node.

    Template names count from ``root``, empty or ending in ``/``.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._environment = TemplateEnvironment(_NoTemplates(root), Library(0), Limits())

    def outline(self, text: str, name: str) -> Iterator[Rendered]:
        """Return what the text may become, in all variants of its skeleton.

        Raises RenderError when the text is no template, or uses a filter or test that is not there.
        """
        try:
            tree = self._environment.parse(text, name, name)
            if self._doubtful(text):
                self._environment.compile(text, name, name)
        except FAILURES as error:
            path = self._root + name
            raise explain(error, name=name, path=lambda _: path, text={name: text}.get) from error
        return (
            skeleton(tree, name, self._root, branch=branch, fill=fill) for branch, fill in VARIANTS
        )

    def inspect(
        self, text: str, name: str
    ) -> tuple[TemplateUses, Callable[[Branch, Fill], Rendered]] | None:
        """Return what the text names and how to get its variants, None when it is no template."""
        environment = self._environment
        try:
            tree = environment.parse(text, name, name)
        except FAILURES:
            return None

        def variant(branch: Branch, fill: Fill) -> Rendered:
            return skeleton(tree, name, self._root, branch=branch, fill=fill)

        return template_uses(tree, environment.filters, environment.tests), variant

    def _doubtful(self, text: str) -> bool:
        """Whether there may be an unknown filter or test: compiling tells, but takes its time."""
        filters, tests = self._environment.filters, self._environment.tests
        for tag in _TAG.findall(text):
            for filter_name, test_name in _NAMES.findall(tag):
                if filter_name and filter_name not in filters:
                    return True
                if test_name and test_name not in tests:
                    return True
        return False


class _NoTemplates:
    """Nothing is imported or included, because nothing is run."""

    def __init__(self, root: str) -> None:
        self._root = root

    def text(self, name: str) -> str | None:
        return None

    def path(self, name: str) -> str:
        return self._root + name

    def public(self, name: str, text: str) -> bool:
        return False

    variables = staticmethod(place_variables)
