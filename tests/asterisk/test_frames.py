"""Bytes of an AMI connection become whole messages, however TCP cuts them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk.frames import Frames, NotAsterisk, event_name, headers_of

BANNER = b"Asterisk Call Manager/9.0.0\r\n"
TALK = (
    BANNER
    + "Event: QueueCallerJoin\r\nCallerIDName: 张三丰\r\nQueue: waihu-报修\r\n\r\n".encode()
    + b"Response: Success\r\nActionID: 1\r\n\r\n"
    + "Event: Hangup\r\nCause-txt: 正常\r\n\r\n".encode()
)
WHOLE = TALK.removeprefix(BANNER).split(b"\r\n\r\n")[:-1]


@pytest.mark.parametrize("cut", range(1, len(TALK)))
def test_a_cut_at_any_byte_changes_nothing(cut: int) -> None:
    frames = Frames()
    assert frames.feed(TALK[:cut]) + frames.feed(TALK[cut:]) == WHOLE
    assert frames.version == "9.0.0"


def test_byte_by_byte_changes_nothing() -> None:
    frames = Frames()
    assert [m for i in range(len(TALK)) for m in frames.feed(TALK[i : i + 1])] == WHOLE


@given(st.lists(st.integers(1, len(TALK) - 1), max_size=8))
def test_any_cuts_change_nothing_and_chinese_text_is_whole(cuts: list[int]) -> None:
    frames = Frames()
    edges = [0, *sorted(cuts), len(TALK)]
    messages = [m for a, b in pairwise(edges) for m in frames.feed(TALK[a:b])]
    assert headers_of(messages[0]) == {
        "Event": "QueueCallerJoin",
        "CallerIDName": "张三丰",
        "Queue": "waihu-报修",
    }


@pytest.mark.parametrize("cut", range(30))
def test_a_blank_line_too_many_is_no_part_of_what_follows(cut: int) -> None:
    rule = b"Response: Success\r\nRuleList: waihu-inbound\r\nRule: 30,2146,0\r\n\r\n"
    talk = rule + b"\r\n" + b"Event: UserEvent\r\nUserEvent: WaihuProbe\r\n\r\n\r\n\r\n" + rule
    frames = Frames()
    frames.feed(BANNER)
    edge = len(rule) - 10 + cut
    messages = frames.feed(talk[:edge]) + frames.feed(talk[edge:])
    assert [event_name(one) for one in messages] == [b"", b"UserEvent", b""]
    assert frames.held_bytes == 0


def test_bytes_that_are_no_utf8_spoil_only_themselves() -> None:
    assert headers_of(b"Event: Hangup\r\nCallerIDName: \xd5\xc5\xc8\xfd\r\nCause: 16") == {
        "Event": "Hangup",
        "CallerIDName": "����",
        "Cause": "16",
    }


def test_the_first_of_repeated_headers_wins_so_that_a_dialplan_forges_no_id() -> None:
    forged = b"Event: UserEvent\r\nUniqueid: real\r\nAttempt: a\r\nUniqueid: forged"
    assert headers_of(forged)["Uniqueid"] == "real"


@pytest.mark.parametrize("chunk", [1_000, 65_536, 5_000_000])
def test_a_message_over_the_limit_is_dropped_and_the_next_one_is_read(chunk: int) -> None:
    endless = b"Event: Huge\r\nText: " + b"x" * 1_500_000 + b"\r\n\r\n"
    stream = BANNER + b"Event: One\r\n\r\n" + endless + b"Event: Two\r\n\r\n"
    frames = Frames()
    pieces = (stream[start : start + chunk] for start in range(0, len(stream), chunk))
    messages = [message for piece in pieces for message in frames.feed(piece)]
    assert messages == [b"Event: One", b"Event: Two"]
    assert frames.dropped == 1


def test_a_message_of_a_little_under_one_megabyte_is_read() -> None:
    frames = Frames()
    long = b"Event: Long\r\nText: " + b"x" * 990_000
    assert frames.feed(BANNER + long + b"\r\n\r\n") == [long]


@pytest.mark.parametrize("words", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\r\n", b"A" * 300, b"\x00\x01"])
def test_a_peer_that_greets_otherwise_is_no_asterisk(words: bytes) -> None:
    with pytest.raises(NotAsterisk):
        Frames().feed(words)


def test_an_endless_banner_is_refused() -> None:
    with pytest.raises(NotAsterisk):
        Frames().feed(b"Asterisk Call Manager/" + b"9" * 300)


def test_the_name_of_an_event_is_read_without_the_rest() -> None:
    assert event_name(b"Event: Hangup\r\nCause: 16") == b"Hangup"
    assert event_name(b"Event: Hangup") == b"Hangup"
    assert event_name(b"Response: Success") == b""
