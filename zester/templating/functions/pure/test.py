"""``test.*``: what answers without doing anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from jinja2.exceptions import TemplateRuntimeError

from zester.targeting.value import Value
from zester.templating.scope import Scope

_PROVIDERS: Mapping[str, Mapping[str, str]] = {
    "pkg": {
        "Alpine": "apkpkg",
        "Arch": "pacmanpkg",
        "Debian": "aptpkg",
        "FreeBSD": "pkgng",
        "Gentoo": "ebuildpkg",
        "MacOS": "mac_brew_pkg",
        "OpenBSD": "openbsdpkg",
        "RedHat": "yumpkg",
        "Suse": "zypperpkg",
        "Windows": "win_pkg",
    },
    "user": {"FreeBSD": "pw_user", "MacOS": "mac_user", "Windows": "win_useradd", "": "useradd"},
    "group": {
        "FreeBSD": "pw_group",
        "MacOS": "mac_group",
        "Windows": "win_groupadd",
        "": "groupadd",
    },
    "shadow": {"": "linux_shadow"},
    "sysctl": {"": "linux_sysctl"},
    "cmd": {"": "cmdmod"},
    "random": {"": "mod_random"},
    "log": {"": "logmod"},
}


def arg(scope: Scope, *args: Value, **kwargs: Value) -> dict[str, Value]:
    return {"args": args, "kwargs": kwargs}


def arg_repr(scope: Scope, *args: Value, **kwargs: Value) -> dict[str, str]:
    return {"args": repr(args), "kwargs": repr(kwargs)}


def arg_type(scope: Scope, *args: Value, **kwargs: Value) -> dict[str, Value]:
    types = {key: str(type(value)) for key, value in kwargs.items()}
    return {"args": [str(type(value)) for value in args], "kwargs": types}


def kwarg(scope: Scope, **kwargs: Value) -> dict[str, Value]:
    return kwargs


def echo(scope: Scope, text: Value) -> Value:
    return text


def outputter(scope: Scope, data: Value) -> Value:
    return data


def ping(scope: Scope) -> bool:
    return True


def version(scope: Scope) -> str:
    """Return the release of Salt we claim to be compatible with."""
    return str(scope.facts.get("saltversion", "3008.0"))


def assertion(scope: Scope, assertion: Value) -> None:
    """Raise TemplateRuntimeError for what is not true."""
    if not assertion:
        raise TemplateRuntimeError("test.assertion failed")


def exception(scope: Scope, message: Value = "Test Exception") -> NoReturn:
    raise TemplateRuntimeError(str(message))


def true_(scope: Scope) -> bool:
    return True


def false_(scope: Scope) -> bool:
    return False


def provider(scope: Scope, module: str) -> str:
    """Return the file of Salt that would provide a module on a node with these facts."""
    if module == "service":
        return _service(scope)
    table = _PROVIDERS.get(module)
    if table is not None:
        return table.get(str(scope.facts.get("os_family")), table.get("", ""))
    return module if module in _modules(scope) else ""


def _service(scope: Scope) -> str:
    if scope.facts.get("init") == "systemd" or scope.facts.get("systemd"):
        return "systemd_service"
    family = str(scope.facts.get("os_family"))
    return {"Debian": "debian_service", "RedHat": "rh_service"}.get(family, "service")


def try_(scope: Scope, module: str, return_try_exception: bool = False, **kwargs: Value) -> Value:
    """Call a function; None, or the error's text, when it fails."""
    try:
        return scope.call(module, **kwargs)
    except (TemplateRuntimeError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        return str(error) if return_try_exception else None


def _modules(scope: Scope) -> set[str]:
    from zester.templating.functions.table import FUNCTIONS

    return {name.partition(".")[0] for name in FUNCTIONS}
