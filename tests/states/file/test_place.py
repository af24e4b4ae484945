"""Where a file state works."""

from __future__ import annotations

import pytest

from zester_peel.states.file.place import ancestors, resource


@pytest.mark.parametrize(
    ("path", "above"),
    [
        ("/", ()),
        ("/etc", ()),
        ("/etc/app/conf", ("path:/etc/app", "path:/etc")),
        ("//etc//app/./conf/", ("path:/etc/app", "path:/etc")),
        ("/etc/app/../other/conf", ("path:/etc/other", "path:/etc")),
        ("/etc/./conf", ("path:/etc",)),
    ],
)
def test_the_folders_above_a_path_are_resources_nearest_first(
    path: str, above: tuple[str, ...]
) -> None:
    assert ancestors(path) == above


def test_a_path_is_one_resource_however_it_is_spelled() -> None:
    assert len({resource(each) for each in ("/a/b", "//a/b", "/a//b/", "/a/./b", "/a/c/../b")}) == 1
