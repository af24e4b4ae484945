"""The main job of Zester, end to end on one machine. Ends non-zero if any step is not as told."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEELS = 3
WAIT = 15.0


class NotAsTold(Exception):
    """A step did not do what it says."""


def zester(*args: str, cwd: Path, code: int = 0) -> str:
    """Run the command line as a user would; check the exit code."""
    done = subprocess.run(  # noqa: S603 - our own entry point
        [sys.executable, "-m", "zester.cli.main", *args],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode != code:
        said = (done.stdout + done.stderr).strip()
        raise NotAsTold(f"`zester {' '.join(args)}` ended with {done.returncode}: {said}")
    return done.stdout


def until(what: str, holds: Callable[[], bool]) -> float:
    """Wait until something holds; return the milliseconds it took."""
    start = time.perf_counter()
    while not holds():
        if time.perf_counter() - start > WAIT:
            raise NotAsTold(f"not within {WAIT:g} s: {what}")
        time.sleep(0.001)
    return (time.perf_counter() - start) * 1000


class Demo:
    """One folder with a tree to push and a dev set-up beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tree = folder / "tree"
        shutil.copytree(HERE / "quickstart", self.tree)
        self.number = 0

    def root(self, peel: int) -> Path:
        return self.folder / ".zester" / "peels" / f"peel-{peel}" / "root"

    def page(self, peel: int) -> Path:
        return self.root(peel) / "srv/site/index.html"

    def step(self, text: str) -> None:
        self.number += 1
        print(f"\n{self.number}. {text}", flush=True)

    def say(self, text: str) -> None:
        print("   " + text.rstrip().replace("\n", "\n   "), flush=True)

    def run(self, *args: str, code: int = 0) -> str:
        self.say("$ zester " + " ".join(args))
        out = zester(*args, cwd=self.folder, code=code)
        if out.strip():
            self.say(out)
        return out

    def status(self) -> list[dict[str, object]]:
        """Show the table and return it as data."""
        self.run("status")
        found: list[dict[str, object]] = json.loads(zester("status", "-o", "json", cwd=self.folder))
        return found

    def expect(self, what: str, holds: bool) -> None:
        if not holds:
            raise NotAsTold(what)

    def expect_ready(self, revision: int) -> None:
        peels = self.status()
        self.expect(f"{PEELS} peels in the table", len(peels) == PEELS)
        for peel in peels:
            self.expect(f"{peel['peel']} is Ready", peel["ready"] == "True")
            status = peel["status"]
            assert isinstance(status, dict)  # noqa: S101 - for the type checker
            applied = status["applied"]
            self.expect(f"{peel['peel']} is at {revision}: {applied}", applied["cli"] == revision)


def show(demo: Demo) -> None:
    """All steps in order."""
    demo.step(f"A nats-server, a master and {PEELS} peels, no root needed")
    demo.run("dev", "up", "--peels", str(PEELS), "--detach")
    demo.status()

    demo.step("Push a tree: every peel converges")
    demo.run("push", "tree", "-m", "the first revision", "--wait")
    demo.expect_ready(1)
    for peel in range(1, PEELS + 1):
        demo.expect("the page greets", "revision one" in demo.page(peel).read_text())

    demo.step("Edit a settings value and push again")
    settings = demo.tree / "settings/site.zy"
    settings.write_text(settings.read_text().replace("revision one", "revision two"))
    start = time.perf_counter()
    demo.run("push", "tree", "-m", "another greeting", "--wait")
    demo.say(f"push, converge and report: {(time.perf_counter() - start) * 1000:.0f} ms")
    demo.expect_ready(2)
    demo.expect("the page has the new value", "revision two" in demo.page(2).read_text())
    demo.run("diff", "1", "2")

    demo.step("Tamper with a managed file by hand")
    wanted = demo.page(1).read_bytes()
    demo.page(1).write_text("defaced")
    took = until("the page is as before", lambda: read(demo.page(1)) == wanted)
    demo.say(f"restored after {took:.1f} ms")
    demo.page(2).chmod(0o777)
    took = until("the mode is as before", lambda: demo.page(2).stat().st_mode & 0o777 == 0o644)
    demo.say(f"mode restored after {took:.1f} ms")
    shutil.rmtree(demo.root(3) / "srv")
    took = until("the folder is back", lambda: read(demo.page(3)) != b"")
    demo.say(f"removed folder rebuilt after {took:.1f} ms")
    until("the corrections are told", lambda: corrected(demo) >= PEELS)
    demo.expect_ready(2)

    demo.step("Kill the NATS server: drift is corrected all the same")
    told = corrected(demo)
    demo.run("dev", "stop", "nats", "--kill")
    wanted = demo.page(1).read_bytes()
    demo.page(1).unlink()
    took = until("the page is back without a server", lambda: read(demo.page(1)) == wanted)
    demo.say(f"restored after {took:.1f} ms, offline")

    demo.step("Start it again: the peels come back by themselves and tell what happened")
    demo.run("dev", "start", "nats")
    until("all peels are seen again", lambda: corrected(demo) == told + 1 and ready(demo))
    demo.expect_ready(2)

    demo.step("Roll back to revision 1: a new revision with the old tree")
    demo.run("rollback", "1", "--wait")
    demo.expect_ready(3)
    demo.expect("the old greeting is back", "revision one" in demo.page(3).read_text())
    demo.run("history")

    demo.step("Stop everything; nothing is left behind")
    demo.run("dev", "down")
    demo.expect("the folder is gone", not (demo.folder / ".zester").exists())


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def corrected(demo: Demo) -> int:
    """Corrections that the peels have reported, over all."""
    peels = json.loads(zester("status", "-o", "json", cwd=demo.folder))
    return sum(peel["status"]["corrected"] for peel in peels if peel["status"])


def ready(demo: Demo) -> bool:
    peels = json.loads(zester("status", "-o", "json", cwd=demo.folder))
    return all(peel["ready"] == "True" for peel in peels)


def main() -> int:
    """Run the demo in a folder of its own; return the exit code."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="zester-demo-") as folder:
        demo = Demo(Path(folder))
        try:
            show(demo)
        except NotAsTold as error:
            print(f"\nNOT AS TOLD: {error}", file=sys.stderr)
            for log in sorted((demo.folder / ".zester/logs").glob("*.log")):
                tail = log.read_text(errors="replace").splitlines()[-15:]
                print(f"--- {log.name}", *tail, sep="\n", file=sys.stderr)
            return 1
        finally:
            if (demo.folder / ".zester").exists():
                zester("dev", "down", cwd=demo.folder)
    print(f"\nAll as told, in {time.perf_counter() - start:.1f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
