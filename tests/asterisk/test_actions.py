"""Actions carry only what cannot do harm."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk import actions
from asterisk.actions import Action
from asterisk.errors import UnsafeValue
from dialer.effects import (
    Connect,
    LetHear,
    ListenMode,
    Originate,
    PlayTone,
    RecordTalk,
    RingSupervisor,
    Tone,
)

CALL = Originate(
    attempt="01k9xg3v5m0000000000000000",
    dial_string="PJSIP/{number}@trunk",
    e164="+862155501234",
    caller_id="4008001234",
    ring_timeout_s=30,
    slot="7001",
    queue="waihu-callback",
)
INJECTION = "\r\nAction: Command\r\nCommand: core stop now"


SPY = "waihu-spy-01795412542123190"


def test_an_originate_asks_for_one_call_of_this_attempt_to_this_agent() -> None:
    action = actions.originate(CALL)
    assert action.name == "Originate"
    assert action.action_id == "waihu/originate/01k9xg3v5m0000000000000000"
    assert action.headers == (
        ("Channel", "PJSIP/+862155501234@trunk"),
        ("Context", "waihu-answered"),
        ("Exten", "s"),
        ("Priority", "1"),
        ("Async", "true"),
        ("ChannelId", "01k9xg3v5m0000000000000000"),
        ("Timeout", "30000"),
        ("CallerID", "4008001234"),
        ("Variable", "WAIHU_ATTEMPT=01k9xg3v5m0000000000000000"),
        ("Variable", "WAIHU_SLOT=7001"),
        ("Variable", "WAIHU_QUEUE=waihu-callback"),
    )


@pytest.mark.parametrize(
    ("call", "context"),
    [
        (replace(CALL, slot=""), "waihu-waiting"),
        (replace(CALL, slot="", screened=True), "waihu-screened"),
    ],
)
def test_a_call_for_which_nobody_is_kept_goes_where_who_answers_waits(
    call: Originate, context: str
) -> None:
    headers = actions.originate(call).headers
    assert ("Context", context) in headers
    assert not [value for _, value in headers if value.startswith("WAIHU_SLOT")]
    assert ("Variable", "WAIHU_ATTEMPT=01k9xg3v5m0000000000000000") in headers


def test_who_waits_is_put_through_to_the_agent_in_a_slot() -> None:
    action = actions.connect(Connect(call=CALL.attempt, slot="7001"))
    assert action.name == "Redirect"
    assert action.headers == (
        ("Channel", CALL.attempt),
        ("Context", "waihu-connect"),
        ("Exten", "7001"),
        ("Priority", "1"),
    )


@pytest.mark.parametrize(
    "slot", ["", "7001,1", "7001\r\nPriority: 9", "${EVIL}", "7001|s", " 7001"]
)
def test_nobody_is_put_through_to_what_is_no_slot(slot: str) -> None:
    with pytest.raises(UnsafeValue):
        actions.connect(Connect(call=CALL.attempt, slot=slot))
    with pytest.raises(UnsafeValue):
        actions.connect(Connect(call=slot, slot="7001"))


def test_a_trunk_may_take_the_number_without_its_plus() -> None:
    bare = replace(CALL, e164=actions.digits_of(CALL.e164))
    assert actions.originate(bare).headers[0] == ("Channel", "PJSIP/862155501234@trunk")


@pytest.mark.parametrize(
    "dial_string",
    ["PJSIP/{number}@trunk", "Local/{number}@waihu-people/n", "PJSIP/t/sip:{number}@[::1]:5060"],
)
def test_the_usual_dial_strings_are_taken(dial_string: str) -> None:
    if "[" in dial_string:
        with pytest.raises(UnsafeValue):
            actions.dial_string(dial_string, "+8621")
    else:
        assert "+8621" in actions.dial_string(dial_string, "+8621")


ODD = [
    "\r",
    "\n",
    "\0",
    INJECTION,
    ",CALLERID(num)=10086",
    "a,b",
    "a(b)",
    "${SHELL(id)}",
    "a|b",
    "\ud800",
    "\x85\x00",
]


FIELDS = ["attempt", "dial_string", "e164", "caller_id", "slot", "queue"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("field", FIELDS)
def test_no_field_of_an_originate_takes_what_a_switch_would_obey(field: str, odd: str) -> None:
    changed: dict[str, Any] = {field: f"{getattr(CALL, field)}{odd}"}
    with pytest.raises(UnsafeValue) as refused:
        actions.originate(replace(CALL, **changed))
    assert "core stop" not in str(refused.value)


@pytest.mark.parametrize(
    "number", ["", "+", "++86", "1&Local/2@x", "86 21", "8621#", "911w1", "８６", "+86;x"]
)
def test_a_dial_string_takes_a_plus_and_digits_and_nothing_else(number: str) -> None:
    with pytest.raises(UnsafeValue):
        actions.dial_string("PJSIP/{number}@trunk", number)


@pytest.mark.parametrize("pattern", ["PJSIP/x@trunk", "PJSIP/{number}@{number}", "PJSIP/{numbr}@t"])
def test_a_dial_string_holds_the_number_once(pattern: str) -> None:
    with pytest.raises(UnsafeValue):
        actions.dial_string(pattern, "+8621")


MAKERS: list[Callable[[str], Action]] = [
    lambda odd: actions.hang_up(f"17{odd}"),
    lambda odd: actions.redirect(f"17{odd}"),
    lambda odd: actions.queue_pause("7001", f"r{odd}"),
    lambda odd: actions.queue_pause(f"7{odd}", None),
    lambda odd: actions.queue_add(f"7{odd}", "a", "q", "r"),
    lambda odd: actions.queue_add("7001", f"a{odd}", "q", "r"),
    lambda odd: actions.queue_add("7001", "a", f"q{odd}", "r"),
    lambda odd: actions.queue_add("7001", "a", "q", f"r{odd}"),
    lambda odd: actions.queue_remove("7001", f"q{odd}"),
    lambda odd: actions.login("waihu", f"s{odd}", "call"),
    lambda odd: actions.login(f"waihu{odd}", "s", "call"),
    lambda odd: Action(name=f"Ping{odd}"),
    lambda odd: Action(name="Ping", action_id=f"1{odd}"),
    lambda odd: Action(name="Ping", headers=(("Header", odd),)),
]


@pytest.mark.parametrize("odd", ["\r\nAction: Ping", "a\nb", "\0", "x" * 1_001, "\ud800"])
@pytest.mark.parametrize("make", MAKERS)
def test_no_action_takes_a_value_that_would_end_its_line(
    make: Callable[[str], Action], odd: str
) -> None:
    with pytest.raises(UnsafeValue):
        make(odd)


@given(st.text(min_size=1))
def test_a_header_name_is_letters(name: str) -> None:
    if name.isascii() and name.isalpha():
        assert Action(name="Ping", headers=((name, "v"),)).headers
    else:
        with pytest.raises(UnsafeValue):
            Action(name="Ping", headers=((name, "v"),))


def test_a_channel_is_never_given_as_a_pattern_of_many() -> None:
    with pytest.raises(UnsafeValue):
        actions.hang_up("/.*/")


def test_a_member_is_the_slots_local_channel_watched_by_its_agent_state() -> None:
    headers = dict(actions.queue_add("7001", "1001", "waihu-callback", "login").headers)
    assert headers == {
        "Queue": "waihu-callback",
        "Interface": "Local/7001@waihu-agent/n",
        "StateInterface": "Agent:7001",
        "MemberName": "1001",
        "Penalty": "0",
        "Paused": "true",
        "Reason": "login",
    }


def test_a_pause_names_its_reason_and_its_end_has_none() -> None:
    assert dict(actions.queue_pause("7001", "reserved").headers)["Paused"] == "true"
    assert dict(actions.queue_pause("7001", None).headers) == {
        "Interface": "Local/7001@waihu-agent/n",
        "Paused": "false",
        "Reason": "",
    }


def test_a_tone_is_whispered_by_our_own_context_and_names_nothing_but_the_slot() -> None:
    action = actions.play_tone(PlayTone(slot="7001", tone=Tone.NOT_SAVED))
    headers = dict(action.headers)
    assert (headers["Channel"], headers["Context"], headers["Exten"]) == (
        "Local/not_saved@waihu-tone/n",
        "waihu-tone",
        "whisper",
    )
    assert headers["Variable"] == "WAIHU_SLOT=7001"
    with pytest.raises(UnsafeValue):
        actions.play_tone(PlayTone(slot="7001,CALLERID(num)=1", tone=Tone.SAVED))


def test_a_supervisors_phone_is_rung_into_our_own_context_alone() -> None:
    rings = RingSupervisor(call=SPY, dial_string="PJSIP/8001", shows="1001", ring_timeout_s=20)
    headers = dict(actions.ring_supervisor(rings).headers)
    assert (headers["Channel"], headers["Context"], headers["Exten"]) == (
        "PJSIP/8001",
        "waihu-spy",
        "s",
    )
    assert (headers["ChannelId"], headers["CallerID"]) == (SPY, "1001")
    assert "Application" not in headers


@pytest.mark.parametrize("mode", list(ListenMode))
def test_each_mode_is_a_context_of_its_own_and_silence_is_where_it_began(mode: ListenMode) -> None:
    hears = dict(actions.let_hear(LetHear(call=SPY, slot="7001", mode=mode)).headers)
    assert (hears["Context"], hears["Exten"]) == (f"waihu-{mode}", "7001")
    silent = dict(actions.let_hear(LetHear(call=SPY, slot="7001", mode=None)).headers)
    assert (silent["Context"], silent["Exten"]) == ("waihu-spy", "s")


@pytest.mark.parametrize(
    "dial_string",
    ["PJSIP/8001&PJSIP/9", "PJSIP/8001,30", "PJSIP/8001\r\nAction: Command", "PJSIP/${X}", "8001"],
)
def test_a_dial_string_of_a_phone_that_says_more_is_not_sent(dial_string: str) -> None:
    rings = RingSupervisor(call=SPY, dial_string=dial_string, shows="1001", ring_timeout_s=20)
    with pytest.raises(UnsafeValue):
        actions.ring_supervisor(rings)


@pytest.mark.parametrize("file", ["../etc/passwd", "a/b", "a|rm", "a b", "a,wav", "${X}", ""])
def test_a_recordings_name_leads_nowhere_else(file: str) -> None:
    with pytest.raises(UnsafeValue):
        actions.record_talk(RecordTalk(call=SPY, slot="7001", file=file))


def test_a_secret_is_not_in_what_an_action_shows_of_itself() -> None:  # I9
    assert "hunter2" not in repr(actions.login("waihu", "hunter2", "call"))


def test_an_agents_phone_is_rung_into_the_login_alone() -> None:
    action = actions.ring_to_sign_in("PJSIP/{number}", "8001", "1001")
    assert dict(action.headers) | {"Timeout": ""} == {
        "Channel": "PJSIP/8001",
        "Context": "waihu-login",
        "Exten": "1001",
        "Priority": "1",
        "Async": "true",
        "Timeout": "",
        "CallerID": "1001",
    }
    for phone, agent in (("8001@evil", "1001"), ("8001", "1001,1"), ("8001\r\nAction: x", "1001")):
        with pytest.raises(UnsafeValue):
            actions.ring_to_sign_in("PJSIP/{number}", phone, agent)
