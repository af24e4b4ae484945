"""What a server sends is read whole, however it is cut, and nothing else is taken for it."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.errors import ProtocolError, UnexpectedEOF

from zester.bus.link.wire import LONGEST_LINE, Wire

pytestmark = pytest.mark.anyio

Heard = tuple[int, bytes, bytes, bytes, bytes]


class Told:
    """A wire and what came out of it."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answers: list[str] = []
        self.wire = Wire(
            lambda *message: self.heard.append(message),
            lambda: self.answers.append("pong"),
            lambda: self.answers.append("ping"),
        )

    def news(self) -> list[bytes | Exception]:
        found = []
        while not self.wire.news.empty():
            found.append(self.wire.news.get_nowait())
        return found


def written(message: Heard) -> bytes:
    sid, subject, reply, head, data = message
    words = [b"HMSG" if head else b"MSG", subject, b"%d" % sid, *([reply] if reply else [])]
    sizes = [b"%d" % len(head)] if head else []
    line = b" ".join([*words, *sizes, b"%d" % (len(head) + len(data))])
    return line + b"\r\n" + head + data + b"\r\n"


word = st.binary(min_size=1, max_size=8).filter(lambda text: not any(b <= 32 for b in text))
message = st.tuples(
    st.integers(1, 10**6),
    word,
    word | st.just(b""),
    st.binary(max_size=6).map(lambda text: b"NATS/1.0\r\n" + text) | st.just(b""),
    st.binary(max_size=300),
)


@given(messages=st.lists(message, max_size=6), cuts=st.lists(st.integers(1, 50), max_size=200))
def test_messages_come_whole_and_in_order_however_they_are_cut(
    messages: list[Heard], cuts: list[int]
) -> None:
    told, sent = Told(), b"".join(map(written, messages)) + b"+OK\r\nPONG\r\nPING\r\n"

    for cut in cuts:
        told.wire.data_received(sent[:cut])
        sent = sent[cut:]
    told.wire.data_received(sent)

    assert told.heard == messages
    assert told.answers == ["pong", "ping"]
    assert told.news() == []


@pytest.mark.parametrize(
    "said",
    [
        b"nonsense\r\n",
        b"\r\n",
        b"MSG a 1\r\n",
        b"MSG a 1 -5\r\nhello\r\n",
        b"MSG a x 5\r\nhello\r\n",
        b"MSG a 1 b c 5\r\nhello\r\n",
        b"HMSG a 1 5\r\nhello\r\n",
        b"HMSG a 1 9 5\r\nhello\r\n",
        b"x" * (LONGEST_LINE + 1),
    ],
)
def test_what_is_not_nats_ends_it_and_what_follows_is_not_read(said: bytes) -> None:
    told = Told()

    told.wire.data_received(said)
    told.wire.data_received(b"MSG a 1 5\r\nhello\r\n")
    told.wire.data_received(b"MSG a 1 5\r\nhello\r\n")

    (problem,) = told.news()
    assert isinstance(problem, ProtocolError)
    assert told.heard == []


def test_complaints_of_the_server_come_as_they_were_said() -> None:
    told = Told()

    told.wire.data_received(b"-ERR 'Permissions Violation'\r\nINFO {}\r\n")

    assert told.news() == [b"-ERR 'Permissions Violation'", b"INFO {}"]


def test_a_connection_that_ends_is_told_once() -> None:
    told = Told()

    told.wire.eof_received()
    told.wire.connection_lost(ConnectionResetError())

    (problem,) = told.news()
    assert isinstance(problem, UnexpectedEOF)


async def test_what_came_before_it_took_over_is_read_first() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HELLO\r\nMSG a 1 2\r\nhi\r\n")
        await reader.read(1)
        writer.write(b"MSG a 1 3\r\nyou\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readuntil(b"HELLO\r\n")
        told = Told()

        told.wire.take_over(reader, writer.transport)
        writer.write(b"x")
        problem = await told.wire.news.get()

        assert [data for *_, data in told.heard] == [b"hi", b"you"]
        assert isinstance(problem, UnexpectedEOF)
        writer.close()
        await writer.wait_closed()
