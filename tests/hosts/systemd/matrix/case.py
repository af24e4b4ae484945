"""The cases that every state function goes through on a host: ``tests/cases/hosts/matrix``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

CASES = Path(__file__).parents[3] / "cases" / "hosts"
PLACES = "/srv/mätrix 'q' \"d\" $(x)"
"""Where the cases have their folders: a name with everything in it."""
HERE = "HERE"


class Case(BaseModel):
    """One state and what is done around it; commands run in a folder of the case's own.

    ``HERE`` in any argument is that folder. ``fails`` is part of what a state says that must fail.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    function: str
    number: int
    what: str = ""
    args: Mapping[str, Any]
    others: Mapping[str, Any] = Field({}, alias="with")
    before: str = "true"
    drift: str = ""
    check: str = "true"
    fails: str = ""
    foresees: tuple[str, ...] | None = None
    """What a prediction has as changes where what happens cannot be known before."""
    quiet: bool = False
    """It never changes anything."""
    restless: bool = False
    """It changes something each time, or says so: that is what it is for."""
    unit: str = ""
    packaged: str = Field("", alias="package-unit")
    """A unit that is there, in ``/etc``, or where packages have theirs."""
    packages: Mapping[str, tuple[str, ...]] = {}

    @property
    def id(self) -> str:
        return f"{self.function}-{self.number}"

    @property
    def here(self) -> str:
        return f"{PLACES}/{self.id}"

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of its states."""
        return (*(f"{self.id} {name}" for name in self.others), self.id)

    def states(self) -> Iterator[tuple[str, Any]]:
        """Its states by id."""
        for name, state in self.others.items():
            yield f"{self.id} {name}", self._placed(state)
        args = [{key: value} for key, value in self.args.items()]
        yield self.id, {self.function: self._placed(args)}

    def script(self, step: str) -> str:
        """One of its commands as a part of a shell script that tells by id whether it failed."""
        command = str(getattr(self, step)).replace(HERE, self.here)
        place = self.here.replace("'", "'\\''")
        return (
            f"(cd '{place}' && {{ {command}\n}}) >/run/said 2>&1 </dev/null ||"
            f" {{ echo '{self.id}'; cat /run/said >&2; }}\n"
        )

    def _placed(self, value: Any) -> Any:  # noqa: ANN401 - whatever YAML holds
        if isinstance(value, str):
            return value.replace(HERE, self.here)
        if isinstance(value, dict):
            return {self._placed(key): self._placed(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._placed(each) for each in value]
        return value


def load() -> tuple[Case, ...]:
    """Read all cases."""
    return tuple(
        Case(function=function, number=number, **case)
        for file in sorted((CASES / "matrix").glob("*.yaml"))
        for function, cases in yaml.safe_load(file.read_text()).items()
        for number, case in enumerate(cases)
    )
