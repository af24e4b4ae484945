"""Repositories of machines below a temporary folder."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.machines.recorded_host import RecordedHost
from support.machines.single_state import run_state
from zester.errors import StateError
from zester_peel.engine.content import Content
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Outcome
from zester_peel.states.pkg.manager import Manager
from zester_peel.states.pkgrepo import keys
from zester_peel.states.pkgrepo.apt_source import read_line, read_stanza
from zester_peel.states.pkgrepo.family import repository_states

pytestmark = pytest.mark.anyio

MAIN = "/etc/apt/sources.list"
LINE = "deb https://example.com/debian stable main"
KEY = b"\x99\x00\x06\x04abcde"  # a packet with the shape of a key
ARMORED = (
    b"-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: x\n\n"
    + base64.b64encode(KEY)
    + b"\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n"
)


class Tree:
    """A tree that holds one key."""

    async def fetch(self, url: str) -> Content | None:
        if url != "salt://repo.asc":
            return None
        return Content(hashlib.sha256(ARMORED).hexdigest(), len(ARMORED), data=ARMORED)

    def list(self, url: str) -> tuple[str, ...]:
        return ("repo.asc",)

    def value(self, kind: str, key: str, *, delimiter: str = ":") -> object:
        return None

    async def render(self, text: str, *, name: str, sls: str, context: object) -> str:
        return text


class Place:
    """A machine with one package manager."""

    def __init__(self, root: Path, program: str) -> None:
        self.host = RecordedHost(root)
        self.put(program, "")
        states = repository_states(Manager())
        self.engine = Engine(self.host, {each.function: each for each in states}, Tree())

    def put(self, path: str, text: str) -> None:
        file = self.host.root / path.strip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def text(self, path: str) -> str:
        return (self.host.root / path.strip("/")).read_text()

    async def once(self, function: str, name: str, **args: object) -> Outcome:
        return await self.run(function, name, args)

    async def run(
        self, function: str, name: str, args: Mapping[str, object], *, test: bool = False
    ) -> Outcome:
        return await run_state(self.engine, f"pkgrepo.{function}", name, args, test=test)

    async def settles(self, function: str, name: str, **args: object) -> Outcome:
        """Predict, apply, and find nothing to do afterwards."""
        predicted = await self.run(function, name, args, test=True)
        applied = await self.run(function, name, args)
        assert applied.result is True, applied.comment
        assert applied.changes == predicted.changes
        assert (await self.run(function, name, args)).changes == {}
        return applied


@pytest.fixture
def apt(tmp_path: Path) -> Place:
    return Place(tmp_path, "/usr/bin/apt-get")


@pytest.fixture
def dnf(tmp_path: Path) -> Place:
    return Place(tmp_path, "/usr/bin/dnf")


async def test_a_new_source_goes_to_its_file(apt: Place) -> None:
    path = "/etc/apt/sources.list.d/x.list"
    applied = await apt.settles("managed", LINE, file=path)

    assert applied.changes == {"repo": LINE}
    assert apt.text(path) == f"{LINE}\n"


async def test_without_a_file_it_goes_to_the_main_list(apt: Place) -> None:
    apt.put(MAIN, "deb https://other stable main")
    await apt.settles("managed", LINE)

    assert apt.text(MAIN) == f"deb https://other stable main\n{LINE}\n"


async def test_a_source_is_changed_where_it_is(apt: Place) -> None:
    apt.put(MAIN, f"# mine\n{LINE}\ndeb https://other stable main\n")
    applied = await apt.settles(
        "managed",
        LINE,
        comps="contrib",
        architectures="amd64",
        file="/etc/apt/sources.list.d/x.list",
    )

    wished = "deb [arch=amd64] https://example.com/debian stable main contrib"
    assert applied.changes == {"line": {"old": LINE, "new": wished}}
    assert apt.text(MAIN) == f"# mine\n{wished}\ndeb https://other stable main\n"


async def test_a_source_is_switched_off_and_on(apt: Place) -> None:
    apt.put(MAIN, f"{LINE}\n")
    await apt.settles("managed", LINE, disabled=True)
    assert apt.text(MAIN) == f"# {LINE}\n"
    await apt.settles("managed", LINE, enabled=True)
    assert apt.text(MAIN) == f"{LINE}\n"


async def test_stanzas_are_read_and_written(apt: Place) -> None:
    path = "/etc/apt/sources.list.d/debian.sources"
    stanza = (
        "Types: deb deb-src\nURIs: https://example.com/debian/\nSuites: stable testing\n"
        "Components: main\nSigned-By: /usr/share/keyrings/debian.gpg\n"
    )
    apt.put(path, stanza)
    signed = "deb [signed-by=/usr/share/keyrings/debian.gpg] https://example.com/debian stable main"
    assert (await apt.once("managed", signed)).changes == {}
    refused = await apt.once("managed", LINE, comps="contrib")
    assert "together with other sources" in refused.comment

    await apt.settles("managed", "deb https://new sid main", file=path, trusted=True)
    assert apt.text(path) == (
        f"{stanza}\nTypes: deb\nURIs: https://new\nSuites: sid\nComponents: main\nTrusted: yes\n"
    )
    await apt.settles("absent", "deb https://new sid main")
    assert apt.text(path) == f"{stanza}\n"


async def test_a_file_is_cleaned_and_copies_are_dropped(apt: Place) -> None:
    path = "/etc/apt/sources.list.d/x.list"
    apt.put(path, f"# old\ndeb https://old stable main\n{LINE}\n")
    await apt.settles("managed", LINE, file=path, clean_file=True)
    assert apt.text(path) == f"{LINE}\n"

    apt.put(MAIN, f"{LINE} contrib\n")
    await apt.settles("managed", LINE, file=path, consolidate=True)
    assert (apt.text(MAIN), apt.text(path)) == ("", f"{LINE}\n")


async def test_an_absent_source_is_nowhere(apt: Place) -> None:
    path = "/etc/apt/sources.list.d/x.list"
    apt.put(path, f"{LINE}\n")
    apt.put(MAIN, f"{LINE}\ndeb https://other stable main\n")
    applied = await apt.settles("absent", LINE)

    assert applied.changes == {"repo": LINE}
    assert apt.text(MAIN) == "deb https://other stable main\n"
    assert not (apt.host.root / path.strip("/")).exists()


async def test_a_key_is_kept_as_its_file_says(apt: Place) -> None:
    for name in ("text.asc", "binary.gpg"):
        line = f"deb [signed-by=/etc/apt/keyrings/{name}] https://{name} stable main"
        applied = await apt.settles("managed", line, key_url="salt://repo.asc")
        assert applied.changes == {"repo": line, "key": f"/etc/apt/keyrings/{name}"}
    folder = apt.host.root / "etc/apt/keyrings"
    assert (folder / "text.asc").read_bytes() == ARMORED
    assert (folder / "binary.gpg").read_bytes() == KEY

    (folder / "binary.gpg").write_bytes(b"\x99another")
    again = await apt.settles("managed", line, key_url="salt://repo.asc")
    assert again.changes == {"key": "/etc/apt/keyrings/binary.gpg"}


async def test_a_key_must_be_the_one_that_is_named(apt: Place) -> None:
    wrong = await apt.once("managed", LINE, key_text=ARMORED.decode(), keyid="DEADBEEF")
    assert wrong.result is False
    assert "not DEADBEEF" in wrong.comment
    right = keys.fingerprint(KEY)[-16:]
    await apt.settles("managed", LINE, key_text=ARMORED.decode(), keyid=right)
    assert (apt.host.root / "etc/apt/trusted.gpg.d/example-com-debian.asc").exists()


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("no line at all", {}),
        ("ppa:some/thing", {}),
        ("deb https://x stable main\ndeb https://evil stable main", {}),
        (LINE, {"file": "/etc/passwd"}),
        (LINE, {"file": "/etc/apt/sources.list.d/../../passwd.list"}),
        (LINE, {"dist": "stable\ndeb https://evil"}),
        (LINE, {"signedby": "relative"}),
        (LINE, {"key_url": "ftp://x/key"}),
        (LINE, {"key_url": "salt://missing"}),
        (LINE, {"key_text": "nothing"}),
        (LINE, {"enabled": True, "disabled": True}),
        (LINE, {"keyid": "ABCD"}),
    ],
)
async def test_what_cannot_be_is_refused(apt: Place, name: str, args: dict[str, object]) -> None:
    result = await apt.run("managed", name, args)

    assert result.result is False
    assert not (apt.host.root / "etc/apt").exists()


async def test_a_section_is_written_and_others_keep_their_shape(dnf: Place) -> None:
    path = "/etc/yum.repos.d/epel.repo"
    applied = await dnf.settles(
        "managed",
        "epel",
        humanname="Extra Packages",
        baseurl=["https://a/$basearch", "https://b/$basearch"],
        gpgcheck=1,
        gpgkey="file:///etc/pki/key",
        comments=["ours"],
    )

    assert applied.changes == {"repo": "epel"}
    assert dnf.text(path) == (
        "[epel]\n# ours\nname=Extra Packages\nbaseurl=https://a/$basearch\n"
        "    https://b/$basearch\ngpgcheck=1\ngpgkey=file:///etc/pki/key\nenabled=1\n"
    )

    both = "# head\n[one]\nname = One\nenabled = yes\n\n[two]\n; note\nname=Two\n"
    dnf.put("/etc/yum.repos.d/both.repo", both)
    assert (await dnf.once("managed", "one", humanname="One")).changes == {}
    changed = await dnf.settles("managed", "one", humanname="One", enabled=False)
    assert changed.changes == {"enabled": {"old": "yes", "new": "0"}}
    assert dnf.text("/etc/yum.repos.d/both.repo") == (
        "# head\n[one]\nname=One\nenabled=0\n\n[two]\n; note\nname=Two\n"
    )
    await dnf.settles("absent", "one")
    assert dnf.text("/etc/yum.repos.d/both.repo") == "# head\n[two]\n; note\nname=Two\n"
    await dnf.settles("absent", "epel")
    assert not (dnf.host.root / path.strip("/")).exists()


async def test_an_id_cannot_leave_its_file(dnf: Place) -> None:
    for name in ("../../etc/cron.d/x", "a]b", "-x"):
        result = await dnf.once("managed", name, baseurl="https://x")
        assert result.result is False
        assert "cannot be the id" in result.comment


async def test_managers_without_such_files_say_what_to_do(tmp_path: Path) -> None:
    result = await Place(tmp_path, "/sbin/apk").once("managed", "https://x")

    assert "/etc/apk/repositories" in result.comment


def test_lines_and_stanzas_mean_the_same() -> None:
    line = read_line("deb [arch=amd64,arm64 signed-by=/k.gpg] https://x stable main # why")
    assert line is not None
    assert line.comment == "why"
    (stanza,) = read_stanza(line.stanza())
    assert line.same(stanza) is False
    assert stanza.same(line) is False or stanza.options == line.options
    assert read_line("# just a comment") is None
    assert read_line("deb") is None


def test_what_is_no_key_is_refused() -> None:
    for data in (b"", b"text", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!\n-----END"):
        with pytest.raises(StateError):
            keys.binary(data, "it")
    assert keys.keyserver_url("keyserver.ubuntu.com", "0xABCDEF01").startswith("https://")
    for server, key in (("a b", "ABCDEF01"), ("x", "nothex"), ("file:///etc/x", "ABCDEF01")):
        with pytest.raises(StateError):
            keys.keyserver_url(server, key)
