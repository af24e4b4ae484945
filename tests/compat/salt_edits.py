"""Edit temporary files with real Salt and compare with tests/cases/edits.json.

Usage: ``python salt_edits.py [--write]``, run by the Salt environment's Python. Each case is run
until nothing changes; nothing outside a temporary folder is touched.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import salt.config  # type: ignore[import-not-found]  # only in the Salt environment
import salt.loader  # type: ignore[import-not-found]  # the same

CASES = Path(__file__).parents[1] / "cases" / "edits.json"
MOST_RUNS = 40
MOST_TEXT = 20_000
Edit = Callable[..., dict[str, Any]]


def load(scratch: Path) -> tuple[Any, Any]:
    """Return Salt's execution modules and states, with options that know only the folder."""
    opts = salt.config.minion_config(None)
    folders = {name: str(scratch / name) for name in ("cachedir", "pki_dir", "extension_modules")}
    facts = {"kernel": "Linux", "os": "Debian", "os_family": "Debian"}
    opts.update(folders, root_dir=str(scratch), file_client="local", test=False, grains=facts)
    modules = salt.loader.minion_mods(opts, utils=salt.loader.utils(opts))
    return modules, salt.loader.states(opts, modules, salt.loader.utils(opts), None)


def edit_of(function: str, modules: Any, states: Any) -> Edit:  # noqa: ANN401 - Salt's loaders
    """Return the state, of a block what does its work: the state itself asks for a running Salt."""
    if function != "file.blockreplace":
        state: Edit = states[function]
        return state

    def block(name: str, **args: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the case has
        if not Path(name).exists():
            return {"result": False, "comment": f"{name}: file not found"}
        start = args.pop("marker_start", "#-- start managed zone --")
        end = args.pop("marker_end", "#-- end managed zone --")
        args = {"append_newline": None, "content": "", **args}
        changed = modules[function](name, start, end, **args)
        said = "Changes were made" if changed else "No changes needed to be made"
        return {"result": True, "comment": said}

    return block


def content(file: Path) -> str | None:
    return file.read_bytes().decode() if file.exists() else None


def record(case: dict[str, Any], edit: Edit, file: Path) -> dict[str, Any]:
    """Return the case with what Salt makes of it."""
    file.unlink(missing_ok=True)
    if "before" in case:
        file.write_bytes(case["before"].encode())
    seen = [content(file)]
    said: dict[str, Any] = {}
    while len(seen) <= MOST_RUNS and len(seen[-1] or "") <= MOST_TEXT:
        try:
            answer = edit(name=str(file), **case["args"])
        except Exception as error:  # Salt turns any of them into a failed state
            answer = {"result": False, "comment": str(error)}
        said = said or answer
        seen.append(content(file))
        if seen[-1] == seen[-2]:
            break
    found: dict[str, Any] = {key: case[key] for key in ("state", "args", "before") if key in case}
    found["result"] = said["result"]
    comment = said["comment"].replace(str(file), "{path}")
    found |= {"comment": comment} if comment else {}
    found |= {"first": seen[1]} if seen[1] is not None else {}
    if seen[-1] != seen[-2]:
        found["endless"] = True
    elif seen[-1] != seen[1]:
        found["last"] = seen[-1]
    return found


def main() -> int:
    logging.disable(logging.CRITICAL)
    cases = json.loads(CASES.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        modules, states = load(Path(folder))
        file = Path(folder) / "edited"
        found = [record(case, edit_of(case["state"], modules, states), file) for case in cases]
    if "--write" in sys.argv[1:]:
        CASES.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    different = [number for number, case in enumerate(cases) if found[number] != case]
    for number in different:
        sys.stderr.write(f"edit {number}: {cases[number]} is now {found[number]}\n")
    sys.stderr.write(f"{len(cases)} edits by Salt, {len(different)} not as recorded\n")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
