"""Faults that the virtual world has found, each told as the shortest story that shows it."""

from __future__ import annotations

from datetime import timedelta

from campaigns.campaign import CampaignState
from campaigns.judge import Code, Verdict
from campaigns.outcomes import NotSent, Outcome
from dialer.agents import State
from dialer.effects import (
    ClaimContacts,
    EndAttempt,
    HangUp,
    JoinQueues,
    Load,
    Originate,
    PauseMember,
    PlayUnserved,
    Reply,
    ReplyCode,
    Stopped,
)
from dialer.messages import (
    AgentRecord,
    Loaded,
    Refresh,
    StopEngine,
    StoreFailed,
    Unfinished,
    UnfinishedAttempt,
)
from dialer.switch_events import (
    ActionDone,
    AgentLoggedIn,
    AgentLoggedOut,
    CallBridged,
    CallHungUp,
    CallRinging,
    CallUnserved,
    LinkDown,
    LinkUp,
    QueueConnected,
    SwitchSurveyed,
)
from tests.dialer.stage import QUEUE, Stage, state_of

LEFT = "01h0000000000000000000a11v"


def finds(stage: Stage, **talking: str) -> None:
    """A new link, and a survey that finds these slots (with `s` before them) in these calls."""
    talks = {slot.removeprefix("s"): call for slot, call in talking.items()}
    stage.tell(LinkDown(reason="reset"))
    stage.tell(LinkUp(version="22"))
    stage.tell(
        SwitchSurveyed(
            agents={"7001": "phone-1001"},
            paused={},
            calls=dict.fromkeys(talks.values(), True),
            talking=talks,
        )
    )


def starts_anew(agent: str) -> Stage:
    """An engine that finds `LEFT` sent and without an outcome."""
    stage = Stage()
    left = UnfinishedAttempt(
        attempt=LEFT,
        campaign_id=1,
        contact_id=1,
        e164="+862100000001",
        zone=None,
        agent=agent,
        answered_at=None,
        bridged_at=None,
        ended_at=None,
    )
    stage.tell(Unfinished(attempts=(left,)))
    stage.load()
    stage.logs_in("1001")
    return stage


def test_an_operator_is_told_when_the_database_cannot_be_read() -> None:
    stage = Stage().opens()
    stage.tell(Refresh(ref="command:1"))
    assert stage.last(Load).ref == "command:1"
    stage.tell(StoreFailed(ref="command:1", text="busy"))
    assert stage.last(Reply) == Reply(ref="command:1", code=ReplyCode.STORE_FAILED)


def test_a_yes_is_worth_nothing_once_its_window_has_closed() -> None:  # I3
    stage = Stage().opens()
    stage.passes(7)
    (attempt,) = stage.answers_claim(found=1)
    stage.reserves(attempt)
    closes = stage.now.utc + timedelta(seconds=2)
    stage.passes(3)
    stage.judges(attempt, Verdict(code=Code.YES, until=closes))
    assert not stage.wanted(Originate)
    assert stage.last(EndAttempt).outcome is Outcome.NOT_SENT
    assert stage.last(EndAttempt).note == NotSent.WINDOW
    assert state_of(stage) is State.IDLE


def test_a_refused_pause_is_asked_for_again() -> None:
    stage = Stage().opens()
    stage.passes(7)
    asked = stage.last(PauseMember)
    assert asked.reason is None
    stage.answers_claim(found=0)
    stage.tell(ActionDone(ref=asked.ref, ok=False))
    before = len(stage.wanted(PauseMember))
    stage.passes(6)
    assert len(stage.wanted(PauseMember)) == before + 1
    assert stage.last(PauseMember).reason is None


def test_a_queue_call_that_ended_unheard_sets_its_agent_free() -> None:
    stage = Stage().opens()
    stage.passes(7)
    stage.answers_claim(found=0)
    stage.tell(QueueConnected(call="in-1", queue=QUEUE, member="1001"))
    finds(stage)
    assert state_of(stage) is State.WRAP_UP
    stage.passes(11)
    assert state_of(stage) is not State.WRAP_UP


