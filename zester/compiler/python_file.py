"""Files that are Python: ``#!py``, run only where the providers can."""

from __future__ import annotations

from collections.abc import Mapping

from zester.errors import At, CompileError
from zester.targeting.value import Value
from zester.templating.excerpt import excerpt
from zester.templating.renderer import Renderer


def run_python_file(
    renderer: Renderer, text: str, name: str, sls: str, context: Mapping[str, Value]
) -> Value:
    """Return what ``run()`` of a file gives, with Salt's names to look around by.

    Raises CompileError where Python is not run (anywhere but on a peel), and what the provider
    raises.
    """
    path = renderer.path(name)
    if renderer.providers.python is None:
        raise CompileError(
            "a file under #!py is run only on the peel it is for",
            at=At(path, 1),
            excerpt=excerpt(text, 1),
            hint="`zester-peel show` and `zester-peel apply` run it; or write it in Jinja",
        )
    variables = renderer.variables_of(name, sls)
    names: dict[str, Value] = {
        "__salt__": variables["salt"],
        "__grains__": variables["grains"],
        "__facts__": variables["facts"],
        "__pillar__": variables["pillar"],
        "__settings__": variables["settings"],
        "__opts__": variables["opts"],
        "__env__": variables["saltenv"],
        "__sls__": sls,
        "salt": variables["salt"],
        "grains": variables["grains"],
        "facts": variables["facts"],
        "pillar": variables["pillar"],
        "settings": variables["settings"],
        "opts": variables["opts"],
        "saltenv": variables["saltenv"],
        "sls": sls,
        **context,
    }
    return renderer.providers.python(text, path, names)
