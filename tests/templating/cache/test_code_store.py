"""Compiled templates on disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zester.templating.cache import code_store
from zester.templating.cache.code_store import CodeStore, user_store


@pytest.fixture
def store(tmp_path: Path) -> CodeStore:
    return CodeStore(tmp_path / "cache" / "templates")


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "templates").iterdir())


def put(store: CodeStore, name: str = "a.sls", text: str = "text") -> None:
    store.write(name, text, compile("1 + 1", name, "eval"))


def test_what_was_kept_is_found_by_another_store(store: CodeStore, tmp_path: Path) -> None:
    put(store)
    code = CodeStore(tmp_path / "cache" / "templates").read("a.sls", "text")
    assert code is not None
    assert eval(code) == 2  # noqa: S307 -- the code is the one compiled above


def test_another_name_or_text_is_another_template(store: CodeStore) -> None:
    put(store)
    assert store.read("b.sls", "text") is None
    assert store.read("a.sls", "texts") is None
    assert store.read("a.sl", "stext") is None


def test_the_folder_and_its_files_are_private(store: CodeStore, tmp_path: Path) -> None:
    put(store)
    assert (tmp_path / "cache" / "templates").stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in kept(tmp_path)] == [0o600]


@pytest.mark.parametrize("length", [0, 5, 32, 40])
def test_a_half_written_file_is_a_miss(store: CodeStore, tmp_path: Path, length: int) -> None:
    put(store)
    (path,) = kept(tmp_path)
    path.write_bytes(path.read_bytes()[:length])
    assert store.read("a.sls", "text") is None


def test_a_damaged_file_is_a_miss(store: CodeStore, tmp_path: Path) -> None:
    put(store)
    (path,) = kept(tmp_path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert store.read("a.sls", "text") is None


def test_a_file_that_others_may_write_is_not_run(store: CodeStore, tmp_path: Path) -> None:
    put(store)
    (path,) = kept(tmp_path)
    path.chmod(0o622)
    assert store.read("a.sls", "text") is None


def test_a_link_is_not_followed(store: CodeStore, tmp_path: Path) -> None:
    put(store)
    (path,) = kept(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert store.read("a.sls", "text") is None


def test_a_folder_that_others_may_write_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    store = CodeStore(folder)
    put(store)
    assert list(folder.iterdir()) == []
    assert store.read("a.sls", "text") is None


def test_a_folder_that_is_a_link_is_not_used(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir(mode=0o700)
    folder = tmp_path / "link"
    folder.symlink_to(target)
    put(CodeStore(folder))
    assert list(target.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = CodeStore(tmp_path / "file" / "templates")
    put(store)
    assert store.read("a.sls", "text") is None


def test_code_of_another_version_is_a_miss(
    store: CodeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store)
    monkeypatch.setattr(code_store, "__version__", "another")
    assert CodeStore(tmp_path / "cache" / "templates").read("a.sls", "text") is None


def test_the_older_half_goes_when_there_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_store, "MAX_FILES", 4)
    store = CodeStore(tmp_path / "cache" / "templates")
    for number in range(6):
        put(store, text=str(number))
    for path in kept(tmp_path):
        os.utime(path, (0, 0))
    later = CodeStore(tmp_path / "cache" / "templates")
    assert later.read("a.sls", "0") is not None
    assert len(kept(tmp_path)) == 6  # who only reads clears nothing away
    put(later, text="new")
    assert later.read("a.sls", "new") is not None
    assert len(kept(tmp_path)) == 3


def test_the_users_store_is_below_the_cache_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    store = user_store()
    assert store is not None
    put(store)
    assert len(list((tmp_path / "zester" / "templates").iterdir())) == 1


def test_a_relative_cache_folder_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    assert user_store() is None
