"""Settings given by hand instead of by the tree: ``--settings FILE|DIR``."""

from __future__ import annotations

from pathlib import Path

from zester.compiler.environments import BASE, Environments, Place
from zester.compiler.options import DEFAULT, CompileOptions
from zester.compiler.settings import SettingsCompiler
from zester.errors import SourceError
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.failures import with_excerpt
from zester.templating.library import Library
from zester.templating.providers import NOTHING, Providers
from zester.templating.recorded import RecordedFiles
from zester.trees.folder import FolderFiles


def settings_argument(
    path: Path,
    node: NodeView,
    *,
    env: str | None,
    library: Library,
    providers: Providers = NOTHING,
    options: CompileOptions = DEFAULT,
) -> dict[str, Value]:
    """Render one settings file, or a settings root with its top file; raises SourceError.

    The folder serves ``env`` and ``base`` alike, so the sections of both in its top file count.
    """
    folder = path if path.is_dir() else path.parent
    files = RecordedFiles(FolderFiles(folder))
    place = Place(files, "")
    environments = Environments(
        {BASE: place, env or BASE: place}, node, library=library, providers=providers
    )
    compiler = SettingsCompiler(environments, None, options)
    try:
        if path.is_dir():
            return compiler.compile()
        return compiler.compile_file(env or BASE, path.name)
    except SourceError as error:
        raise with_excerpt(error, lambda name: _text(files, name)) from error


def _text(files: RecordedFiles, name: str) -> str | None:
    data = files.read(name)
    return None if data is None else data.decode("utf-8", "replace")
