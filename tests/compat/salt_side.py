"""Render trees with real Salt and print what it says: run by the Salt environment's Python.

Usage: ``python salt_side.py CASES``: a JSON file with a list of cases (see ``case.py``); the answer
is JSON on stdout, ``{name: {"low": [...]} | {"refused": [messages]}}``. One process imports Salt
once. Nothing is applied, nothing outside a temporary folder is written.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from pathlib import Path
from typing import Any

import salt.config  # type: ignore[import-not-found]  # only in the Salt environment
import salt.state  # type: ignore[import-not-found]  # the same

ONE_FILE = "settings"


def options(case: dict[str, Any], scratch: Path) -> dict[str, Any]:
    """Return minion options that know this case and nothing of the machine."""
    facts = case["facts"]
    folders = {name: str(scratch / name) for name in ("root", "cache", "pki", "sock", "ext")}
    opts: dict[str, Any] = salt.config.minion_config(None)
    opts.update(
        id=facts["id"],
        grains=facts,
        root_dir=folders["root"],
        cachedir=folders["cache"],
        pki_dir=folders["pki"],
        sock_dir=folders["sock"],
        extension_modules=folders["ext"],
        log_file=str(scratch / "log"),
        file_client="local",
        local=True,
        file_roots=case["states"],
        pillar_roots=settings(case, scratch),
        saltenv=case["saltenv"],
        __cli="salt-call",
        use_master_when_local=False,
        **case["options"],
    )
    return opts


def settings(case: dict[str, Any], scratch: Path) -> dict[str, list[str]]:
    """Return the pillar roots; one settings file becomes a root with a top file."""
    given: str | dict[str, list[str]] | None = case["settings"]
    if isinstance(given, dict):
        return given
    root = scratch / "pillar"
    root.mkdir()
    if given is not None:
        env = case["saltenv"] or "base"
        (root / f"{ONE_FILE}.sls").write_bytes(Path(given).read_bytes())
        (root / "top.sls").write_text(f"{env}:\n  '*':\n    - {ONE_FILE}\n")
        return {env: [str(root)]}
    return {"base": [str(root)]}


def low_state(case: dict[str, Any], scratch: Path) -> dict[str, Any]:
    """Return Salt's low chunks, or its messages when it refuses."""
    with salt.state.HighState(options(case, scratch)) as high_state:
        refused = list(high_state.opts["pillar"].get("_errors", []))
        if refused:
            return {"refused": refused}
        high_state.push_active()
        try:
            chunks = compiled(high_state, case)
        except Exception as error:  # Salt answers some mistakes with any Python error
            return {"refused": [f"{type(error).__name__}: {error}"]}
        finally:
            high_state.pop_active()
    if chunks and not all(isinstance(chunk, dict) for chunk in chunks):
        return {"refused": [str(chunk) for chunk in chunks]}
    return {"low": chunks}


def compiled(high_state: Any, case: dict[str, Any]) -> list[Any]:  # noqa: ANN401 - untyped Salt
    """Return low chunks or error texts: what state.show_lowstate and state.sls compile."""
    if case["sls"] is None:
        top: list[Any] = high_state.compile_low_chunks()
        return top
    state = high_state.state
    high, errors = high_state.render_highstate({case["saltenv"] or "base": case["sls"]})
    high, more = state.reconcile_extend(high)
    errors += more
    errors += state.verify_high(high)
    high, more = state.requisite_in(high)
    errors += more
    high = state.apply_exclude(high)
    if errors:
        return list(errors)
    chunks, errors = state.compile_high_data(high)
    return list(errors or chunks)


def main(cases: Path) -> None:
    logging.disable(logging.CRITICAL)
    found = {}
    for case in json.loads(cases.read_text(encoding="utf-8")):
        with tempfile.TemporaryDirectory(prefix="zester-compat-") as scratch:
            found[case["name"]] = low_state(case, Path(scratch))
    json.dump(found, sys.stdout, default=str)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
