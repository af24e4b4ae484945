"""The ``xml`` filter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.filters.undefined import undefined_passed

if TYPE_CHECKING:
    from xml.dom.minidom import Document, Element

_NAME = re.compile(r"[^\W\d][\w.:-]*")


@undefined_passed
def dump_xml(value: Value) -> str:
    """Write ``{root: {attribute: text, child: {…} or […]}}`` as XML."""
    from xml.dom.minidom import Document  # late: few templates use it

    document = Document()
    pairs = _children(value)
    if len(pairs) != 1 or isinstance(pairs[0][1], list):
        raise RenderError("XML has one root element, so the mapping must have one key")
    _add(document, document, *pairs[0])
    return document.toprettyxml(indent=" ")


def _children(value: Value) -> list[tuple[str, Value]]:
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, list | tuple):
        return [(pair[0], pair[1]) for pair in value if isinstance(pair, list | tuple) and pair[1:]]
    raise RenderError(f"a mapping or list is expected, not {type(value).__name__}")


def _add(document: Document, parent: Document | Element, tag: str, value: Value) -> None:
    if isinstance(value, list):
        for item in value:
            _add(document, parent, tag, item)
        return
    element = document.createElement(_named(tag))
    parent.appendChild(element)
    if not isinstance(value, dict | tuple):
        if str(value):
            element.appendChild(document.createTextNode(str(value)))
        return
    for name, item in _children(value):
        if isinstance(item, dict | list):
            _add(document, element, name, item)
        else:
            element.setAttribute(_named(name), str(item))


def _named(name: Value) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise RenderError(f"{name!r} cannot be the name of an XML element")
    return name
