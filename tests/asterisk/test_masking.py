"""What of a person is left in a recording: nothing but that it is the same person (I9, R25)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk.masking import Pseudonyms

KEY = bytes(range(16))
ATTEMPT = b"06h0445e37n5pp707mdzdd7r87"
DIGITS = st.text("0123456789", min_size=7, max_size=16)


def masked(text: str, key: bytes = KEY) -> str:
    return Pseudonyms(key).mask(text.encode()).decode()


def digits_in(text: str) -> str:
    return "".join(re.findall(r"[0-9]", text))


@given(DIGITS, st.binary(min_size=16, max_size=16))
def test_a_pseudonym_has_the_numbers_length_and_end_and_is_never_the_number(
    number: str, key: bytes
) -> None:
    put = masked(number, key)
    assert put != number
    assert len(put) == len(number)
    assert put[-2:] == number[-2:]
    assert put[-8:] != number[-8:]


@given(
    number=DIGITS,
    before=st.sampled_from(["", "+", "x", "张", "/", "sip:", "0w", "_", "-"]),
    after=st.sampled_from(["", "@trunk", "x", "张", ";1", "-0", ">", "."]),
)
def test_wherever_a_number_stands_it_is_found(number: str, before: str, after: str) -> None:
    message = f"Event: Newstate\r\nCallerIDNum: {before}{number}{after}"
    assert number not in masked(message)


def test_the_same_person_is_the_same_however_the_number_is_written() -> None:
    written = ("13800138000", "+8613800138000", "008613800138000", "Local/13800138000@out/n")
    ends = {digits_in(masked(text))[-8:] for text in written}
    assert len(ends) == 1


NUMBER_HEADERS = ("CallerIDNum", "ConnectedLineNum", "Exten", "AccountCode", "CallerID")
SPELLED = ("138-0013-8000", "138 0013 8000", "(138)0013.8000", "138.00138000", "13800138000")


@pytest.mark.parametrize(
    "header", [f"{before}{h}" for h in NUMBER_HEADERS for before in ("", "Dest")]
)
@pytest.mark.parametrize("kind", ["Event: Newstate", "Action: Originate", "Response: Success"])
def test_a_number_is_masked_however_it_is_spelled_and_is_the_same_person(
    kind: str, header: str
) -> None:
    lines = [masked(f"{kind}\r\n{header}: {number}") for number in SPELLED]
    put = {digits_in(line) for line in lines}
    assert put == {digits_in(masked("13800138000"))}
    assert "13800138000" not in put
    forms = [re.sub("[0-9]", "0", line.partition(f"{header}: ")[2]) for line in lines]
    assert forms == [re.sub("[0-9]", "0", number) for number in SPELLED]


@pytest.mark.parametrize(
    "number",
    [
        "+86 138 0013 8000",
        "(021)6234-5678",
        "+86 (0) 138-0013-8000",
        '"A" <400 888 1234>',
        "1-2345-67",
    ],
)
def test_what_is_spelled_with_signs_between_keeps_none_but_its_end(number: str) -> None:
    put = digits_in(masked(f"Event: Newstate\r\nCallerIDNum: {number}\r\nPriority: 1")[:-1])
    assert len(put) == len(digits_in(number))
    assert put[-8:] != digits_in(number)[-8:]
    assert put[-2:] == digits_in(number)[-2:]


@pytest.mark.parametrize(
    "line",
    [
        "Exten: 7001",
        "Exten: waihu-answered",
        "AccountCode: 2026-1",
        f"AccountCode: {ATTEMPT.decode()}",
        "CallerIDNum: 1001\r\nPriority: 1\r\nUniqueid: 1795319876.1",
        "Linkedid: 1795319876.1",
        "EventTime: 2026-11-22 11:06:13.123456",
        "LocalAddress: IPV4/UDP/192.168.100.200/5060",
        "Address: 10.11.12.13:50601",
        "AppData: 12 34 56 78",
    ],
)
def test_what_only_looks_like_a_spelled_number_stays(line: str) -> None:
    message = f"Event: Newstate\r\n{line}"
    assert masked(message) == message


def test_another_key_gives_another_pseudonym() -> None:
    assert masked("13800138000") != masked("13800138000", bytes(16))


def test_names_secrets_and_variables_of_the_dialplan_are_left_out() -> None:
    message = (
        "Event: Newstate\r\nCallerIDName: 张三\r\nDestConnectedLineName: 李四\r\n"
        "ChanVariable: NAME=王五\r\nSecret: hunter2\r\nUniqueid: 1795331097.12\r\n"
        "ConnectedLineName: 赵六"
    )
    assert masked(message) == "Event: Newstate\r\nUniqueid: 1795331097.12"


@pytest.mark.parametrize(
    "line",
    [
        f"Uniqueid: {ATTEMPT.decode()}",
        f"ActionID: waihu/originate/{ATTEMPT.decode()}",
        "Channel: Local/7001@waihu-agent-00000012;1",
        "BridgeUniqueid: 12345678-1234-1234-1234-123456789012",
        "Uniqueid: 1795331097.123",
        "LoginTime: 1795331097",
        "MemberName: 1001",
        "Queue: waihu-inbound",
    ],
)
def test_ids_of_calls_and_times_are_nobodys_and_stay(line: str) -> None:
    message = f"Event: Newstate\r\n{line}"
    assert masked(message) == message


def test_a_channels_counter_stays_but_never_in_what_we_dial() -> None:
    assert masked("Event: X\r\nChannel: SIP/gw-62881234-00000007").endswith("-00000007")
    assert "62881234" not in masked("Event: X\r\nChannel: SIP/gw-62881234-00000007")
    assert "62881234" not in masked("Action: Originate\r\nChannel: SIP/gw-62881234")


def test_nothing_of_a_number_longer_than_a_telephones_stays() -> None:
    assert "31010119900101" not in masked("Event: X\r\nExten: 310101199001011234")
    assert masked("Event: X\r\nExten: 310101199001011234").startswith("Event: X\r\nExten: 0000")
