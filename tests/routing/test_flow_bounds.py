"""Any flow that a check accepts ends within its bound, whatever comes in (R9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from campaigns.layers import Layer
from campaigns.windows import CallingWindows, parse
from routing.check import check
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
    Menu,
    OpeningHours,
    OpenOrder,
    Overflow,
    Play,
    RequestCallBack,
    SetLanguage,
    Step,
    Transfer,
    Valid,
    Voicemail,
)
from routing.flow_run import begin, step
from routing.flow_talk import (
    Began,
    Bye,
    Caller,
    CameBack,
    Done,
    Failed,
    Found,
    Input,
    Listen,
    NotFound,
    Overflowed,
    Pressed,
    Return,
    ToExtension,
    ToQueue,
    ToVoicemail,
)

NAMES = [f"s{nth}" for nth in range(6)]
START = datetime(2026, 11, 23, tzinfo=UTC)
OFFICE = Layer(
    windows=CallingWindows.every_day(parse("09:00-18:00")), zone=ZoneInfo("Asia/Shanghai")
)
to = st.sampled_from(NAMES)
perhaps = st.none() | to
tries = st.integers(1, 3)
keys = st.dictionaries(st.sampled_from("0123456789*#"), to, min_size=1, max_size=3)
case = st.builds(Case, fact=st.sampled_from(["a", "b"]), to=to, known=st.booleans())
steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(Play, say=st.just(()), next=to),
    st.builds(Menu, say=st.just(()), keys=keys, tries=tries, nothing=perhaps, wrong=perhaps),
    st.builds(
        Collect,
        say=st.just(()),
        into=st.just("a"),
        valid=st.just(Valid(least=1, most=3)),
        tries=tries,
        next=to,
        nothing=perhaps,
        wrong=perhaps,
    ),
    st.builds(SetLanguage, language=st.just("en"), next=to),
    st.builds(OpeningHours, hours=st.just("office"), open=to, closed=to),
    st.builds(Branch, cases=st.tuples(case), otherwise=to),
    st.builds(FindOrder, number=st.just("{a}"), next=to, missing=perhaps, failed=perhaps),
    st.builds(OpenOrder, kind=st.just("repair"), next=to, failed=perhaps),
    st.builds(
        Lookup,
        url=st.just("http://h/{a}"),
        take=st.just({"b": "b"}),
        next=to,
        missing=perhaps,
        failed=perhaps,
    ),
    st.builds(Enqueue, queue=st.just("waihu-a"), nobody=perhaps, timed_out=perhaps),
    st.builds(Look, queue=st.just("waihu-a"), next=to),
    st.builds(
        Enqueue,
        queue=st.just("waihu-a"),
        last_agent=st.booleans(),
        overflow=st.tuples(
            st.builds(Overflow, waiting=st.just(3), to=to),
            st.builds(Overflow, after_s=st.just(60), to=to),
        ),
    ),
    st.builds(Voicemail, box=st.just("1"), next=to, failed=perhaps),
    st.builds(Transfer, extension=st.just("1"), context=st.just("c"), failed=perhaps),
    st.builds(RequestCallBack, next=to, failed=perhaps),
    st.just(HangUp()),
)
ends: st.SearchStrategy[Step] = st.sampled_from(
    [HangUp(), Enqueue(queue="waihu-a"), Voicemail(box="1", next="s0")]
)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """A flow of six steps; the last one is fit for a rescue."""
    made = {name: draw(steps) for name in NAMES[:-1]} | {NAMES[-1]: draw(ends)}
    return Flow(
        name="any",
        start="s0",
        rescue=NAMES[-1],
        steps=made,
        languages=("zh", "en"),
        zone="Asia/Shanghai",
        hours={"office": OFFICE},
        most_steps=draw(st.integers(1, 30)),
    )


inputs: st.SearchStrategy[Input] = st.one_of(
    st.just(Done()),
    st.just(Failed()),
    st.builds(Pressed, st.text(st.sampled_from("0123456789*#x"), max_size=4)),
    st.builds(
        Found, st.dictionaries(st.sampled_from("ab"), st.text(st.sampled_from("12xy"), max_size=3))
    ),
    st.just(NotFound()),
    st.builds(CameBack, st.sampled_from(Return)),
    st.builds(Overflowed, st.integers(1, 3)),
)


@settings(max_examples=300)
@given(flow=flows(), data=st.data())
def test_a_call_ends_within_the_bound_whatever_comes_in(flow: Flow, data: st.DataObject) -> None:
    assume(not [one for one in check(flow) if one.is_fault])
    state, action = step(flow, begin(flow, Caller()), Began(), START)
    most_actions = (flow.most_steps + 1) * 3
    actions = 1
    while not isinstance(action, Bye):
        came = data.draw(inputs)
        state, action = step(flow, state, came, START + timedelta(minutes=actions))
        actions += 1
        assert state.taken <= flow.most_steps + 1
        assert actions <= most_actions


@settings(max_examples=300)
@given(flow=flows())
def test_a_silent_caller_is_brought_to_somebody_well_before_the_bound(flow: Flow) -> None:
    """Each step is passed once at most until a person, a voicemail or a good-bye is there."""
    assume(not [one for one in check(flow) if one.is_fault])
    flow_ends = (Bye, ToQueue, ToVoicemail, ToExtension)
    state, action = step(flow, begin(flow, Caller()), Began(), START)
    while not isinstance(action, flow_ends):
        came: Input = Pressed("") if isinstance(action, Listen) else Failed()
        state, action = step(flow, state, came, START)
    assert state.taken <= len(NAMES)