def test_an_agent_who_is_found_in_a_queue_call_is_not_given_another() -> None:  # I5
    stage = Stage().opens()
    finds(stage, s7001="in-1")
    assert state_of(stage) is State.TALKING
    stage.passes(20)
    assert not stage.wanted(ClaimContacts)
    stage.tell(CallHungUp(call="in-1", cause=16))
    assert state_of(stage) is State.WRAP_UP


def test_no_clock_ends_a_call_while_the_link_is_down() -> None:
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallRinging(call=attempt))
    stage.tell(LinkDown(reason="reset"))
    stage.passes(60)
    assert not stage.wanted(EndAttempt)
    finds(stage, s7001=attempt)
    assert state_of(stage) is State.TALKING
    stage.passes(5)
    assert not stage.wanted(PlayUnserved), "the customer talks already"


def test_a_talk_whose_beginning_was_not_written_is_taken_over_as_a_talk() -> None:  # I4
    stage = starts_anew("1001")
    finds(stage, s7001=LEFT)
    stage.passes(5)
    assert not stage.wanted(PlayUnserved)
    stage.tell(CallHungUp(call=LEFT, cause=16))
    assert state_of(stage) is State.WRAP_UP


def test_the_agent_of_a_call_that_rings_on_after_a_restart_is_kept_for_it() -> None:  # I5
    stage = starts_anew("1001")
    stage.tell(LinkUp(version="22"))
    stage.survey(calls={LEFT: False})
    stage.passes(10)
    assert state_of(stage) is State.RESERVED
    assert not stage.wanted(ClaimContacts)
    stage.tell(CallBridged(call=LEFT))
    stage.tell(CallHungUp(call=LEFT, cause=16))
    assert state_of(stage) is State.WRAP_UP


def test_who_hears_the_customer_has_the_call_whomever_it_was_meant_for() -> None:  # I5
    stage = starts_anew("1002")
    finds(stage, s7001=LEFT)
    assert state_of(stage) is State.TALKING
    call = stage.engine.board.get(LEFT)
    assert call is not None
    assert call.agent == "1001"


def test_a_phone_in_a_slot_of_nobody_is_sent_to_log_in_again() -> None:
    stage = Stage().opens()
    stage.tell(AgentLoggedIn(slot="7005", channel="phone-x"))
    assert stage.last(HangUp).call == "phone-x"
    stage.tell(LinkUp(version="22"))
    stage.tell(
        SwitchSurveyed(agents={"7001": "phone-1001", "7009": "phone-y"}, paused={}, calls={})
    )
    assert [end.call for end in stage.wanted(HangUp)] == ["phone-x", "phone-y"]
    stage.tell(AgentLoggedIn(slot="agent-of-another-house", channel="z"))
    assert stage.last(HangUp).call == "phone-y"


def two_on_file() -> Stage:
    """1001 was in slot 7001 when the engine ended, 1002 in none."""
    stage = Stage(agents=2)
    agents = tuple(
        AgentRecord(agent=login, name=login, queues=(QUEUE,), slot=slot)
        for login, slot in (("1001", "7001"), ("1002", None))
    )
    stage.tell(Unfinished(attempts=()))
    stage.tell(Loaded(campaigns=(), agents=agents))
    stage.tell(LinkUp(version="22"))
    return stage


def test_a_slot_that_somebody_left_while_we_were_down_is_whose_phone_comes_next() -> None:
    stage = two_on_file()
    stage.survey(seated=[])
    assert stage.logs_in("1002") == "7001"
    assert (state_of(stage, "1001"), state_of(stage, "1002")) == (State.AWAY, State.READYING)
    assert stage.last(JoinQueues).agent == "1002"


def test_until_the_switch_has_been_asked_no_slot_on_file_is_given_away() -> None:
    stage = two_on_file()
    assert stage.logs_in("1002") == "7002"
    stage.survey(seated=["7001", "7002"])
    assert (state_of(stage, "1001"), state_of(stage, "1002")) == (State.READYING, State.READYING)


