"""Sources on the web, folders that several states share, and large ones."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from zester.compiler.lowstate import LowChunk
from zester.errors import At
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, Outcome

pytestmark = pytest.mark.anyio

Call = Callable[..., Awaitable[Outcome]]
Tree = Any  # the one of conftest, which tests cannot import


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server and the folder it serves."""
    folder = tmp_path / "web"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", folder
        finally:
            server.shutdown()
            thread.join()


async def test_a_file_from_the_web_is_fetched_only_while_it_differs(
    web: tuple[str, Path], call: Call, root: Path
) -> None:
    url, folder = web
    (folder / "a").write_bytes(b"x" * 1_000_000)
    digest = hashlib.sha512(b"x" * 1_000_000).hexdigest()
    args = {"source": f"{url}/a", "source_hash": f"sha512={digest}"}
    assert (await call("file.managed", "/f", test=True, **args)).changes == {"diff": "New file"}
    made = await call("file.managed", "/f", **args)
    assert (made.result, made.changes) == (True, {"diff": "New file"})
    (folder / "a").unlink()
    assert (await call("file.managed", "/f", **args)).changes == {}
    assert (root / "f").stat().st_size == 1_000_000


async def test_another_file_than_the_hash_says_changes_nothing(
    web: tuple[str, Path], call: Call, root: Path
) -> None:
    url, folder = web
    (folder / "a").write_text("planted")
    (root / "f").write_text("old")
    found = await call("file.managed", "/f", source=f"{url}/a", source_hash="0" * 40)
    assert found.result is False
    assert "source_hash asks for 0000" in found.comment
    assert (root / "f").read_text() == "old"
    assert [each.name for each in root.iterdir()] == ["f"]


async def test_the_hash_can_be_on_the_web_too_and_the_first_that_exists_is_taken(
    web: tuple[str, Path], call: Call, root: Path
) -> None:
    url, folder = web
    (folder / "a").write_text("x")
    (folder / "SUMS").write_text("9dd4e461268c8034f5c8564e155c67a6  ./a\n")
    found = await call(
        "file.managed",
        "/f",
        source=[f"{url}/gone", f"{url}/a"],
        source_hash=f"{url}/SUMS",
    )
    assert found.result is True, found.comment
    assert (root / "f").read_text() == "x"


async def test_a_hash_can_be_waived(web: tuple[str, Path], call: Call, root: Path) -> None:
    url, folder = web
    (folder / "a").write_text("{{x}}")
    args = {"source": f"{url}/a", "skip_verify": True, "template": "jinja", "context": {"x": 5}}
    assert (await call("file.managed", "/f", **args)).result is True
    assert (root / "f").read_text() == "5"


async def test_what_cannot_be_fetched_says_why_without_the_password(
    web: tuple[str, Path], call: Call
) -> None:
    url = web[0].replace("//", "//user:secret@")
    found = await call("file.managed", "/f", source=f"{url}/gone", source_hash="0" * 64)
    assert found.result is False
    assert "cannot fetch http://127.0.0.1" in found.comment
    assert "404" in found.comment
    assert "secret" not in found.comment


def low(order: int, function: str, name: str, **args: object) -> LowChunk:
    state, fun = function.split(".")
    return LowChunk(
        state=state,
        fun=fun,
        name=name,
        id=f"s{order}",
        sls="web",
        env="base",
        at=At("web.sls", order),
        order=order,
        args=args,
    )


async def test_a_cleaned_folder_keeps_what_other_states_put_there(
    engine: Engine, tree: Tree, root: Path
) -> None:
    tree.files = {"conf/x": b"x", "conf/sub/z": b"z"}
    program = engine.program(
        [
            low(1, "file.directory", "/d", clean=True),
            low(2, "file.managed", "/d/deep/a", contents="a", makedirs=True),
            low(3, "file.recurse", "/d/tree", source="salt://conf"),
            low(4, "file.symlink", "/d/./link", target="/nowhere"),
        ]
    )
    first = await engine.run(program, cause=Cause.REVISION)
    assert not first.failed, first.failed
    (root / "d/deep/planted").write_text("x")
    (root / "d/planted").mkdir()
    (root / "d/tree/stays").write_text("another state's folder")
    again = await engine.run(program, cause=Cause.RESYNC)
    assert [outcome.changes for outcome in again.changed] == [
        {"removed": ["/d/planted", "/d/deep/planted"]}
    ]
    assert (root / "d/tree/stays").exists()
    assert (root / "d/link").is_symlink()
    assert not (await engine.run(program, cause=Cause.RESYNC)).changed


async def test_cleaning_never_leaves_the_folder(call: Call, root: Path) -> None:
    (root / "out").mkdir()
    (root / "out/precious").write_text("x")
    (root / "d").mkdir()
    (root / "d/link").symlink_to("/out")
    found = await call("file.directory", "/d", clean=True)
    assert found.changes == {"removed": ["/d/link"]}
    assert (root / "out/precious").exists()


async def test_a_large_folder_is_copied_and_then_left_alone(
    call: Call, tree: Tree, root: Path
) -> None:
    tree.files = {f"conf/{i % 40}/{i}": b"%d" % i for i in range(1500)}
    first = await call("file.recurse", "/d", source="salt://conf")
    assert first.result is True, first.comment
    assert len(first.changes) == 1541
    again = await call("file.recurse", "/d", source="salt://conf")
    assert (again.result, again.changes) == (True, {})
    assert sum(each.is_file() for each in root.rglob("*")) == 1500


async def test_a_copy_is_kept_before_a_file_is_replaced(call: Call, root: Path) -> None:
    (root / "etc").mkdir()
    (root / "etc/f").write_text("old")
    (root / "etc/f").chmod(0o640)
    await call("file.managed", "/etc/f", contents="new", backup="minion")
    kept = list((root / "var/lib/zester/file_backup/etc").iterdir())
    assert [each.read_text() for each in kept] == ["old"]
    assert kept[0].stat().st_mode & 0o777 == 0o640


async def test_what_a_check_saw_is_gone_afterwards(call: Call, root: Path) -> None:
    (root / "tmp").mkdir()
    command = 'echo "$(basename "$1")" > "$ZESTER_ROOT/seen"; cat'
    found = await call("file.managed", "/f", contents="x", check_cmd=command, tmp_ext=".conf")
    assert found.result is True, found.comment
    assert (root / "seen").read_text().endswith(".conf\n")
    assert not list((root / "tmp").iterdir())
