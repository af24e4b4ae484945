"""Requisites in dict form: ``- pkg: nginx`` is ``- "pkg.installed:nginx"`` in the string form."""

from __future__ import annotations

from collections.abc import Iterator

from zester.cli.migrate.change import Change, Edit, Site, edited
from zester.cli.migrate.finding import Finding
from zester.cli.migrate.layout.nodes import List, Map, Text
from zester.cli.migrate.page import Page

RULE = "requisites"
KINDS = ("require", "watch", "onchanges", "onfail", "prereq", "listen", "use")
KEYS = frozenset(
    (*KINDS, *(f"{kind}_in" for kind in KINDS), *(f"{kind}_any" for kind in KINDS), "onfail_all")
)
WITHOUT_STRING_FORM = frozenset(("sls", "id"))


def string_requisites(page: Page, site: Site) -> Change:
    """Warn of every requisite in dict form, or convert it."""
    if not page.is_state_file or page.is_code:
        return Change(page.text)
    edits: list[Edit] = []
    findings: list[Finding] = []
    for item, module, target in _dict_forms(page):
        edit, finding = _string_form(page, site, item, module, target)
        if edit is not None and site.options.requisites:
            edits.append(edit)
        else:
            findings.append(finding)
    return Change(edited(page.text, edits), len(edits), findings)


def declared_functions(page: Page) -> Iterator[tuple[tuple[str, str], str]]:
    """Return ``((state module, id or name), function)`` for what a file declares, as written."""
    for root in page.outline.roots:
        if not isinstance(root, Map):
            continue
        for id_, body in root.pairs:
            if isinstance(id_, Text) and isinstance(body, Map):
                yield from _calls(page, _written(page, id_), body)
            elif isinstance(id_, Text) and isinstance(body, Text) and "." in body.value:
                module, _, function = body.value.partition(".")
                yield (module, _written(page, id_)), function


def _calls(page: Page, id_: str, body: Map) -> Iterator[tuple[tuple[str, str], str]]:
    for key, given in body.pairs:
        if not isinstance(key, Text):
            continue
        module, _, function = _written(page, key).partition(".")
        items = given.items if isinstance(given, List) else ()
        bare = [_written(page, item) for item in items if isinstance(item, Text)]
        function = function or (bare[0] if len(bare) == 1 else "")
        if not function.isidentifier():
            continue
        yield (module, id_), function
        for item in items:
            name = item.get("name") if isinstance(item, Map) else None
            if isinstance(name, Text):
                yield (module, _written(page, name)), function


def _dict_forms(page: Page) -> Iterator[tuple[Map, Text, Text]]:
    for node in page.outline.nodes():
        if not isinstance(node, Map):
            continue
        for key, value in node.pairs:
            if not (isinstance(key, Text) and key.value in KEYS and isinstance(value, List)):
                continue
            for item in value.items:
                if isinstance(item, Map) and len(item.pairs) == 1:
                    module, target = item.pairs[0]
                    if isinstance(module, Text) and isinstance(target, Text):
                        yield item, module, target


def _string_form(
    page: Page, site: Site, item: Map, module: Text, target: Text
) -> tuple[Edit | None, Finding]:
    name, wanted = _written(page, module), _written(page, target)
    state, _, function = name.partition(".")
    known = {function} if function else site.functions.get((state, wanted), frozenset())
    line = page.line(item)
    if state in WITHOUT_STRING_FORM:
        return None, Finding("note", RULE, line, f"'{name}: {wanted}' has no string form")
    if len(known) != 1:
        shown = f'"{state}.<function>:{wanted}"'
        hint = "what it points at is not declared under that name in these files"
        message = f"requisite '{name}: {wanted}' is in dict form; the string form is {shown}"
        return None, Finding("warning", RULE, line, message, hint)
    text = f"{state}.{next(iter(known))}:{wanted}"
    hint = "--requisites converts it; both forms work"
    finding = Finding(
        "warning",
        RULE,
        line,
        f"requisite '{name}: {wanted}' is in dict form; the string form is \"{text}\"",
        hint,
    )
    quoted = _quoted(page, target, text)
    plain = not (module.tagged or target.tagged) and not item.flow
    if quoted is None or not plain or page.text[module.end : target.start].strip(" \t") != ":":
        return None, finding
    return Edit(module.start, target.end, quoted), finding


def _quoted(page: Page, target: Text, text: str) -> str | None:
    """Return a string form in quotes, None when what an expression gives could end them."""
    if any(char in text for char in "\r\n"):
        return None
    if "{{" in text or "{%" in text:
        # Only what a plain scalar can hold came out of it so far, but that may hold either quote.
        return f'"{text}"' if target.plain and '"' not in target.value else None
    if "\\" in text or '"' in text:
        return None if "'" in text else f"'{text}'"
    return f'"{text}"'


def _written(page: Page, node: Text) -> str:
    """Return a scalar as it stands in the file, without its quotes."""
    text = page.text[node.start : node.end]
    return text[1:-1] if text[:1] in ("'", '"') and not node.plain else text
