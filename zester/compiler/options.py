"""How files of several environments, and settings of several files, become one."""

from __future__ import annotations

from typing import Literal, get_args

from zester.dataclass import dataclass

TopMerge = Literal["merge", "merge_all", "same"]
SettingsMerge = Literal["smart", "recurse", "aggregate", "overwrite", "list", "none"]

TOP_MERGES: tuple[str, ...] = get_args(TopMerge)
SETTINGS_MERGES: tuple[str, ...] = get_args(SettingsMerge)


@dataclass(frozen=True, slots=True)
class CompileOptions:
    """What Salt's configuration says about compiling; the defaults are Salt's.

    ``top_merge`` is ``top_file_merging_strategy``: ``merge`` (the top file of ``base`` decides for
    every environment it names), ``merge_all`` (all of them together), ``same`` (each environment
    its own, ``default_top``'s where it has none). ``settings_merge`` is
    ``pillar_source_merging_strategy``, ``merge_lists`` is ``pillar_merge_lists``.
    """

    top_merge: TopMerge = "merge"
    default_top: str = "base"
    settings_merge: SettingsMerge = "smart"
    merge_lists: bool = False


DEFAULT = CompileOptions()
