"""Alarms: raised when something lasts, cleared when it is over, silent once seen to (R18)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.agents import State, Status
from supervisor.alarm_rules import ACTS, AlarmCode, Limits
from supervisor.alarms import CLEAR_AFTER_S, RAISE_AFTER_S
from supervisor.answer_norm import NormView
from supervisor.kpi import InboundCounts, live_service_level
from supervisor.snapshot import (
    AgentView,
    AlarmLevel,
    AlarmView,
    CampaignView,
    PaceView,
    SinkView,
    Snapshot,
    Why,
    counts_by_look,
    from_json,
    to_json,
)
from supervisor.watching import Watching
from tests.supervisor.floor_example import NOW, campaign, queue

QUIET = queue(waiting=0, longest_s=None)
READY = AgentView(
    agent="1001", name="王芳", status="available", state="idle", queues=("waihu-inbound",)
)


def picture(at_s: float, **changes: object) -> Snapshot:
    """A floor on which all is well at NOW + `at_s`, but for the changes."""
    seen = Snapshot(
        ts=NOW + timedelta(seconds=at_s), link_up=True, agents=(READY,), queues=(QUIET,)
    )
    changed = replace(seen, **changes)  # type: ignore[arg-type]  the tests' own fields
    return replace(changed, agent_counts=counts_by_look(changed.agents))


class Floor:
    """A watched floor in virtual time, one picture a second."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.watching = Watching(lambda: self.limits)
        self.at_s = 0.0

    def shows(self, seconds: float, **changes: object) -> tuple[AlarmView, ...]:
        """The alarms after so many seconds like this."""
        alarms: tuple[AlarmView, ...] = ()
        for _ in range(round(seconds)):
            self.at_s += 1
            alarms = self.look(**changes)
        return alarms

    def look(self, **changes: object) -> tuple[AlarmView, ...]:
        seen = picture(self.at_s, **changes)
        return self.watching.seen(seen, seen.ts).alarms

    @property
    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.at_s)


def codes(alarms: Iterable[AlarmView]) -> dict[str, str]:
    return {alarm.code: alarm.level for alarm in alarms}


def waits(seconds: float, count: int = 1) -> dict[str, object]:
    return {"queues": (queue(waiting=count, longest_s=seconds),)}


def level(value: float, n: int) -> dict[str, object]:
    counts = InboundCounts(offered=n, answered=n, answered_within=round(value * n))
    served = replace(QUIET, service_level=live_service_level(counts, waiting_over=0))
    return {"queues": (replace(served, offered=n, answered=n),)}


def agent(status: Status, state: State, since_s: float, reason: str = "") -> dict[str, object]:
    since = NOW - timedelta(seconds=since_s)
    view = replace(READY, agent="1002", status=status.value, state=state.value, since=since)
    return {"agents": (READY, replace(view, pause_reason=reason))}


def runs(**changes: object) -> dict[str, object]:
    one = replace(campaign(), placed=0, answered=0, abandoned=0, outcomes={}, **changes)  # type: ignore[arg-type]  the tests' own fields
    return {"campaigns": (one,)}


def pace(*, answered: int, abandoned: int, left: float) -> PaceView:
    counts = {"block_answered": answered, "block_abandoned": abandoned, "left": left}
    rates = {"expected_free": 0.0, "expected_answers": 0.0, "answer_rate": 0.3, "risk": 0.0}
    rest = dict.fromkeys(("placed", "free", "waiting", "in_flight"), 0)
    ledger = {"day_answered": 0, "day_abandoned": 0, "aggressiveness": 0.5, "price": 0.0}
    facts = {**counts, **rates, **rest, **ledger, "cap": 0.03}
    return PaceView(at=NOW, limit="price", **facts)  # type: ignore[arg-type]  numbers all


