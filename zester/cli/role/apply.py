"""``zester role apply``."""

from __future__ import annotations

from pathlib import Path

import click
import yaml
from pydantic import ValidationError

from zester.bus.jobs.roles import put_role
from zester.cli.console.context import Context, trust_option
from zester.cli.fleet.operator import Operator, with_operator
from zester.errors import SettingsError
from zester.resources.jobs.role import Role
from zester.targeting.parser import parse_target
from zester.trust.tiers import Tier


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@trust_option
def apply(file: Path, context: Context) -> None:
    """Make or change the roles of FILE: YAML documents with name, identities and rules.

    Needs a publisher's credentials: operators cannot widen their own rights.
    """
    roles = read_roles(file)

    async def work(publisher: Operator) -> list[Role]:
        return [
            await put_role(publisher.bus, publisher.verifier, publisher.signer, role)
            for role in roles
        ]

    for role in with_operator(context, work, Tier.PUBLISHER):
        click.echo(f"role {role.name}: revision {role.revision}")


def read_roles(file: Path) -> list[Role]:
    """Return the roles of a file; raises SettingsError, TargetError."""
    try:
        documents = [each for each in yaml.safe_load_all(file.read_text()) if each is not None]
        roles = [Role.model_validate({"revision": 1, **each}) for each in documents]
    except (yaml.YAMLError, UnicodeDecodeError, TypeError) as error:
        raise SettingsError(f"{file}: not YAML documents with one role each: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise SettingsError(f"{file}: {place}: {first['msg']}") from error
    for role in roles:
        for rule in role.rules:
            parse_target(rule.target)
    return roles
