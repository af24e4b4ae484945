"""``user.present``: this user, with these attributes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from zester.errors import StateError
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.account.database import (
    GROUP,
    PASSWD,
    SHADOW,
    AccountFiles,
    Database,
    Shadow,
    User,
)
from zester_peel.states.account.defaults import home_mode, own_groups
from zester_peel.states.account.tools.choice import FindTools, account_tools
from zester_peel.states.account.tools.protocol import (
    AccountTools,
    Aging,
    NewUser,
    PasswordHash,
    UserChange,
)
from zester_peel.states.account.user_spec import UserSpec
from zester_peel.states.account.user_view import (
    Difference,
    UserView,
    difference,
    gecos_text,
    shown_new,
    wished_groups,
)
from zester_peel.states.file.place import ancestors, resource

_NO_PASSWORD = frozenset(("", "!", "!!", "*", "!*"))
_MAX_VERDICTS = 10_000


class UserPresent(State[UserSpec, UserView]):
    """This user, with these attributes; those that are not given stay as they are."""

    function: ClassVar[str] = "user.present"
    spec = UserSpec

    def __init__(self, files: AccountFiles, find_tools: FindTools = account_tools) -> None:
        self._files = files
        self._find_tools = find_tools
        self._verdicts: dict[bytes, bool] = {}

    def requires(self, spec: UserSpec) -> Iterable[str]:
        groups = [*(spec.groups or ()), *(spec.optional_groups or ())]
        if isinstance(spec.primary, str):
            groups.append(spec.primary)
        yield from (f"group:{name}" for name in groups)
        if spec.home is not None:
            yield from ancestors(spec.home)
        if spec.shell is not None and spec.shell.startswith("/"):
            yield resource(spec.shell)
            yield f"package:{spec.shell.rpartition('/')[2]}"

    def provides(self, spec: UserSpec) -> Iterable[str]:
        yield f"user:{spec.name}"
        if spec.primary is None and spec.usergroup is not False:
            yield f"group:{spec.name}"
        if spec.home is not None and spec.createhome:
            yield resource(spec.home)

    def locks(self, spec: UserSpec) -> Iterable[str]:
        return (f"user:{spec.name}",)

    def watches(self, spec: UserSpec) -> Iterable[Watch]:
        for path in (PASSWD, GROUP, SHADOW):
            yield Watch("path", path)

    async def observe(self, host: HostReader, spec: UserSpec) -> UserView:
        database = await self._files.read(host)
        user = await self._files.user(host, spec.name, local=spec.local)
        if user is None:
            return UserView(None, None, database)
        shadow = None if database.shadow is None else database.shadow.get(spec.name)
        home = spec.home or user.home
        missing = False
        if spec.createhome and home.startswith("/"):
            found = await host.stat(home, follow=True)
            missing = found is None or found.kind != "directory"
        gid = database.group_id(spec.primary)
        if gid is None and isinstance(spec.primary, str) and not spec.local:
            gid = host.group_id(spec.primary)  # of LDAP and the like
        same = self._same_password(spec, shadow)
        return UserView(user, shadow, database, same, missing, gid)

    def plan(self, spec: UserSpec, observed: UserView | None) -> Plan:
        if observed is None:
            raise StateError(f"user {spec.name} was not looked at")
        groups, missing = wished_groups(spec, observed.database)
        pending = f" (pending groups: {','.join(missing)})" if missing else ""
        if observed.user is None:
            shown = shown_new(spec, groups or ())
            return Plan(shown, f"User {spec.name} set to be added{pending}")
        if observed.database.shadow is None and _needs_shadow(spec):
            raise StateError(
                f"the password of {spec.name} cannot be looked at: {SHADOW} is not readable",
                hint="run the peel as root",
            )
        found = difference(spec, observed, observed.user)
        _demand_allowed(spec, found, observed.user)
        if not found.shown:
            return Plan(comment=f"User {spec.name} is present and up to date")
        lines = "\n".join(f"{key}: {value}" for key, value in found.shown.items())
        return Plan(
            found.shown, f"The following user attributes are set to be changed{pending}:\n{lines}"
        )

    async def apply(self, host: Host, spec: UserSpec, plan: Plan) -> Applied:
        tools = await self._find_tools(host)
        async with self._files.changing:
            now = await self.observe(host, spec)
            groups, missing = wished_groups(spec, now.database)
            if missing:
                raise StateError(f"The following group(s) are not present: {','.join(missing)}")
            if now.user is None:
                await self._create(host, tools, spec, now.database, groups or ())
                return Applied(comment=f"New user {spec.name} created")
            found = difference(spec, now, now.user)
            _demand_allowed(spec, found, now.user)
            await self._change(host, tools, spec, found)
        return Applied(comment=f"Updated user {spec.name}")

    async def _create(
        self,
        host: Host,
        tools: AccountTools,
        spec: UserSpec,
        database: Database,
        groups: tuple[str, ...],
    ) -> None:
        group = None if spec.primary is None else str(spec.primary)
        own = group is None and spec.usergroup is not False and spec.name in database.groups
        if own and (spec.usergroup or await own_groups(host)):
            group = spec.name
        gid = database.group_id(group) if group is not None else None
        new = NewUser(
            name=spec.name,
            uid=spec.uid,
            group=group,
            groups=tuple(name for name in groups if database.groups[name].gid != gid),
            usergroup=spec.usergroup,
            gecos=gecos_text(tuple(part or "" for part in spec.gecos)),
            home=spec.home,
            home_wanted=spec.createhome,
            shell=spec.shell,
            system=spec.system,
            unique=spec.unique,
            logged=not spec.nologinit,
        )
        await tools.add_user(host, new)
        if spec.password is not None and not spec.empty_password:
            await tools.set_hash(host, spec.name, _wished_hash(spec))
        locked = spec.password_lock if spec.password is None else None
        rest = UserChange(
            password_removed=spec.empty_password, locked=None if spec.empty_password else locked
        )
        if rest.password_removed or rest.locked is False:
            await tools.change_user(host, spec.name, rest)
        aging = _aging(spec)
        if aging:
            await tools.set_aging(host, spec.name, aging)

    async def _change(
        self, host: Host, tools: AccountTools, spec: UserSpec, found: Difference
    ) -> None:
        if found.new_hash:
            await tools.set_hash(host, spec.name, _wished_hash(spec))
        if found.change:
            await tools.change_user(host, spec.name, found.change)
        if found.aging:
            # setting the hash has set the day of the last change as well
            await tools.set_aging(host, spec.name, _aging(spec) if found.new_hash else found.aging)
        elif found.new_hash and spec.date is not None:
            await tools.set_aging(host, spec.name, Aging(date=spec.date))
        if found.home is not None:
            await self._make_home(host, spec, found.home)

    async def _make_home(self, host: Host, spec: UserSpec, home: str) -> None:
        """Create the home of a user that exists; its parent must be there."""
        user = await self._files.user(host, spec.name, local=spec.local)
        if user is None:
            raise StateError(f"user {spec.name} has vanished meanwhile")
        there = await host.stat(home, follow=True)
        if there is not None and there.kind == "directory":
            return
        await host.mkdir(home, mode=0o700)
        await host.chown(home, user.uid, user.gid)
        await host.chmod(home, await home_mode(host))

    def _same_password(self, spec: UserSpec, shadow: Shadow | None) -> bool:
        """Tell whether the hash in the shadow file is as wished."""
        if spec.password is None or spec.empty_password:
            return True
        there = "" if shadow is None else shadow.hash
        if not spec.enforce_password and there not in _NO_PASSWORD:
            return True
        secret = spec.password.get_secret_value()
        lock = "!" if spec.password_lock else ""
        if not spec.hash_password:
            return there == _locked(secret, lock)
        if not there.startswith(lock):
            return False
        # 5,000 rounds take milliseconds: what was once compared is remembered by its digest
        bare = there.removeprefix(lock)
        key = hashlib.sha256(f"{bare}\0{secret}".encode()).digest()
        if key not in self._verdicts:
            from zester_peel.states.account.password import matches  # late: few hash passwords

            if len(self._verdicts) >= _MAX_VERDICTS:
                self._verdicts.clear()
            self._verdicts[key] = matches(secret, bare)
        return self._verdicts[key]


def _wished_hash(spec: UserSpec) -> PasswordHash:
    text = "" if spec.password is None else spec.password.get_secret_value()
    if spec.hash_password:
        from zester_peel.states.account.password import fresh_hash  # late: few hash passwords

        text = fresh_hash(text)
    return PasswordHash(_locked(text, "!" if spec.password_lock else ""))


def _locked(text: str, lock: str) -> str:
    return text if text.startswith("!") else lock + text


def _aging(spec: UserSpec) -> Aging:
    return Aging(
        date=spec.date,
        mindays=spec.mindays,
        maxdays=spec.maxdays,
        warndays=spec.warndays,
        inactdays=spec.inactdays,
        expire=spec.expire,
    )


def _needs_shadow(spec: UserSpec) -> bool:
    wished: Mapping[str, Any] = {"password": spec.password, "lock": spec.password_lock}
    given = any(value is not None for value in wished.values())
    return given or spec.empty_password or bool(_aging(spec))


def _demand_allowed(spec: UserSpec, found: Difference, user: User) -> None:
    """Raise StateError when an id would change and may not."""
    refused = []
    for what, wish, old, allowed in (
        ("uid", found.change.uid, user.uid, spec.allow_uid_change),
        ("gid", found.change.group, user.gid, spec.allow_gid_change),
    ):
        if wish is not None and not allowed:
            refused.append(f"changing {what} ({old} -> {wish}) not permitted")
    if refused:
        raise StateError(
            f"user {spec.name}: {'; '.join(refused)}",
            hint="set allow_uid_change or allow_gid_change to true; files keep their owner",
        )