ALL_BUSY = replace(READY, state=State.TALKING.value, since=NOW - timedelta(seconds=5))
AGENT = {
    "break": agent(Status.ON_BREAK, State.IDLE, 901.0),
    "lunch": agent(Status.ON_BREAK, State.IDLE, 3_601.0, "lunch"),
    "wrap_up": agent(Status.AVAILABLE, State.WRAP_UP, 121.0),
    "talk": agent(Status.AVAILABLE, State.TALKING, 1_201.0),
    "missed": agent(Status.ON_BREAK, State.IDLE, 1.0, "timeout"),
    "phone": agent(Status.AVAILABLE, State.READYING, 61.0),
}
BREACHES: list[tuple[AlarmCode, AlarmLevel, Mapping[str, object]]] = [
    (AlarmCode.QUEUE_WAIT, AlarmLevel.ATTENTION, waits(20.0)),
    (AlarmCode.QUEUE_WAIT, AlarmLevel.ALARM, waits(60.0)),
    (AlarmCode.QUEUE_UNSTAFFED, AlarmLevel.ALARM, waits(3.0) | {"agents": ()}),
    (AlarmCode.NO_FREE_AGENT, AlarmLevel.ATTENTION, waits(3.0) | {"agents": (ALL_BUSY,)}),
    (AlarmCode.SERVICE_LEVEL, AlarmLevel.ATTENTION, level(0.7, 100)),
    (AlarmCode.SERVICE_LEVEL, AlarmLevel.ALARM, level(0.5, 100)),
    (
        AlarmCode.ABANDON_CAP,
        AlarmLevel.ATTENTION,
        runs(pace=pace(answered=400, abandoned=9, left=3.0)),
    ),
    (
        AlarmCode.ABANDON_CAP,
        AlarmLevel.ALARM,
        runs(pace=pace(answered=400, abandoned=12, left=0.0)),
    ),
    (AlarmCode.CAMPAIGN_STUCK, AlarmLevel.ATTENTION, runs(why=Why(code="agents"), due=5)),
    (AlarmCode.CAMPAIGN_STUCK, AlarmLevel.ATTENTION, runs(why=Why(code="breaker"), due=5)),
    (AlarmCode.AGENT_BREAK, AlarmLevel.ATTENTION, AGENT["break"]),
    (AlarmCode.AGENT_BREAK, AlarmLevel.ATTENTION, AGENT["lunch"]),
    (AlarmCode.AGENT_WRAP_UP, AlarmLevel.ATTENTION, AGENT["wrap_up"]),
    (AlarmCode.AGENT_TALK, AlarmLevel.ATTENTION, AGENT["talk"]),
    (AlarmCode.AGENT_MISSED, AlarmLevel.ATTENTION, AGENT["missed"]),
    (AlarmCode.AGENT_PHONE, AlarmLevel.ALARM, AGENT["phone"]),
    (AlarmCode.LINK_DOWN, AlarmLevel.ALARM, {"link_up": False, "link_fault": "silent"}),
    (AlarmCode.STORE_FAULT, AlarmLevel.ALARM, {"store_fault": "disk full"}),
    (AlarmCode.SET_ASIDE, AlarmLevel.ATTENTION, {"set_aside": 2}),
    (AlarmCode.SINK_DOWN, AlarmLevel.ATTENTION, {"sinks": {"mqtt": SinkView(up=False)}}),
]
HEALTH: list[Mapping[str, object]] = [
    {},
    waits(19.0),
    level(0.81, 100),
    level(0.3, 19),
    runs(pace=pace(answered=400, abandoned=3, left=9.0)),
    runs(pace=pace(answered=10, abandoned=0, left=0.3)),
    runs(why=Why(code="list"), due=0),
    runs(why=Why(code="campaign_paused"), state="paused"),
    agent(Status.ON_BREAK, State.IDLE, 3_300.0, "lunch"),
    agent(Status.AVAILABLE, State.TALKING, 1_000.0),
]


@pytest.mark.parametrize(("code", "at_level", "shown"), BREACHES)
def test_every_breach_is_told_after_ten_seconds_and_forgotten_after_thirty(
    code: AlarmCode, at_level: AlarmLevel, shown: Mapping[str, object]
) -> None:
    floor = Floor()
    floor.shows(5)
    assert floor.shows(RAISE_AFTER_S, **shown) == ()
    raised = floor.shows(1, **shown)
    assert codes(raised) == {code: at_level}
    assert raised[0].since == NOW + timedelta(seconds=6), "since it began, not since it is told"
    assert raised[0].act == ACTS[code]
    assert floor.shows(CLEAR_AFTER_S) == raised
    assert floor.shows(1) == ()


@pytest.mark.parametrize("shown", HEALTH)
def test_what_is_within_its_limits_alarms_nobody(shown: Mapping[str, object]) -> None:
    assert Floor().shows(120, **shown) == ()


def test_no_rate_alarms_that_rests_on_few_calls() -> None:
    assert Floor().shows(60, **level(0.0, 19)) == ()
    assert codes(Floor().shows(60, **level(0.0, 20))) == {AlarmCode.SERVICE_LEVEL: AlarmLevel.ALARM}


def test_it_gets_worse_under_the_same_name() -> None:
    floor = Floor()
    amber = floor.shows(12, **waits(30.0))
    red = floor.shows(12, **waits(61.0))
    assert (amber[0].level, red[0].level) == (AlarmLevel.ATTENTION, AlarmLevel.ALARM)
    assert amber[0].id == red[0].id
    assert floor.shows(29, **waits(30.0))[0].level == AlarmLevel.ALARM
    assert floor.shows(3, **waits(30.0))[0].level == AlarmLevel.ATTENTION


