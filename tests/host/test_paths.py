"""Paths below a root, honest and hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from zester.errors import HostError
from zester_peel.host.paths import Paths


@pytest.fixture
def paths(root: Path) -> Paths:
    return Paths(root)


@pytest.mark.parametrize(
    ("path", "below"),
    [
        ("/etc/motd", "etc/motd"),
        ("//etc//./motd", "etc/motd"),
        ("/etc/../../../motd", "motd"),
        ("/etc/motd/", "etc/motd"),
        ("/etc/motd/.", "etc/motd"),
        ("/", ""),
        ("/..", ""),
        ("/a b\n'\"ü", "a b\n'\"ü"),
    ],
)
def test_a_path_is_mapped_below_the_root(paths: Paths, root: Path, path: str, below: str) -> None:
    assert Path(paths.locate(path)) == root / below


@pytest.mark.parametrize(
    "target", ["/etc", "../../../../../../etc", "/../etc", "etc", "/./etc/../etc"]
)
def test_a_link_in_the_path_stays_inside_the_root(paths: Paths, root: Path, target: str) -> None:
    (root / "etc").mkdir()
    (root / "link").symlink_to(target)
    assert Path(paths.locate("/link/passwd")) == root / "etc" / "passwd"


def test_the_last_link_is_followed_only_when_asked(paths: Paths, root: Path) -> None:
    (root / "link").symlink_to("/etc/passwd")
    assert Path(paths.locate("/link")) == root / "link"
    assert Path(paths.locate("/link", follow=True)) == root / "etc" / "passwd"


def test_dots_after_a_link_mean_the_folder_behind_it(paths: Paths, root: Path) -> None:
    (root / "deep" / "er").mkdir(parents=True)
    (root / "link").symlink_to("/deep/er")
    assert Path(paths.locate("/link/../file")) == root / "deep" / "file"


def test_links_in_a_circle_are_an_error(paths: Paths, root: Path) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    with pytest.raises(HostError, match="too many levels"):
        paths.locate("/a/file")


@pytest.mark.parametrize("path", ["etc/motd", "", "/etc/\0motd", "/\ud800"])
def test_what_cannot_be_a_path_is_refused(paths: Paths, path: str) -> None:
    with pytest.raises(HostError):
        paths.locate(path)


def test_the_whole_machine_is_left_to_the_kernel() -> None:
    paths = Paths(Path("/"))
    assert paths.whole_machine
    assert paths.locate("/etc/../etc/motd/") == "/etc/../etc/motd"
