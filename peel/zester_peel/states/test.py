"""``test.*``: states that touch nothing, for trying things out."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from zester.errors import StateError
from zester_peel.engine.fields import Flag, Text
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.host.protocol import Host, HostReader

_PRETENDED = {"testing": {"old": "Unchanged", "new": "Something pretended to change"}}


class CommentSpec(BaseModel):
    """Parameters of the ``test`` states whose end is in their name."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: Text
    comment: Text | None = None


class ConfigurableSpec(CommentSpec):
    """Parameters of ``test.configurable_test_state``."""

    changes: Flag = True
    result: Flag = True


class NotificationSpec(BaseModel):
    """Parameters of ``test.show_notification``."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: Text
    text: Text


class Nop(State[CommentSpec, None]):
    """Nothing: never changes, never fails."""

    function: ClassVar[str] = "test.nop"
    spec = CommentSpec

    async def observe(self, host: HostReader, spec: CommentSpec) -> None:
        return None

    def plan(self, spec: CommentSpec, observed: None) -> Plan:
        return Plan(comment=spec.comment or "Success!")

    async def apply(self, host: Host, spec: CommentSpec, plan: Plan) -> Applied | None:
        return None


class SucceedWithoutChanges(Nop):
    """Success without changes."""

    function: ClassVar[str] = "test.succeed_without_changes"


class FailWithoutChanges(Nop):
    """Failure before anything is changed."""

    function: ClassVar[str] = "test.fail_without_changes"

    def plan(self, spec: CommentSpec, observed: None) -> Plan:
        raise StateError(spec.comment or "Failure!")


class SucceedWithChanges(Nop):
    """A change that is only pretended, each time anew."""

    function: ClassVar[str] = "test.succeed_with_changes"
    imperative: ClassVar[bool] = True

    def plan(self, spec: CommentSpec, observed: None) -> Plan:
        return Plan(_PRETENDED, spec.comment or "Success!")


class FailWithChanges(Nop):
    """A pretended change that fails."""

    function: ClassVar[str] = "test.fail_with_changes"
    imperative: ClassVar[bool] = True

    def plan(self, spec: CommentSpec, observed: None) -> Plan:
        return Plan(_PRETENDED, spec.comment or "Failure!")

    async def apply(self, host: Host, spec: CommentSpec, plan: Plan) -> Applied:
        return Applied(result=False)


class ConfigurableTestState(State[ConfigurableSpec, None]):
    """The end and the changes that the parameters ask for."""

    function: ClassVar[str] = "test.configurable_test_state"
    imperative: ClassVar[bool] = True
    spec = ConfigurableSpec

    async def observe(self, host: HostReader, spec: ConfigurableSpec) -> None:
        return None

    def plan(self, spec: ConfigurableSpec, observed: None) -> Plan:
        if not spec.changes and not spec.result:
            raise StateError(spec.comment or "Failure!")
        comment = spec.comment or ("Success!" if spec.result else "Failure!")
        return Plan(_PRETENDED if spec.changes else {}, comment)

    async def apply(self, host: Host, spec: ConfigurableSpec, plan: Plan) -> Applied:
        return Applied(result=spec.result)


class ShowNotification(State[NotificationSpec, None]):
    """A text in the outcome."""

    function: ClassVar[str] = "test.show_notification"
    spec = NotificationSpec

    async def observe(self, host: HostReader, spec: NotificationSpec) -> None:
        return None

    def plan(self, spec: NotificationSpec, observed: None) -> Plan:
        return Plan(comment=spec.text)

    async def apply(self, host: Host, spec: NotificationSpec, plan: Plan) -> None:
        return None
