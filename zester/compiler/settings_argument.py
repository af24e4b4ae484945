"""Settings given by hand instead of by the tree: ``--settings FILE|DIR``."""

from __future__ import annotations

from pathlib import Path

from zester.compiler.settings import SettingsCompiler
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.library import Library
from zester.templating.recorded import RecordedFiles
from zester.trees.folder import FolderFiles


def settings_argument(
    path: Path, node: NodeView, *, env: str, library: Library
) -> dict[str, Value]:
    """Render one settings file, or a settings root with its top file; raises SourceError."""
    folder = path if path.is_dir() else path.parent
    files = RecordedFiles(FolderFiles(folder))
    compiler = SettingsCompiler(files, "", node, env=env, library=library)
    return compiler.compile() if path.is_dir() else compiler.compile_file(path.name)
