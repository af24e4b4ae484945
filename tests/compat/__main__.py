"""``python -m compat SALT_PYTHON [--write] [NAME…]``: compare with real Salt, tree by tree.

Renders every tree with Salt, says where the committed expectation is no longer Salt's answer
(``--write`` replaces it) and where ours differs. Exit code 1 when anything does.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from compat.case import HERE, Case, all_names, load_case
from compat.comparison import differences
from compat.ours import our_low_state


def answers_of_salt(python: str, cases: list[Case], scratch: Path) -> dict[str, dict[str, Any]]:
    """Return what Salt makes of every case; refusals without their text, which is no promise."""
    file = scratch / "cases.json"
    file.write_text(json.dumps([case.for_salt() for case in cases]), encoding="utf-8")
    command = [python, str(HERE / "salt_side.py"), str(file)]
    done = subprocess.run(command, capture_output=True, timeout=900)
    if done.returncode:
        raise SystemExit(done.stderr.decode(errors="replace"))
    answers: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return answers


def problems(case: Case, salts: dict[str, Any], scratch: Path, *, write: bool) -> list[str]:
    """Return what is wrong with a case, one line each."""
    found = []
    said = salts.get("refused")
    if (said is not None) is not case.refused:
        found.append(f"Salt {'refuses it: ' + str(said) if said else 'does not refuse it'}")
    answer = {"refused": True} if said is not None else salts
    text = json.dumps(answer, indent=1, ensure_ascii=False) + "\n"
    if write:
        case.expectation.write_text(text, encoding="utf-8")
    elif not case.expectation.exists() or case.expectation.read_text(encoding="utf-8") != text:
        found.append("expected.json is not what Salt says (make compat WRITE=1)")
    ours = our_low_state(case, scratch)
    wanted = "refused" if case.refused_by_us else "low"
    if wanted not in ours:
        found += [f"ours {kind}: {value}" for kind, value in ours.items()]
    elif "low" in ours and said is None:
        found += differences(ours["low"], json.loads(text)["low"])
    return found


def main(arguments: list[str]) -> int:
    python, *rest = arguments
    write = "--write" in rest
    names = [name for name in rest if not name.startswith("-")] or all_names()
    cases = [load_case(name) for name in names]
    different = 0
    with tempfile.TemporaryDirectory(prefix="zester-compat-") as folder:
        answers = answers_of_salt(python, cases, Path(folder))
        for case in cases:
            found = problems(case, answers[case.name], Path(folder), write=write)
            different += bool(found)
            for line in found:
                sys.stdout.write(f"{case.name}: {line}\n")
    equal = len(cases) - different
    sys.stdout.write(f"{len(cases)} trees, {equal} equal, {different} different\n")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
