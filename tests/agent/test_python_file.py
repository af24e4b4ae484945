"""Files under ``#!py`` on a peel."""

from __future__ import annotations

from typing import Any

import pytest

from zester.errors import RenderError
from zester_peel.agent.offers import offers
from zester_peel.agent.python_file import run_python


def test_a_file_sees_its_names_and_gives_plain_data() -> None:
    text = (
        "#!py\nfrom collections import OrderedDict\nclass Text(str):\n    pass\n"
        "def run():\n    return OrderedDict(a=(1, Text('x')), b={2, 1}, c=__grains__['id'],\n"
        "        d=None, e=__name__, f=object, **{'g': {(1, 2): 1.5}})\n"
    )
    data = run_python(text, "states/web/a.sls", {"__grains__": {"id": "n1"}})
    assert data == {
        **{"a": [1, "x"], "b": [1, 2], "c": "n1", "d": None, "e": "a"},
        **{"f": "<class 'object'>", "g": {"(1, 2)": 1.5}},
    }
    assert type(data) is dict
    assert type(data["a"][1]) is str


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("#!py\ndef run():\n    return 1 / 0\n", "ZeroDivisionError: division by zero", 3),
        ("#!py\ndef run(:\n", "not Python: ", 2),
        ("#!py\nx = 1\n", "the file has no function run()", 1),
        ("#!py\nimport nowhere_at_all\n", "ModuleNotFoundError: ", 2),
        ("#!py\nrun = 5\n", "the file has no function run()", 1),
        ("#!py\ndef run():\n    return run()\n", "RecursionError: ", 3),
        ("#!py\nclass Odd(Exception):\n    pass\ndef run():\n    raise Odd('x')\n", "Odd: x", 5),
        ("#!py\ndef run():\n    a = []\n    a.append(a)\n    return a\n", "nested deeper", None),
        ("#!py\ndef run(x):\n    pass\n", "TypeError: ", None),
        ("#!py\n\0\n", "", None),
    ],
)
def test_whatever_it_raises_is_an_error_of_the_file(
    text: str, message: str, line: int | None
) -> None:
    with pytest.raises(RenderError) as caught:
        run_python(text, "states/a.sls", {})
    assert message in caught.value.message
    assert caught.value.at is not None
    assert (caught.value.at.file, caught.value.at.line) == ("states/a.sls", line)


def test_files_share_nothing() -> None:
    names: dict[str, Any] = {"k": 1}
    assert run_python("x = k\ndef run():\n    return {'x': x}\n", "a", names) == {"x": 1}
    with pytest.raises(RenderError, match="NameError"):
        run_python("def run():\n    return x\n", "a", names)
    assert names == {"k": 1}


def test_a_peel_offers_python_and_a_look_at_the_machine() -> None:
    found = offers()
    assert found.python is run_python
    assert found.machine
    assert found.execution is None