def test_a_stop_does_not_wait_for_ever_for_calls_on_a_lost_link() -> None:
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallBridged(call=attempt))
    stage.tell(LinkDown(reason="reset"))
    stage.tell(StopEngine(grace_s=30))
    stage.passes(39)
    assert not stage.wanted(Stopped)
    stage.passes(2)
    assert len(stage.wanted(Stopped)) == 1


def test_calls_that_end_while_no_survey_is_under_way_are_not_kept() -> None:  # I11
    stage = Stage().opens()
    for n in range(1000):
        stage.tell(CallHungUp(call=f"1795325000.{n}", cause=16))
    assert not stage.engine._recovery._calls_ended  # noqa: SLF001  memory is what is tested
    stage.tell(LinkDown(reason="reset"))
    stage.tell(LinkUp(version="22"))
    stage.tell(CallHungUp(call="late", cause=16))
    assert stage.engine._recovery._calls_ended == {"late"}  # noqa: SLF001  as above


def test_who_was_kept_for_a_contact_that_did_not_come_is_as_long_idle_as_before() -> None:
    """A dry list is asked every few seconds: that made all free agents equally long idle."""
    stage = Stage(agents=2)
    stage.tell(Unfinished(attempts=()))
    stage.load(CampaignState.PAUSED)
    stage.tell(LinkUp(version="22.10"))
    stage.survey()
    longest_idle = stage.logs_in("1002")
    stage.passes(3)
    stage.logs_in("1001")
    stage.passes(7)
    for found in (0, 1):
        stage.load(CampaignState.RUNNING)
        stage.passes(0.1)
        stage.answers_claim(found=found)
    assert [(e.slot, e.reason) for e in stage.wanted(PauseMember)][-1] == (longest_idle, "reserved")


def test_a_link_that_falls_each_minute_does_not_keep_a_mute_call_for_ever() -> None:  # I2
    stage = Stage().opens()
    attempt = stage.places()
    for _ in range(4):
        stage.passes(20)
        stage.tell(LinkDown(reason="reset"))
        stage.tell(LinkUp(version="22"))
        stage.survey(calls={attempt: False})
    ended = [(e.attempt, e.outcome) for e in stage.wanted(EndAttempt)]
    assert ended == [(attempt, Outcome.LOST)]
    assert HangUp(call=attempt) in stage.wanted(HangUp)


def test_a_list_that_is_older_than_the_end_of_a_talk_leaves_nobody_talking_to_nobody() -> (
    None
):  # I5
    for end in (CallUnserved, None):
        stage = Stage().with_campaign(wrap_up_s=4).opens()
        attempt = stage.places()
        stage.load(state=CampaignState.PAUSED)
        stage.tell(CallBridged(call=attempt))
        stage.tell(end(call=attempt) if end else CallHungUp(call=attempt, cause=16))
        talks = {"7001": attempt}
        agents = {"7001": "phone-1001"}
        stage.tell(SwitchSurveyed(agents=agents, paused={}, calls={attempt: True}, talking=talks))
        assert state_of(stage) is not State.TALKING
        stage.tell(CallHungUp(call=attempt, cause=16))
        stage.passes(12)
        assert state_of(stage) is State.IDLE


def test_who_left_and_came_back_before_the_bridge_is_freed_after_the_talk() -> None:  # I5
    stage = Stage().with_campaign(wrap_up_s=4).opens()
    attempt = stage.places()
    stage.load(state=CampaignState.PAUSED)
    stage.tell(AgentLoggedOut(slot="7001"))
    stage.logs_in("1001")
    stage.tell(CallBridged(call=attempt))
    agent = stage.engine.floor.get("1001")
    assert agent is not None
    assert (agent.state, agent.attempt) == (State.TALKING, attempt)
    stage.tell(CallHungUp(call=attempt, cause=16))
    stage.passes(5)
    assert state_of(stage) is State.IDLE
