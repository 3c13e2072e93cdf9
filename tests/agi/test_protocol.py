"""The FastAGI conversation: what may be said when, and how its lines are read and written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.protocol import TRANSITIONS, FastAgiProtocol, State, Step
from agi.wire import (
    Closed,
    Command,
    Event,
    Fault,
    HangUp,
    Limits,
    LocalProtocolError,
    RemoteProtocolError,
    Request,
    Response,
)

HEADER = (
    b"agi_network: yes\n"
    b"agi_network_script: login?agent=1001\n"
    b"agi_request: agi://127.0.0.1:4573/login?agent=1001\n"
    b"agi_uniqueid: 1795319876.1\n"
    b"agi_calleridname: Zhang(\xe4\xb8\x89) x\n"
    b"agi_accountcode: \n"
    b"\n"
)
NOOP = Command("NOOP")


def take(protocol: FastAgiProtocol, data: bytes = b"") -> list[Event]:
    if data:
        protocol.receive(data)
    events = []
    while (event := protocol.next_event()) is not None:
        events.append(event)
    return events


def ready(limits: Limits | None = None) -> FastAgiProtocol:
    protocol = FastAgiProtocol(limits)
    take(protocol, HEADER)
    return protocol


def waiting(limits: Limits | None = None) -> FastAgiProtocol:
    protocol = ready(limits)
    protocol.send(NOOP)
    return protocol


def in_usage(limits: Limits | None = None) -> FastAgiProtocol:
    protocol = waiting(limits)
    take(protocol, b"520-Invalid command syntax.  Proper usage follows:\n")
    return protocol


def closed() -> FastAgiProtocol:
    protocol = ready()
    protocol.receive(b"")
    take(protocol)
    return protocol


def broken() -> FastAgiProtocol:
    protocol = FastAgiProtocol()
    with pytest.raises(RemoteProtocolError):
        take(protocol, b"GET / HTTP/1.1\r\n")
    return protocol


IN_STATE = {
    State.HEADER: FastAgiProtocol,
    State.READY: ready,
    State.WAITING: waiting,
    State.USAGE: in_usage,
    State.CLOSED: closed,
    State.BROKEN: broken,
}

SAID = {
    Step.TRYING: b"100 result=0 Trying...\n",
    Step.USAGE_BEGUN: b"520-Invalid command syntax.\n",
    Step.HANGUP: b"HANGUP\n",
}


def fault_of(protocol: FastAgiProtocol, data: bytes) -> Fault:
    with pytest.raises(RemoteProtocolError) as caught:
        take(protocol, data)
    return caught.value.fault


# ── the table ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", State)
def test_every_state_has_its_row_and_can_be_reached(state: State) -> None:
    assert state in TRANSITIONS
    assert IN_STATE[state]().state is state


@pytest.mark.parametrize("state", State)
def test_a_command_is_said_where_the_table_has_one_and_else_refused_without_a_trace(
    state: State,
) -> None:
    protocol = IN_STATE[state]()
    after = TRANSITIONS[state].get(Step.COMMAND)
    if after is not None:
        assert protocol.send(NOOP) == b"NOOP\n"
        assert protocol.state is after
    else:
        with pytest.raises(LocalProtocolError):
            protocol.send(NOOP)
        assert protocol.state is state


@pytest.mark.parametrize("state", [State.READY, State.WAITING])
@pytest.mark.parametrize("step", SAID)
def test_a_line_moves_as_the_table_says_and_else_breaks_the_talk(state: State, step: Step) -> None:
    protocol = IN_STATE[state]()
    after = TRANSITIONS[state].get(step)
    if after is not None:
        take(protocol, SAID[step])
        assert protocol.state is after
    else:
        assert fault_of(protocol, SAID[step]) is Fault.OUT_OF_TURN
        assert protocol.state is State.BROKEN


@pytest.mark.parametrize("state", [State.HEADER, State.READY, State.WAITING, State.USAGE])
def test_the_end_of_the_bytes_is_a_value_in_every_living_state(state: State) -> None:
    protocol = IN_STATE[state]()
    protocol.receive(b"agi_half_a_li")
    protocol.receive(b"")
    assert take(protocol) == [Closed()]
    assert protocol.state is State.CLOSED
    assert take(protocol) == []


def test_a_response_that_nobody_asked_for_breaks_the_talk() -> None:
    assert fault_of(ready(), b"200 result=1\n") is Fault.OUT_OF_TURN


def test_bytes_after_the_end_break_the_talk() -> None:
    assert fault_of(closed(), b"HANGUP\n") is Fault.AFTER_END


def test_a_broken_talk_says_so_at_every_call() -> None:
    protocol = broken()
    with pytest.raises(RemoteProtocolError):
        protocol.receive(HEADER)
    with pytest.raises(RemoteProtocolError):
        protocol.next_event()


def test_a_command_that_cannot_be_written_changes_nothing() -> None:
    protocol = ready()
    with pytest.raises(LocalProtocolError):
        protocol.send(Command("VERBOSE", ("a\nHANGUP",)))
    assert protocol.state is State.READY


# ── the header ───────────────────────────────────────────────────────────────────────────


def test_the_header_becomes_one_request_with_route_and_arguments() -> None:
    [request] = take(FastAgiProtocol(), HEADER)
    assert isinstance(request, Request)
    assert request.route == "login"
    assert request.args == {"agent": "1001"}
    assert request.env["agi_calleridname"] == "Zhang(三) x"
    assert request.env["agi_accountcode"] == ""


def test_broken_utf8_and_control_characters_are_replaced_not_refused() -> None:
    data = HEADER.replace(b"Zhang(\xe4\xb8\x89)", b"\xe4\xb8 \xff\x1b[2J")
    [request] = take(FastAgiProtocol(), data)
    assert isinstance(request, Request)
    assert request.env["agi_calleridname"] == "\ufffd \ufffd\ufffd[2J x"


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"GET / HTTP/1.1\r\n", Fault.HEADER_UNREADABLE),
        (b"HANGUP\n", Fault.HEADER_UNREADABLE),
        (b"\n", Fault.REQUEST_MISSING),
        (b"agi_request: a\nagi_request: b\n", Fault.HEADER_TWICE),
        (b"agi_network_script: x?a=1&a=2\n\n", Fault.ARGUMENTS_UNREADABLE),
        (b"agi_network_script: x?" + b"a=1&" * 20 + b"\n\n", Fault.ARGUMENTS_UNREADABLE),
        (b"x" * 9000, Fault.LINE_TOO_LONG),
        (b"agi_a: " + b"x" * 9000 + b"\n", Fault.LINE_TOO_LONG),
        (b"".join(b"agi_arg_%d: \n" % n for n in range(200)), Fault.HEADER_TOO_LONG),
        (b"".join(b"agi_%d: %s\n" % (n, b"x" * 999) for n in range(20)), Fault.HEADER_TOO_LONG),
    ],
)
def test_a_header_that_is_none_or_too_much_names_its_fault(data: bytes, fault: Fault) -> None:
    assert fault_of(FastAgiProtocol(), data) is fault


def test_a_fault_never_quotes_what_was_said() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        take(FastAgiProtocol(), b"agi 13800000000\n")
    assert "138" not in str(caught.value)


# ── responses ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("glued", [b"\n", b""], ids=["on its own line", "glued to the text"])
def test_a_usage_text_is_one_response(glued: bytes) -> None:
    protocol = in_usage()
    events = take(
        protocol, b"Usage: NOOP\n\n200 result=1 (text)" + glued + b"520 End of proper usage.\n"
    )
    assert events == [Response(code=520, result="", data="Usage: NOOP\n\n200 result=1 (text)")]
    assert protocol.state is State.READY


def test_a_usage_text_without_end_is_cut_off() -> None:
    assert fault_of(in_usage(), b"text\n" * 5000) is Fault.USAGE_TOO_LONG


@pytest.mark.parametrize("line", [b"", b"200", b"200 OK", b"2000 result=1", b"hello"])
def test_what_is_no_response_breaks_the_talk(line: bytes) -> None:
    assert fault_of(waiting(), line + b"\n") is Fault.RESPONSE_UNREADABLE


def test_trying_is_no_event_and_the_response_still_comes() -> None:
    protocol = waiting()
    assert take(protocol, b"100 result=0 Trying...\n") == []
    assert take(protocol, b"200 result=0\n") == [Response(code=200, result="0", data="")]


def test_a_hang_up_is_told_once_and_leaves_the_talk_where_it_was() -> None:
    protocol = waiting()
    assert take(protocol, b"HANGUP\n") == [HangUp()]
    assert take(protocol, b"200 result=0\nHANGUP\n") == [Response(code=200, result="0", data="")]
    assert protocol.state is State.READY


# ── whatever comes, however it comes ─────────────────────────────────────────────────────

LINES = st.sampled_from(
    [
        *HEADER.splitlines(keepends=True),
        b"agi_type: Local\n",
        b"HANGUP\n",
        b"HANGUP\r\n",
        b"100 result=0 Trying...\n",
        b"200 result=1 (\xe4\xb8\x89 (x))\n",
        b"520-Usage follows:\n",
        b"Usage: \xff\n",
        b"text520 End of proper usage.\n",
        b"511 dead\n",
        b"nonsense\n",
    ]
)
STREAMS = st.builds(
    lambda whole, lines, tail: (HEADER if whole else b"") + b"".join(lines) + tail,
    st.booleans(),
    st.lists(LINES, max_size=15),
    st.binary(max_size=20),
)


def converse(chunks: list[bytes], limits: Limits | None = None) -> list[Event | Fault]:
    """Feed the chunks, say NOOP whenever it is our turn, and tell all that happened."""
    protocol = FastAgiProtocol(limits)
    told: list[Event | Fault] = []
    try:
        for chunk in [*chunks, b""]:
            protocol.receive(chunk)
            while (event := protocol.next_event()) is not None:
                told.append(event)
                if protocol.state is State.READY:
                    protocol.send(NOOP)
    except RemoteProtocolError as error:
        told.append(error.fault)
    return told


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    chunks = []
    for size in sizes:
        chunks.append(data[:size])
        data = data[size:]
    return [chunk for chunk in [*chunks, data] if chunk]


@given(STREAMS, st.lists(st.integers(1, 40), max_size=60))
def test_any_chunking_gives_the_same_events(data: bytes, sizes: list[int]) -> None:
    whole = converse([data] if data else [])
    assert converse(cut(data, sizes)) == whole
    assert converse([data[n : n + 1] for n in range(len(data))]) == whole


SMALL = Limits(line_bytes=40, header_bytes=200, header_lines=10, usage_bytes=80, arguments=2)


@given(STREAMS, st.lists(st.integers(1, 40), max_size=60))
def test_chunking_makes_no_difference_at_the_limits_either(data: bytes, sizes: list[int]) -> None:
    assert converse(cut(data, sizes), SMALL) == converse([data] if data else [], SMALL)


@given(
    st.sampled_from([FastAgiProtocol, ready, waiting, in_usage]),
    st.lists(st.binary(min_size=1, max_size=200), max_size=40),
)
def test_garbage_raises_only_their_error_and_is_never_hoarded(
    start: Callable[[Limits], FastAgiProtocol], chunks: list[bytes]
) -> None:
    protocol = start(Limits(line_bytes=100))
    try:
        for chunk in chunks:
            take(protocol, chunk)
            assert protocol.held_bytes <= 100
    except RemoteProtocolError:
        assert protocol.state is State.BROKEN
        assert protocol.held_bytes == 0
