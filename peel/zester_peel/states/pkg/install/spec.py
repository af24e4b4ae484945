"""Parameters of ``pkg.installed`` and ``pkg.latest``."""

from __future__ import annotations

from pydantic import PrivateAttr, model_validator

from zester_peel.engine.content import Content
from zester_peel.engine.fields import Flag
from zester_peel.states.pkg.parameters import FromRepositories, MaybeFlag
from zester_peel.states.pkg.wanted import Files, Wanted


class InstalledSpec(FromRepositories):
    """Parameters of ``pkg.installed``.

    ``normalize``, ``resolve_capabilities`` and ``skip_suggestions`` are accepted as Salt's.
    """

    sources: Files | None = None
    hold: MaybeFlag = None
    allow_updates: Flag = False
    ignore_epoch: MaybeFlag = None
    reinstall: Flag = False
    pkg_verify: Flag = False
    normalize: Flag = True
    resolve_capabilities: Flag = False
    skip_suggestions: Flag = False

    _files: tuple[tuple[str, Content], ...] = PrivateAttr(())

    @model_validator(mode="after")
    def _one_origin(self) -> InstalledSpec:
        if self.sources is not None and self.pkgs is not None:
            raise ValueError("give either pkgs or sources")
        if self.sources is not None and self.version is not None:
            raise ValueError("a version does not go with sources")
        return self

    def wanted(self) -> Wanted:
        if self.sources is not None:
            return tuple((name, None) for name, _ in self.sources)
        return super().wanted()

    def readable(self, name: str) -> str | None:
        """Return a file with the package that can be looked at now."""
        content = dict(self._files).get(name)
        if content is None:
            return self.file_of(name)
        return str(content.parts[0]) if len(content.parts) == 1 else None

    def file_of(self, name: str) -> str | None:
        """Return where the package's file is, as written."""
        return dict(self.sources or ()).get(name)
