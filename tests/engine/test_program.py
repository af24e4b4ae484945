"""Building a program: refs, requisites, and what is wrong with a state."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.compiler.lowstate import LowChunk
from zester.errors import CompileError
from zester_peel.engine.program import Program, Registry, build_program

Chunk = Callable[..., LowChunk]


def targets(program: Program, ref: str, kind: str = "require") -> list[str]:
    return [program.nodes[each].ref for each in program[ref].requisites.get(kind, ())]


def test_refs_are_short_when_they_can_be_and_unique_always(
    chunk: Chunk, registry: Registry
) -> None:
    chunks = [
        chunk("one", name="/one"),
        chunk("many", name="/a"),
        chunk("many", name="/b"),
        chunk("twice", name="/t"),
        chunk("twice", name="/t"),
        chunk("one", "shout.out"),
    ]
    refs = [node.ref for node in build_program(chunks, registry)]
    assert refs == [
        "box.filled:one",
        "box.filled:many:/a",
        "box.filled:many:/b",
        "box.filled:twice:/t",
        "box.filled:twice:/t#2",
        "shout.out:one",
    ]


def test_refs_do_not_depend_on_the_other_states(chunk: Chunk, registry: Registry) -> None:
    chunks = [chunk(f"s{each % 7}", name=f"/{each}") for each in range(14)]
    refs = {node.name: node.ref for node in build_program(chunks, registry)}
    more = [chunk("new"), *reversed(chunks)]
    again = {node.name: node.ref for node in build_program(more, registry)}
    assert {name: again[name] for name in refs} == refs


def test_order_decides_not_the_place_in_the_list(chunk: Chunk, registry: Registry) -> None:
    chunks = [chunk("b", order=3), chunk("a", order=1), chunk("c", order=3)]
    assert [node.id for node in build_program(chunks, registry)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("target", "found"),
    [
        (("box", "one"), ["box.filled:one"]),
        (("box", "/name/two"), ["box.filled:two"]),
        (("box.filled", "one"), ["box.filled:one"]),
        (("", "one"), ["box.filled:one", "shout.out:one"]),
        (("shout", "one"), ["shout.out:one"]),
        (("box", "/name/*"), ["box.filled:one", "box.filled:two"]),
        (("", "t?o"), ["box.filled:two"]),
        (("sls", "db"), ["box.filled:two"]),
        (("sls", "d*"), ["box.filled:two"]),
        (("box", "odd[1]"), ["box.filled:odd[1]"]),
    ],
)
def test_requisites_are_found_by_id_name_state_file_and_glob(
    chunk: Chunk, registry: Registry, target: tuple[str, str], found: list[str]
) -> None:
    chunks = [
        chunk("one", name="/name/one"),
        chunk("one", "shout.out"),
        chunk("two", name="/name/two", sls="db"),
        chunk("odd[1]"),
        chunk("asking", require=[target]),
    ]
    program = build_program(chunks, registry)
    assert targets(program, "box.filled:asking") == found


def test_a_glob_and_a_state_file_leave_out_who_asks(chunk: Chunk, registry: Registry) -> None:
    chunks = [
        chunk("a1"),
        chunk("a2", require=[("box", "a*")]),
        chunk("a3", require=[("sls", "web")]),
    ]
    program = build_program(chunks[:2], registry)
    assert targets(program, "box.filled:a2") == ["box.filled:a1"]
    program = build_program(chunks[::2], registry)
    assert targets(program, "box.filled:a3") == ["box.filled:a1"]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (("box", "motdd"), "require: box: motdd (did you mean 'motd'?)"),
        (("shout", "motd"), "require: shout: motd"),
        (("sls", "webb"), "require: sls: webb (did you mean 'web'?)"),
        (("", "zzz"), "require: zzz"),
        (("box", "x*"), "require: box: x*"),
    ],
)
def test_a_missing_target_is_that_states_problem(
    chunk: Chunk, registry: Registry, target: tuple[str, str], words: str
) -> None:
    program = build_program([chunk("motd"), chunk("asking", require=[target])], registry)
    assert program["box.filled:motd"].problem == ""
    problem = program["box.filled:asking"].problem
    assert problem == f"web.sls:2: requisites not found: {words}"


def test_an_unknown_kind_of_requisite_is_a_problem(chunk: Chunk, registry: Registry) -> None:
    program = build_program([chunk("a", prereqq=[("box", "b")])], registry)
    assert "there is no requisite 'prereqq'" in program["box.filled:a"].problem


def test_an_unknown_function_is_a_problem_with_the_nearest_one(
    chunk: Chunk, registry: Registry
) -> None:
    program = build_program([chunk("a", "box.fild")], registry)
    assert program["box.fild:a"].problem == (
        "web.sls:1: there is no state function 'box.fild' (did you mean 'box.filled'?)"
    )


def test_wrong_parameters_are_a_problem_that_names_them_all(
    chunk: Chunk, registry: Registry
) -> None:
    program = build_program([chunk("a", valu=1, fail="perhaps")], registry)
    problem = program["box.filled:a"].problem
    assert problem.startswith("web.sls:1: box.filled: ")
    assert "unknown parameter 'valu' (did you mean 'value'?)" in problem
    assert "parameter 'fail'" in problem


def test_a_guard_that_is_no_command_is_a_problem(chunk: Chunk, registry: Registry) -> None:
    program = build_program([chunk("a", unless=[{"fun": "x.y"}])], registry)
    assert "unless: there is no execution function 'x.y'" in program["box.filled:a"].problem


def test_a_circle_names_every_place(chunk: Chunk, registry: Registry) -> None:
    chunks: list[LowChunk] = [
        chunk("a", require=[("box", "b")]),
        chunk("b", onchanges=[("box", "c")], sls="db"),
        chunk("c", watch=[("box", "a")]),
    ]
    with pytest.raises(CompileError) as caught:
        build_program(chunks, registry)
    assert str(caught.value) == (
        "web.sls:1: requisites go round in a circle: box.filled:a (web.sls:1) → "
        "box.filled:b (db.sls:2) → box.filled:c (web.sls:3) → box.filled:a (web.sls:1)"
    )


def test_affected_follows_watch_and_onchanges_only(chunk: Chunk, registry: Registry) -> None:
    chunks = [
        chunk("a"),
        chunk("b", watch=[("box", "a")]),
        chunk("c", onchanges=[("box", "b")]),
        chunk("d", require=[("box", "a")]),
    ]
    program = build_program(chunks, registry)
    found = program.affected(frozenset({"box.filled:a", "box.filled:unknown"}))
    assert sorted(program.nodes[each].id for each in found) == ["a", "b", "c"]
    assert "box.filled:a" in program
    assert "box.filled:unknown" not in program
    assert len(program) == 4
