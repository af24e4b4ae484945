"""Settings given by hand instead of by the tree: ``--settings FILE|DIR``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zester.compiler.environments import BASE, Environments, Place
from zester.compiler.options import DEFAULT, CompileOptions
from zester.compiler.settings.compiler import SettingsCompiler
from zester.compiler.settings.placeholders import Placeholders
from zester.errors import SourceError
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.cache.library import Library
from zester.templating.failures import with_excerpt
from zester.templating.providers import NOTHING, Providers
from zester.templating.recorded import RecordedFiles
from zester.trees.folder import FolderFiles


def settings_argument(
    given: Path | Mapping[str, Path],
    node: NodeView,
    *,
    env: str | None,
    library: Library,
    providers: Providers = NOTHING,
    options: CompileOptions = DEFAULT,
    placeholders: bool = False,
) -> dict[str, Value]:
    """Render one settings file, or settings roots with their top files; raises SourceError.

    A lone folder serves ``env`` and ``base`` alike; folders by environment serve their own. The
    sections of all these environments count, whichever ``env`` is (Salt without ``pillarenv``).
    ``placeholders`` stand for encrypted values, which are errors without.
    """
    roots = given if isinstance(given, Mapping) else {BASE: given, env or BASE: given}
    folders = {
        name: FolderFiles(path if path.is_dir() else path.parent) for name, path in roots.items()
    }
    files = {
        name: RecordedFiles(Placeholders(folder) if placeholders else folder)
        for name, folder in folders.items()
    }
    environments = Environments(
        {name: Place(tree, "") for name, tree in files.items()},
        node,
        library=library.unstored(),
        providers=providers,
    )
    compiler = SettingsCompiler(environments, None, options)
    try:
        if isinstance(given, Mapping) or given.is_dir():
            return compiler.compile()
        return compiler.compile_file(env or BASE, given.name)
    except SourceError as error:
        raise with_excerpt(error, lambda path: _text(next(iter(files.values())), path)) from error


def _text(files: RecordedFiles, path: str) -> str | None:
    data = files.read(path)
    return None if data is None else data.decode("utf-8", "replace")
