"""A walk through a flow: what is said, what is taken, and where the call goes (R9)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.calendars import Calendar
from campaigns.layers import Layer
from campaigns.windows import CallingWindows, parse
from routing import flow_talk
from routing.flow import (
    Branch,
    Case,
    Collect,
    Enqueue,
    FindOrder,
    Flow,
    HangUp,
    Look,
    Lookup,
    Manner,
    Menu,
    OpeningHours,
    OpenOrder,
    Overflow,
    Play,
    RequestCallBack,
    Saying,
    SetLanguage,
    Step,
    Valid,
    Voicemail,
    asks_for,
)
from routing.flow_run import State, begin, fill_url, step
from routing.flow_talk import (
    Action,
    AskOrder,
    Began,
    Bye,
    Caller,
    CameBack,
    Done,
    Failed,
    Fetch,
    Found,
    Input,
    Listen,
    LookAt,
    NoteCallBack,
    NotFound,
    Overflowed,
    Pressed,
    Return,
    Speak,
    Spoken,
    Switch,
    ToQueue,
    ToVoicemail,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_10 = datetime(2026, 11, 23, 2, tzinfo=UTC)
OFFICE = Layer(
    windows=CallingWindows(days=((parse("09:00-18:00"),),) * 5 + ((), ())),
    zone=SHANGHAI,
    calendar=Calendar(name="CN", holidays=frozenset({date(2026, 11, 24)}), last=date(2026, 12, 31)),
)


def sound(name: str) -> tuple[Saying, ...]:
    return (Saying(manner=Manner.SOUND, words={"": name}),)


def flow_of(first: Step, *, most_steps: int = 100, **more: Step) -> Flow:
    """A flow that begins with `first`; `desk` is its rescue."""
    steps = {"first": first, "desk": Enqueue(queue="waihu-desk"), "bye": HangUp(), **more}
    return Flow(
        name="test",
        start="first",
        rescue="desk",
        steps=steps,
        languages=("zh", "en"),
        zone="Asia/Shanghai",
        goodbye=sound("goodbye"),
        hours={"office": OFFICE},
        callers={"vip": frozenset({"13900000001"})},
        most_steps=most_steps,
    )


def walk(
    flow: Flow, *came: Input, caller: Caller | None = None, at: datetime = MONDAY_10
) -> tuple[State, Action]:
    """Where a call is after all that came in, and what is to be done."""
    state, action = step(flow, begin(flow, caller or Caller()), Began(), at)
    for one in came:
        state, action = step(flow, state, one, at)
    return state, action


MENU = Menu(
    say=sound("main"),
    keys={"1": "desk", "#": "bye"},
    tries=2,
    say_wrong=sound("wrong"),
    say_nothing=sound("silent"),
    nothing="desk",
    wrong="bye",
)


def test_a_menu_leads_where_its_key_says_and_the_choice_is_recorded() -> None:
    state, action = walk(flow_of(MENU), Pressed("1"))
    assert action == ToQueue(
        queue="waihu-desk", say=(), priority=0, wait_s=None, only_with_agents=False
    )
    assert [(one.step, one.what) for one in state.record] == [("first", "1")]
    assert walk(flow_of(MENU), Pressed("#"))[1] == Bye(say=(Spoken(Manner.SOUND, "goodbye"),))


def test_a_menu_asks_again_with_the_word_that_fits_and_then_takes_its_way_out() -> None:
    _state, again = walk(flow_of(MENU), Pressed(""))
    assert isinstance(again, Listen)
    assert [one.text for one in again.say] == ["silent", "main"]
    _state, again = walk(flow_of(MENU), Pressed("9"))
    assert isinstance(again, Listen)
    assert [one.text for one in again.say] == ["wrong", "main"]
    assert isinstance(walk(flow_of(MENU), Pressed("9"), Pressed(""))[1], ToQueue)
    assert isinstance(walk(flow_of(MENU), Pressed(""), Pressed("9"))[1], Bye)


@pytest.mark.parametrize(
    ("valid", "keys", "kept"),
    [
        (Valid(least=6, most=12), "123456", "123456"),
        (Valid(least=6, most=12), "12345", None),
        (Valid(least=2, most=4, pattern="1.*"), "12", "12"),
        (Valid(least=2, most=4, pattern="1.*"), "21", None),
        (Valid(lowest=1, highest=31), "31", "31"),
        (Valid(lowest=1, highest=31), "32", None),
        (Valid(least=8, most=8, date="YYYYMMDD"), "20261123", "2026-11-23"),
        (Valid(least=8, most=8, date="YYYYMMDD"), "20261131", None),
        (Valid(least=4, most=4, date="MMDD"), "1231", "2026-12-31"),
        (Valid(least=4, most=4, date="MMDD"), "0229", None),
        (Valid(), "1*2", None),
        (Valid(), "١٢", None),
    ],
)
def test_only_digits_that_were_asked_for_are_kept(
    valid: Valid, keys: str, kept: str | None
) -> None:
    ask = Collect(say=(), into="given", valid=valid, tries=1, next="desk", wrong="bye")
    state, action = walk(flow_of(ask), Pressed(keys))
    assert isinstance(action, Bye if kept is None else ToQueue)
    assert state.facts.get("given") == kept


def test_the_language_changes_what_is_said_from_then_on() -> None:
    hello = Saying(manner=Manner.TEXT, words={"zh": "您好", "en": "hello"})
    flow = flow_of(SetLanguage(language="en", next="hello"), hello=Play(say=(hello,), next="bye"))
    assert walk(flow)[1] == Switch(language="en")
    assert walk(flow, Done())[1] == Speak(say=(Spoken(Manner.TEXT, "hello"),))


@pytest.mark.parametrize(
    ("at", "queue"),
    [
        (MONDAY_10, "waihu-open"),
        (datetime(2026, 11, 23, 10, tzinfo=UTC), "waihu-closed"),  # 18:00, the close itself
        (datetime(2026, 11, 24, 2, tzinfo=UTC), "waihu-holiday"),
        (datetime(2026, 11, 28, 2, tzinfo=UTC), "waihu-closed"),  # a Saturday
        (datetime(2027, 1, 4, 2, tzinfo=UTC), "waihu-open"),  # the calendar is over: a Monday
    ],
)
def test_opening_hours_and_holidays_are_those_of_the_layer(at: datetime, queue: str) -> None:
    flow = flow_of(
        OpeningHours(hours="office", open="a", closed="b", holiday="c"),
        a=Enqueue(queue="waihu-open"),
        b=Enqueue(queue="waihu-closed"),
        c=Enqueue(queue="waihu-holiday"),
    )
    _state, action = walk(flow, at=at)
    assert isinstance(action, ToQueue)
    assert action.queue == queue


@pytest.mark.parametrize(
    ("caller", "goes"),
    [
        (Caller(number="+8613900000001"), ToQueue),
        (Caller(number="013900000001"), ToQueue),
        (Caller(number="13900000002"), Bye),
        (Caller(number=""), Bye),
        (Caller(number="0000001"), Bye),
        (Caller(number="x", facts={"vip": "yes"}), ToQueue),
    ],
)
def test_a_caller_is_known_by_the_number_however_the_trunk_tells_it(
    caller: Caller, goes: type[Action]
) -> None:
    flow = flow_of(Branch(cases=(Case(fact="vip", one_of=("yes",), to="desk"),), otherwise="bye"))
    assert isinstance(walk(flow, caller=caller)[1], goes)


@pytest.mark.parametrize("number", ["anonymous", "sip:1@x", '1"2', "86\r\n139", "1" * 40, "+"])
def test_what_is_no_number_counts_as_withheld(number: str) -> None:
    state, _action = walk(flow_of(MENU), caller=Caller(number=number))
    assert (state.facts["number"], state.facts["withheld"]) == ("", "yes")


@pytest.mark.parametrize(
    ("value", "holds"), [("3", True), ("2", False), ("6", False), ("", False), ("nan", False)]
)
def test_a_case_can_ask_for_a_range(value: str, holds: bool) -> None:  # noqa: FBT001
    case = Case(fact="open_work_orders", lowest=3, highest=5, to="desk")
    flow = flow_of(Branch(cases=(case,), otherwise="bye"))
    caller = Caller(facts={"open_work_orders": value})
    assert isinstance(walk(flow, caller=caller)[1], ToQueue if holds else Bye)


LOOKUP = Lookup(
    url="https://crm.example/orders/{order}?from={number}",
    take={"state": "state"},
    next="told",
    missing="bye",
    failed="desk",
)
TOLD = Play(say=(Saying(manner=Manner.TEXT, words={"": "It is {state}."}),), next="bye")


def test_a_lookup_tells_what_it_found_or_takes_its_other_ways() -> None:
    flow = flow_of(LOOKUP, told=TOLD)
    _state, said = walk(flow, Found({"state": "done"}))
    assert said == Speak(say=(Spoken(Manner.TEXT, "It is done."),))
    assert isinstance(walk(flow, NotFound())[1], Bye)
    assert isinstance(walk(flow, Failed())[1], ToQueue)


def test_a_work_order_is_asked_for_by_what_was_typed_and_told_by_its_facts() -> None:
    find = FindOrder(number="{order}", next="told", missing="bye", failed="desk")
    told = Play(say=(Saying(manner=Manner.DATE, words={"": "{order_due}"}),), next="bye")
    flow = flow_of(find, told=told)
    _state, action = walk(flow, caller=Caller(facts={"order": "123456789"}))
    assert action == AskOrder(number="123456789", limit_s=2.0)
    _state, said = walk(flow, Found({"order_due": "2026-11-30"}))
    assert said == Speak(say=(Spoken(Manner.DATE, "2026-11-30"),))
    assert isinstance(walk(flow, NotFound())[1], Bye)
    assert isinstance(walk(flow, Failed())[1], ToQueue)
    assert asks_for(flow, "order_due")
    assert not asks_for(flow, "open_work_orders")


def test_a_work_order_is_opened_with_the_callers_own_words() -> None:
    opening = OpenOrder(kind="repair", subject="{building}", voicemail="100", next="bye")
    flow = flow_of(opening)
    _state, action = walk(flow, caller=Caller(facts={"building": "7"}))
    assert isinstance(action, flow_talk.OpenOrder)
    assert (action.kind, action.subject, action.voicemail) == ("repair", "7", "100")
    assert isinstance(walk(flow, Found({}))[1], Bye)


def test_whatever_a_caller_typed_stays_one_part_of_the_address() -> None:
    facts = {"order": "../admin?x=1&y#z", "number": "+86 139\r\n"}
    _state, action = walk(flow_of(LOOKUP, told=TOLD), caller=Caller(facts=facts))
    assert isinstance(action, Fetch)
    assert action.url == (
        "https://crm.example/orders/%2E%2E%2Fadmin%3Fx%3D1%26y%23z?from=%2B86%20139%0D%0A"
    )
    assert fill_url("http://h/{a}", {"a": "张三/."}) == "http://h/%E5%BC%A0%E4%B8%89%2F%2E"


def test_who_comes_back_from_a_queue_goes_where_it_says() -> None:
    wait = Enqueue(queue="waihu-a", wait_s=60, nobody="bye", timed_out="box")
    flow = flow_of(wait, box=Voicemail(box="100", next="bye"))
    _state, action = walk(flow)
    assert isinstance(action, ToQueue)
    assert action.only_with_agents
    assert isinstance(walk(flow, CameBack(Return.NOBODY))[1], Bye)
    assert walk(flow, CameBack(Return.TIMED_OUT))[1] == ToVoicemail(box="100", context="default")
    assert isinstance(walk(flow, Failed())[1], ToVoicemail)


def test_a_call_back_is_noted_for_the_number_that_was_typed_or_called_from() -> None:
    flow = flow_of(RequestCallBack(next="bye", failed="desk"))
    _state, action = walk(flow, caller=Caller(number="13900000002"))
    assert action == NoteCallBack(number="13900000002", language="zh")
    assert isinstance(walk(flow, Failed(), caller=Caller(number="13900000002"))[1], ToQueue)


def test_a_withheld_number_is_never_promised_a_call_back() -> None:
    flow = flow_of(RequestCallBack(next="bye", failed="desk"))
    assert isinstance(walk(flow, caller=Caller(number="anonymous"))[1], ToQueue)


def test_a_way_that_is_not_set_leads_to_the_rescue_and_from_there_to_a_good_bye() -> None:
    flow = flow_of(Play(say=()))
    state, action = walk(flow, Done())
    assert isinstance(action, ToQueue)
    assert state.rescued
    assert walk(flow, Done(), CameBack(Return.TIMED_OUT))[1] == Bye(
        say=(Spoken(Manner.SOUND, "goodbye"),)
    )


def test_a_walk_in_circles_ends_in_the_rescue() -> None:
    flow = flow_of(Play(say=sound("again"), next="first"), most_steps=5)
    assert isinstance(walk(flow, *[Done()] * 4)[1], Speak)
    assert isinstance(walk(flow, *[Done()] * 5)[1], ToQueue)


# ── queues: overflow, the agent of last time, how it stands ──────────────────────────────


FULL = Enqueue(
    queue="waihu-a",
    overflow=(
        Overflow(waiting=10, to="bye"),
        Overflow(after_s=60, to="other"),
        Overflow(expected_s=300, to="bye"),
    ),
)


def test_an_overflow_by_time_ends_the_wait_and_the_next_queue_knows_of_it() -> None:
    flow = flow_of(FULL, other=Enqueue(queue="waihu-b", wait_s=30))
    state, action = walk(flow)
    assert isinstance(action, ToQueue)
    assert (action.wait_s, action.waited_s, action.overflow) == (60, 0.0, FULL.overflow)
    later = MONDAY_10 + timedelta(seconds=61)
    state, action = step(flow, state, CameBack(Return.TIMED_OUT), later)
    assert isinstance(action, ToQueue)
    assert (action.queue, action.waited_s) == ("waihu-b", 61.0)
    assert [one.what for one in state.record] == ["overflow 2"]
    state, action = step(flow, state, CameBack(Return.TIMED_OUT), later + timedelta(seconds=30))
    assert state.waited_s == 91.0


def test_an_overflow_by_length_leads_elsewhere_at_once() -> None:
    flow = flow_of(FULL, other=HangUp())
    state, action = walk(flow, Overflowed(3))
    assert (state.at, type(action)) == ("bye", Bye)
    assert [one.what for one in state.record] == ["overflow 3"]


def test_the_last_agent_is_asked_for_only_where_the_step_says_so() -> None:
    caller = Caller(number="13800138000", facts={"last_agent": "1002"})
    for wanted, told in ((True, "1002"), (False, "")):
        flow = flow_of(Enqueue(queue="waihu-a", last_agent=wanted))
        _, action = walk(flow, caller=caller)
        assert isinstance(action, ToQueue)
        assert action.last_agent == told
        assert asks_for(flow, "last_agent") is wanted


def test_a_look_at_a_queue_makes_facts_for_a_branch() -> None:
    cases = (Case(fact="expected_wait_s", to="bye", lowest=120),)
    flow = flow_of(Look(queue="waihu-a", next="ask"), ask=Branch(cases=cases, otherwise="desk"))
    _, action = walk(flow)
    assert action == LookAt(queue="waihu-a")
    assert walk(flow, Found({"expected_wait_s": "180"}))[0].at == "bye"
    assert walk(flow, Found({"expected_wait_s": ""}))[0].at == "desk", "nothing is known"