def test_nobody_free_is_attention_after_ten_seconds_and_an_alarm_after_thirty() -> None:
    floor, shown = Floor(), waits(3.0) | {"agents": (ALL_BUSY,)}
    assert codes(floor.shows(29, **shown)) == {AlarmCode.NO_FREE_AGENT: AlarmLevel.ATTENTION}
    assert codes(floor.shows(3, **shown)) == {AlarmCode.NO_FREE_AGENT: AlarmLevel.ALARM}


def test_who_is_on_a_break_does_not_serve_the_queue() -> None:
    away = replace(READY, status=Status.ON_BREAK.value, since=NOW - timedelta(seconds=5))
    shown = codes(Floor().shows(12, **waits(3.0), agents=(away,)))
    assert shown[AlarmCode.QUEUE_UNSTAFFED] == AlarmLevel.ALARM


def test_a_figure_on_the_line_does_not_make_the_alarm_come_and_go() -> None:
    floor = Floor()
    floor.shows(12, **level(79 / 100, 100))
    for within, answered in ((88, 110), (95, 120), (104, 130), (111, 140)):
        assert floor.shows(35, **level(within / answered, answered)), "80 % is not yet well"


def test_a_service_level_that_has_recovered_is_no_alarm() -> None:
    """Of 100 callers of the morning 60 in time; then 30 of 30."""
    floor = Floor()
    assert codes(floor.shows(30, **level(0.6, 100)))
    assert floor.shows(40, **level(90 / 130, 130)) == ()


def test_an_acknowledged_alarm_says_by_whom_until_it_gets_worse() -> None:
    floor = Floor()
    told = floor.shows(12, **waits(30.0))[0]
    assert floor.watching.acknowledge("no.such.alarm", "li", floor.now) is None
    taken = floor.watching.acknowledge(told.id, "li", floor.now)
    assert taken is not None
    assert (taken.acknowledged_by, taken.acknowledged_at) == ("li", floor.now)
    again = floor.watching.acknowledge(told.id, "chen", floor.now)
    assert again is not None
    assert again.acknowledged_by == "li", "the first one sees to it"
    assert floor.shows(5, **waits(30.0))[0].acknowledged_by == "li"
    assert floor.shows(12, **waits(61.0))[0].acknowledged_by == "", "worse: it sounds again"


def test_the_same_trouble_later_is_another_alarm() -> None:
    floor = Floor()
    first = floor.shows(12, **waits(30.0))[0]
    assert floor.shows(32) == ()
    second = floor.shows(12, **waits(30.0))[0]
    assert first.id != second.id


def test_without_a_link_calls_and_agents_raise_and_clear_nothing() -> None:  # I10
    floor, down = Floor(), {"link_up": False}
    assert codes(floor.shows(60, **waits(90.0), **down)) == {AlarmCode.LINK_DOWN: AlarmLevel.ALARM}
    floor = Floor()
    floor.shows(12, **waits(90.0))
    assert AlarmCode.QUEUE_WAIT in codes(floor.shows(300, **down)), "nobody saw them served"


def test_a_gap_between_pictures_is_no_time_in_breach() -> None:  # I10
    floor = Floor()
    floor.shows(5, **waits(90.0))
    floor.at_s += 60
    assert floor.look(**waits(90.0)) == ()
    assert floor.shows(8, **waits(90.0)) == ()
    assert floor.shows(3, **waits(90.0)) != ()


def test_an_old_picture_is_not_judged() -> None:  # I10
    watching = Watching(Limits)
    for second in range(60):
        seen = picture(second, **waits(90.0))
        assert watching.seen(seen, seen.ts + timedelta(seconds=4)).alarms == ()


def test_the_answer_rate_is_beside_its_norm_and_chance_is_no_alarm() -> None:
    floor = Floor()

    def dials(minutes: int, answered_of_ten: int, start: tuple[int, int]) -> tuple[int, int]:
        placed, answered = start
        for _ in range(minutes * 6):
            placed, answered = placed + 10, answered + answered_of_ten
            floor.shows(10, campaigns=(_dialed(placed, answered),))
        return placed, answered

    start = dials(20, 4, (0, 0))
    assert floor.look(campaigns=(_dialed(*start),)) == ()
    start = dials(16, 1, start)
    alarms = codes(floor.look(campaigns=(_dialed(*start),)))
    assert alarms == {AlarmCode.ANSWER_RATE: AlarmLevel.ALARM}


