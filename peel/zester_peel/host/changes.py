"""Changing files."""

# Path objects cost more than the calls they wrap, and know no descriptors:
# ruff: noqa: PTH101, PTH102, PTH112, PTH116, PTH117, PTH120

from __future__ import annotations

import os
import posixpath
import stat as modes
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from zester.errors import HostError
from zester_peel.host.paths import Paths
from zester_peel.host.refusal import refused
from zester_peel.host.replacing.replacement import replace_file, temporary_name
from zester_peel.host.replacing.rewriting import rewrite_file

_KERNEL = ("/proc/", "/sys/")
_RETRIES = 5  # how often a folder that fills while it is removed is tried again


class FileWriter:
    """Changes files and folders; every method blocks and raises HostError on refusal."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    def write(
        self,
        path: str,
        content: bytes | Iterable[bytes],
        *,
        mode: int,
        uid: int | None = None,
        gid: int | None = None,
    ) -> None:
        """Replace a file atomically; a link at the path is replaced, not followed."""
        chunks = (content,) if isinstance(content, bytes) else content
        try:
            with self._folder(path) as (folder, name):
                replace_file(folder, name, chunks, mode=mode, uid=uid, gid=gid)
        except OSError as error:
            raise refused("write", path, error) from error

    def rewrite(self, path: str, content: bytes, *, before: bytes) -> bool:
        """Replace a file's content and keep all else; False when it does not hold ``before``."""
        try:
            with self._folder(path) as (folder, name):
                return rewrite_file(folder, name, content, before=before)
        except OSError as error:
            raise refused("write", path, error) from error

    def set_times(self, path: str, atime_ns: int, mtime_ns: int) -> None:
        """Set the times of what is there itself, also of a link."""
        try:
            os.utime(self._paths.locate(path), ns=(atime_ns, mtime_ns), follow_symlinks=False)
        except OSError as error:
            raise refused("set the times of", path, error) from error

    def put(self, path: str, value: bytes) -> None:
        """Write into a file of the kernel, in one call: it takes a value or refuses it."""
        if not posixpath.normpath(path).startswith(_KERNEL):
            raise HostError(f"cannot put a value into {path}: it is not a file of the kernel")
        try:
            descriptor = os.open(
                self._paths.locate(path), os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            )
            try:
                os.write(descriptor, value)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise refused("write", path, error) from error

    def mkdir(self, path: str, *, mode: int, parents: bool) -> tuple[str, ...]:
        """Create a folder, and its parents when asked, all with ``mode``; an existing one is fine.

        Return the folders that were created, outermost first.
        """
        missing = [path.rstrip("/") or "/"]
        while parents and not os.path.isdir(self._paths.locate(missing[-1], follow=True)):
            above = os.path.dirname(missing[-1])
            if above == missing[-1]:
                break
            missing.append(above)
        created = []
        for each in reversed(missing):
            real = self._paths.locate(each)
            try:
                os.mkdir(real, 0o700)
            except FileExistsError as error:
                if not os.path.isdir(self._paths.locate(each, follow=True)):
                    raise refused("create folder", each, error) from error
                continue
            except OSError as error:
                raise refused("create folder", each, error) from error
            self.chmod(each, mode)
            created.append(each)
        return tuple(created)

    def chmod(self, path: str, mode: int, below: str | None = None) -> None:
        """Set the permission bits of what is there itself: a link is refused."""
        flags = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with self._around(path, below) as (folder, name):
                descriptor = os.open(name, flags, dir_fd=folder)
                try:
                    if modes.S_ISLNK(os.fstat(descriptor).st_mode):
                        raise HostError(f"cannot set the mode of {path}: it is a symbolic link")
                    os.chmod(f"/proc/self/fd/{descriptor}", mode)
                finally:
                    os.close(descriptor)
        except OSError as error:
            raise refused("set the mode of", path, error) from error

    def chown(self, path: str, uid: int | None, gid: int | None, below: str | None = None) -> None:
        """Set owner and group (None = leave) of what is there itself, also of a link."""
        try:
            with self._around(path, below) as (folder, name):
                os.chown(
                    name,
                    -1 if uid is None else uid,
                    -1 if gid is None else gid,
                    dir_fd=folder,
                    follow_symlinks=False,
                )
        except OSError as error:
            raise refused("set the owner of", path, error) from error

    def symlink(self, path: str, target: str) -> None:
        """Create or atomically replace a symbolic link; refuses to replace anything else."""
        try:
            with self._folder(path) as (folder, name):
                try:
                    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
                except FileNotFoundError:
                    pass
                else:
                    if not modes.S_ISLNK(found.st_mode):
                        raise HostError(f"cannot link {path}: something else is there")
                temporary = temporary_name(name)
                try:
                    os.symlink(target, temporary, dir_fd=folder)
                except FileExistsError:  # left by a killed process
                    os.unlink(temporary, dir_fd=folder)
                    os.symlink(target, temporary, dir_fd=folder)
                os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError as error:
            raise refused("link", path, error) from error
        except ValueError as error:
            raise HostError(f"cannot link {path}: {target!r} cannot be a link's target") from error

    def link(self, path: str, target: str) -> None:
        """Create a hard link to what is at ``target``, or atomically replace a file by one."""
        source = self._paths.locate(target)
        try:
            with self._folder(path) as (folder, name):
                temporary = temporary_name(name)
                try:
                    os.link(source, temporary, dst_dir_fd=folder, follow_symlinks=False)
                except FileExistsError:  # left by a killed process
                    os.unlink(temporary, dir_fd=folder)
                    os.link(source, temporary, dst_dir_fd=folder, follow_symlinks=False)
                try:
                    os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
                finally:  # a rename between names of one file does nothing at all
                    with suppress(FileNotFoundError):
                        os.unlink(temporary, dir_fd=folder)
        except OSError as error:
            raise refused(f"link {path} to", target, error) from error

    def rename(self, source: str, path: str) -> None:
        """Move what is there within a file system; a file or link at ``path`` is replaced."""
        try:
            with self._folder(source) as (there, old), self._folder(path) as (here, new):
                os.rename(old, new, src_dir_fd=there, dst_dir_fd=here)
        except OSError as error:
            raise refused(f"move {source} to", path, error) from error

    def remove(self, path: str, below: str | None = None) -> None:
        """Remove a file, link or whole folder without following links; absent is fine."""
        try:
            with self._around(path, below) as (folder, name):
                found = os.stat(name, dir_fd=folder, follow_symlinks=False)
                for kept in ("/", self._paths.root):
                    if os.path.samestat(found, os.stat(kept)):
                        raise HostError(
                            f"cannot remove {path}: it is the root", hint="name what is below"
                        )
                if modes.S_ISDIR(found.st_mode):
                    _remove_tree(name, folder)
                else:
                    os.unlink(name, dir_fd=folder)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            where = error.filename if os.path.isabs(str(error.filename or "")) else path
            raise refused("remove", where, error) from error

    @contextmanager
    def _around(self, path: str, below: str | None) -> Iterator[tuple[int | None, str]]:
        """Give what names the path to a call: itself, or its folder reached without links."""
        if below is None:
            yield None, self._paths.locate(path)
            return
        top = below.rstrip("/")
        if not path.startswith(f"{top}/"):
            raise HostError(f"{path} is not below {below}")
        *parts, name = path[len(top) + 1 :].split("/")
        if name in ("", ".", "..") or ".." in parts:
            raise HostError(f"{path} is not below {below}")
        flags = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
        descriptor = os.open(self._paths.locate(below, follow=True), flags)
        try:
            for part in parts:
                deeper = os.open(part, flags | os.O_NOFOLLOW, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = deeper
            yield descriptor, name
        finally:
            os.close(descriptor)

    @contextmanager
    def _folder(self, path: str) -> Iterator[tuple[int, str]]:
        """Open the parent folder: what follows happens in it, whatever becomes of its path."""
        above, name = os.path.split(self._paths.locate(path))
        if name in ("", ".", ".."):
            raise HostError(f"cannot write {path}: it names a folder")
        descriptor = os.open(above, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield descriptor, name
        finally:
            os.close(descriptor)


def _remove_tree(name: str, folder: int | None) -> None:
    """Remove a folder through descriptors: a link planted on the way is unlinked, not entered."""
    import shutil  # late: brings compression modules that an idle peel never needs

    for attempt in range(_RETRIES):
        try:
            shutil.rmtree(name, dir_fd=folder)
            return
        except OSError as error:
            # somebody removed or added entries meanwhile
            if attempt == _RETRIES - 1 or not isinstance(error, FileNotFoundError):
                if error.filename and not os.path.isabs(str(error.filename)):
                    error.filename = None
                raise
