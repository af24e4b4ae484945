"""Our dataclasses do what those of the standard library do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import field
from typing import Any, ClassVar, cast

import pytest

from zester.dataclass import dataclass, declare


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is."""

    file: str
    line: int = 1
    notes: list[str] = field(default_factory=list, compare=False)
    secret: str = field(default="", repr=False)
    kind: ClassVar[str] = "place"


@dataclass(slots=True)
class Counted:
    name: str
    count: int = 0
    twice: int = field(init=False)
    seen: list[int] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.twice = self.count * 2


@dataclass(slots=True, eq=False)
class Alone:
    name: str


@dataclass(frozen=True)
class Named:
    name: str

    def __hash__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "somebody"


@dataclass(frozen=True)
class Deeper(Named):
    depth: int = 0


class Plain(Deeper):
    """Not declared as one itself."""


def test_instances_are_made_with_what_is_given_and_defaults_for_the_rest() -> None:
    place = Place("a", secret="x")  # noqa: S106 - not a password
    assert (place.file, place.line, place.notes, place.secret) == ("a", 1, [], "x")
    assert Place("a").notes is not Place("a").notes
    counted = Counted("a", count=2)
    assert (counted.twice, counted.seen) == (4, [])
    assert Plain("a", 3).depth == 3


def test_what_is_missing_or_unknown_is_refused_at_the_first_and_at_the_next_instance() -> None:
    make: Callable[..., Any] = Alone
    for _ in range(2):
        with pytest.raises(TypeError, match=r"Alone.__init__\(\) missing 1 required"):
            make()
        with pytest.raises(TypeError, match="unexpected keyword argument 'size'"):
            make("a", size=1)


def test_frozen_ones_cannot_be_changed_even_by_their_heirs() -> None:
    place: Any = Place("a")
    heir: Any = Plain("a")
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'line'"):
        place.line = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'line'"):
        del place.line
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'name'"):
        heir.name = "b"
    heir.more = 1
    assert heir.more == 1
    assert not hasattr(place, "__dict__")


def test_equal_are_those_of_the_same_class_whose_compared_fields_are_equal() -> None:
    assert Place("a", notes=["x"]) == Place("a")
    assert Place("a") != Place("b")
    other: object = ("a", 1, "")
    assert Place("a") != other
    assert Deeper("a") != Plain("a")
    assert Alone("a") != Alone("a")
    assert hash(Place("a", notes=["x"])) == hash(Place("a"))
    assert len({Alone("a"), Alone("a")}) == 2
    assert hash(Named("a")) == 7
    with pytest.raises(TypeError, match="unhashable"):
        hash(Counted("a"))


def test_they_are_shown_with_their_fields_but_for_hidden_ones() -> None:
    shown = repr(Place("a", 2, ["n"], "hidden"))
    assert shown == "Place(file='a', line=2, notes=['n'])"
    assert repr(Named("a")) == "somebody"
    round_: Any = Alone("")
    round_.name = round_
    assert repr(round_) == "Alone(name=...)"


def test_the_tools_of_the_standard_library_take_them() -> None:
    place = Place("a", 2, ["n"])
    assert dataclasses.replace(place, line=3) == Place("a", 3)
    assert dataclasses.asdict(place)["notes"] == ["n"]
    assert [each.name for each in dataclasses.fields(Place)][:2] == ["file", "line"]
    assert pickle.loads(pickle.dumps(place)) == place  # noqa: S301 - our own
    assert copy.deepcopy(place).notes == ["n"]
    match place:
        case Place(file, line):
            assert (file, line) == ("a", 2)


@pytest.mark.parametrize("how", [{}, {"frozen": True}, {"slots": True}, {"eq": False}])
def test_what_is_declared_has_the_methods_that_the_standard_one_has(how: dict[str, bool]) -> None:
    def made() -> type:
        return type("A", (), {"__annotations__": {"a": int, "b": str}, "b": "", "__doc__": "x"})

    the_standard: Any = dataclasses.dataclass
    ours, standard = cast("Any", declare)(made(), **how), the_standard(**how)(made())
    names = ("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__")
    own = [name for name in names if name in vars(ours)]
    assert own == [name for name in names if name in vars(standard)]
    assert (vars(ours).get("__hash__", 1) is None) == (vars(standard).get("__hash__", 1) is None)
    assert ours.__match_args__ == standard.__match_args__
