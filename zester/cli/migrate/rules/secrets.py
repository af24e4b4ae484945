"""Secrets that only Salt's GPG renderer could read."""

from __future__ import annotations

from zester.cli.migrate.change import Change, Site
from zester.cli.migrate.finding import Finding
from zester.cli.migrate.page import Page

RULE = "secrets"
PGP = "-----BEGIN PGP MESSAGE-----"


def note_secrets(page: Page, site: Site) -> Change:
    """Warn of a ``gpg`` renderer and of every PGP message."""
    findings = []
    if "gpg" in page.renderers:
        hint = (
            "decrypt the values with gpg and drop 'gpg' from this line; keep the result out of git"
        )
        message = "renderer 'gpg' is refused"
        findings.append(Finding("warning", RULE, 1, message, hint))
    for token in page.syntax.tokens:
        start = -1
        while token.kind != "comment" and (start := token.text.find(PGP, start + 1)) >= 0:
            line = token.line + _lines(token.text[:start])
            hint = "Zester reads no PGP: decrypt it with gpg, and keep the result out of git"
            findings.append(Finding("warning", RULE, line, "a PGP message", hint))
    return Change(page.text, findings=findings)


def _lines(text: str) -> int:
    return text.replace("\r\n", "\n").replace("\r", "\n").count("\n")
