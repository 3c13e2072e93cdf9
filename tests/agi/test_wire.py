"""The words of FastAGI: one line read, one command written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.wire import (
    COMMAND_BYTES,
    Command,
    LocalProtocolError,
    Response,
    read_header,
    read_line,
    read_request,
    read_response,
)


@pytest.mark.parametrize(
    ("line", "route", "args"),
    [
        ("agi_request: agi://10.0.0.1:4573/inbound", "inbound", {}),
        ("agi_request: agi://10.0.0.1:4573", "", {}),
        ("agi_request: agi://[::1]:4573/login?agent=7", "login", {"agent": "7"}),
        ("agi_network_script: login?agent=%34%32&x=", "login", {"agent": "42", "x": ""}),
        ("agi_network_script: login?agent=1%0d%0aX", "login", {"agent": "1\ufffd\ufffdX"}),
        ("agi_network_script: /inbound/", "inbound", {}),
    ],
)
def test_the_route_is_read_from_the_script_else_from_the_address(
    line: str, route: str, args: dict[str, str]
) -> None:
    request = read_request(dict([read_header(line)]), most_arguments=16)
    assert (request.route, request.args) == (route, args)


@pytest.mark.parametrize(
    ("line", "code", "result", "data"),
    [
        (b"200 result=0", 200, "0", ""),
        (b"200 result=-1", 200, "-1", ""),
        (b"200 result=", 200, "", ""),
        (b"200 result=1#*", 200, "1#*", ""),
        (b"200 result=1 ()", 200, "1", ""),
        (
            b"200 result=1 (value with (parens) and spaces)",
            200,
            "1",
            "value with (parens) and spaces",
        ),
        (b"200 result=0 (timeout) endpos=8000", 200, "0", "(timeout) endpos=8000"),
        (b"200 result=1 (\xe4\xb8)", 200, "1", "\ufffd"),
        (b"200 result=1\r", 200, "1", ""),
        (b"510 Invalid or unknown command", 510, "", "Invalid or unknown command"),
        (
            b"511 Command Not Permitted on a dead channel or intercept routine",
            511,
            "",
            "Command Not Permitted on a dead channel or intercept routine",
        ),
        (
            b"520 Invalid command syntax.  Proper usage not available.",
            520,
            "",
            "Invalid command syntax.  Proper usage not available.",
        ),
        (b"503 result=-2 Memory allocation failure", 503, "-2", "Memory allocation failure"),
    ],
)
def test_a_response_of_one_line_is_read(line: bytes, code: int, result: str, data: str) -> None:
    assert read_response(read_line(line)) == Response(code=code, result=result, data=data)


# ── commands ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (Command("NOOP"), b"NOOP\n"),
        (Command("SET VARIABLE", ("WAIHU_QUEUE", "")), b'SET VARIABLE "WAIHU_QUEUE" ""\n'),
        (
            Command("VERBOSE", ('say "hi" \\ 好', "1")),
            b'VERBOSE "say \\"hi\\" \\\\ \xe5\xa5\xbd" "1"\n',
        ),
    ],
)
def test_every_argument_is_quoted(command: Command, line: bytes) -> None:
    assert command.encode() == line


@pytest.mark.parametrize(
    "command",
    [
        Command("VERBOSE", ("a\nHANGUP",)),
        Command("VERBOSE", ("a\r",)),
        Command("VERBOSE", ("a\0",)),
        Command("VERBOSE\nHANGUP"),
        Command("verbose"),
        Command(""),
        Command("VERBOSE", ("\ud800",)),
        Command("VERBOSE", ("x" * COMMAND_BYTES,)),
    ],
)
def test_a_command_that_cannot_be_written_is_refused(command: Command) -> None:
    with pytest.raises(LocalProtocolError):
        command.encode()


def unquoted(line: str) -> list[str]:
    """Take a line apart as the switch does: quotes group, a backslash takes the next as it is."""
    words: list[str] = []
    quoted = escaped = False
    for char in line:
        if escaped or char not in '\\" ' or (char == " " and quoted):
            if not quoted and (not words or words[-1] == " "):
                words.append("")
            words[-1] += char
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
            if quoted:
                words.append("")
    return words


@given(st.lists(st.text(max_size=30), max_size=5))
def test_any_argument_arrives_as_it_was_given_or_is_refused(arguments: list[str]) -> None:
    try:
        line = Command("X", tuple(arguments)).encode()
    except LocalProtocolError:
        assert set("".join(arguments)) & set("\r\n\0")
        return
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert unquoted(line.decode().removeprefix("X").removesuffix("\n").strip(" ")) == arguments