def test_the_norm_is_that_of_the_same_hour_of_other_days_where_it_is_known() -> None:
    """A run that has only just begun is judged as well, by what is usual at this hour."""
    usual = NormView(hour=9, days=12, day_kind="working", placed=5_120, answered=1_741)
    for answered, found in ((34, {}), (22, "attention"), (15, "alarm"), (46, "attention")):
        floor = Floor()
        floor.shows(1, campaigns=(replace(_dialed(0, 0), norm=usual),))
        late = replace(_dialed(100, answered), norm=usual)
        shown = codes(floor.shows(12, campaigns=(late,)))
        assert shown == (found and {AlarmCode.ANSWER_RATE: found})


def test_below_twenty_calls_nothing_is_beside_a_norm() -> None:
    usual = NormView(hour=9, days=12, day_kind="working", placed=5_120, answered=1_741)
    floor = Floor()
    floor.shows(1, campaigns=(replace(_dialed(0, 0), norm=usual),))
    assert floor.shows(20, campaigns=(replace(_dialed(19, 0), norm=usual),)) == ()
    assert floor.shows(20, campaigns=(replace(_dialed(20, 0), norm=usual),)) != ()


def test_machines_are_no_persons_who_answered() -> None:
    usual = NormView(hour=9, days=12, day_kind="working", placed=5_120, answered=1_741)
    floor = Floor()
    floor.shows(1, campaigns=(replace(_dialed(0, 0), norm=usual),))
    half = replace(_dialed(100, 34), norm=usual, machines=20)
    assert codes(floor.shows(12, campaigns=(half,))) == {AlarmCode.ANSWER_RATE: AlarmLevel.ALARM}


def _dialed(placed: int, answered: int, failed: int = 0) -> CampaignView:
    outcomes = {"no_answer": placed - answered - failed, "success": answered, "congestion": failed}
    one = replace(campaign(), placed=placed, answered=answered, abandoned=0)
    return replace(one, outcomes=outcomes)


def test_a_trunk_that_refuses_calls_is_an_alarm() -> None:
    floor = Floor()
    floor.shows(5, campaigns=(_dialed(100, 40),))
    shown = codes(floor.shows(12, campaigns=(_dialed(130, 50, 5),)))
    assert shown == {AlarmCode.NETWORK_FAILS: AlarmLevel.ALARM}


def test_limits_are_settings() -> None:
    strict = Limits(wait_s=30.0, targets={"waihu-inbound": 0.9}, wrap_up_s=30.0)
    assert codes(Floor(strict).shows(12, **waits(31.0)))[AlarmCode.QUEUE_WAIT] == AlarmLevel.ALARM
    assert AlarmCode.SERVICE_LEVEL in codes(Floor(strict).shows(12, **level(0.85, 100)))
    floor = Floor(strict)
    floor.limits = Limits()
    assert floor.shows(60, **level(0.85, 100)) == ()


def test_alarms_and_minutes_travel_with_the_picture() -> None:
    floor = Floor()
    floor.shows(12, **waits(30.0))
    seen = picture(floor.at_s, **waits(30.0))
    whole = floor.watching.seen(seen, seen.ts)
    assert whole.alarms
    assert whole.minutes
    assert from_json(to_json(whole)) == whole


LOOKS = st.sampled_from([waits(5.0), waits(30.0), waits(61.0), waits(19.5), level(0.79, 100), {}])


@settings(deadline=None)
@given(st.lists(st.tuples(LOOKS, st.integers(1, 45)), max_size=20))
def test_no_alarm_comes_and_goes_within_half_a_minute(
    shown: list[tuple[Mapping[str, object], int]],
) -> None:
    floor, cleared, stood = Floor(), {}, {}
    before: dict[str, AlarmView] = {}
    for changes, seconds in shown:
        for _ in range(seconds):
            alarms = {alarm.id: alarm for alarm in floor.shows(1, **changes)}
            for name in before.keys() - alarms.keys():
                assert floor.at_s - stood[name] >= CLEAR_AFTER_S
                cleared[before[name].code] = floor.at_s
            for name in alarms.keys() - before.keys():
                stood[name] = floor.at_s
                assert floor.at_s - cleared.get(alarms[name].code, -99) >= RAISE_AFTER_S
            assert len({alarm.code for alarm in alarms.values()}) == len(alarms), "one per trouble"
            before = alarms


@settings(deadline=None)
@given(st.lists(st.sampled_from([True, False]), min_size=1, max_size=90))
def test_one_name_for_as_long_as_it_stands(breaches: list[bool]) -> None:
    floor, name = Floor(), None
    for in_breach in breaches:
        alarms = floor.shows(1, **(waits(30.0) if in_breach else {}))
        if alarms and name is not None:
            assert alarms[0].id == name
        name = alarms[0].id if alarms else None
