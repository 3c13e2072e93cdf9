"""What supervisors do to agents and calls: rules, entries in the ledger, and odd moments (R18)."""

from __future__ import annotations

import pytest

from campaigns.outcomes import Outcome
from dialer.agents import State, Status
from dialer.effects import (
    EndAttempt,
    EnterAct,
    HangUp,
    LetHear,
    ListenMode,
    RecordTalk,
    Reply,
    ReplyCode,
    RingSupervisor,
    Survey,
)
from dialer.messages import (
    ActEntered,
    EndCall,
    ListenTo,
    PauseAgent,
    RecordAgent,
    SignOutAgent,
    StopListening,
    StoreFailed,
)
from dialer.recovery import AUDIT_EVERY_S
from dialer.stepping_in import SIGNING_OUT
from dialer.switch_events import (
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallHungUp,
    CallOriginated,
    LinkDown,
    LinkUp,
    NotHeard,
    QueueConnected,
    QueueJoined,
    SupervisorThere,
)
from tests.dialer.stage import QUEUE, Stage, state_of

AGENT, PHONE = "1001", "8001"


def talks() -> tuple[Stage, str]:
    """One agent in a talk."""
    stage = Stage().opens()
    attempt = stage.places()
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt))
    assert state_of(stage) is State.TALKING
    return stage, attempt


def wants(
    stage: Stage, mode: ListenMode = ListenMode.LISTEN, *, by: str = "wang", phone: str = PHONE
) -> None:
    stage.tell(ListenTo(ref="r", agent=AGENT, mode=mode, phone=phone, by=by, why="新人"))


def enters(stage: Stage) -> None:
    """The ledger has the last act."""
    stage.tell(ActEntered(ref=stage.last(EnterAct).ref))


def listens(stage: Stage, mode: ListenMode = ListenMode.LISTEN) -> str:
    """A supervisor's phone is there; its call."""
    wants(stage, mode)
    enters(stage)
    call = stage.last(RingSupervisor).call
    stage.tell(CallOriginated(call=call, success=True, reason=4))
    stage.tell(SupervisorThere(call=call))
    return call


def code(stage: Stage) -> ReplyCode:
    return stage.last(Reply).code


# ── listening ────────────────────────────────────────────────────────────────────────────


def test_no_phone_rings_before_the_ledger_has_it() -> None:  # R25
    stage, attempt = talks()
    wants(stage)
    assert not stage.wanted(RingSupervisor)
    act = stage.last(EnterAct)
    assert (act.subject, act.what, act.call) == ("agent 1001", "listen 8001", attempt)
    assert (act.who, act.why) == ("wang", "新人")
    enters(stage)
    assert stage.last(RingSupervisor).dial_string == "PJSIP/8001"


@pytest.mark.parametrize("late", [True, False])
def test_what_the_ledger_does_not_take_is_not_heard(late: bool) -> None:  # noqa: FBT001  a case
    stage, _ = talks()
    wants(stage)
    ref = stage.last(EnterAct).ref
    if late:
        stage.passes(6)
    else:
        stage.tell(StoreFailed(ref=ref, text="disk full"))
    assert ReplyCode.NOT_ENTERED in [one.code for one in stage.wanted(Reply)]
    stage.tell(ActEntered(ref=ref))
    assert not stage.wanted(RingSupervisor)


def test_a_phone_hears_the_talk_then_nobody_then_the_next() -> None:
    stage, attempt = talks()
    call = listens(stage)
    assert stage.last(LetHear) == LetHear(call=call, slot="7001", mode=ListenMode.LISTEN)
    assert stage.last(Reply).facts["state"] == "hears"
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert stage.last(LetHear).mode is None
    before = len(stage.wanted(LetHear))
    stage.tell(SupervisorThere(call=call))  # our redirect has come to its place
    assert len(stage.wanted(LetHear)) == before


def test_a_barge_in_ends_with_its_talk() -> None:
    stage, attempt = talks()
    listens(stage, ListenMode.BARGE)
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert stage.engine.listening.listeners()[0]["mode"] == "listen"


def test_nobody_barges_into_another_talk_than_the_one_that_was_meant() -> None:
    stage, attempt = talks()
    wants(stage, ListenMode.BARGE)
    enters(stage)
    stage.tell(CallHungUp(call=attempt, cause=16))
    stage.tell(QueueJoined(call="in.1", queue="waihu-inbound", caller_number="138"))
    stage.tell(QueueConnected(call="in.1", queue="waihu-inbound", member=AGENT))
    stage.tell(SupervisorThere(call=stage.last(RingSupervisor).call))
    assert stage.last(LetHear).mode is ListenMode.LISTEN


def test_a_phone_that_is_in_use_is_not_taken_away() -> None:
    stage, _ = talks()
    listens(stage)
    wants(stage, by="li")
    assert code(stage) is ReplyCode.PHONE_IN_USE


def test_another_mode_is_heard_without_a_new_ring() -> None:
    stage, _ = talks()
    listens(stage)
    wants(stage, ListenMode.WHISPER)
    assert stage.last(LetHear).mode is ListenMode.LISTEN, "not before the ledger has it"
    enters(stage)
    assert stage.last(LetHear).mode is ListenMode.WHISPER
    assert len(stage.wanted(RingSupervisor)) == 1


def test_whoever_waits_for_an_answer_is_told_that_the_phone_rings() -> None:
    stage, _ = talks()
    wants(stage)
    enters(stage)
    replies = len(stage.wanted(Reply))
    stage.passes(3.2)
    assert stage.last(Reply).facts["state"] == "rings"
    stage.tell(SupervisorThere(call=stage.last(RingSupervisor).call))
    assert len(stage.wanted(Reply)) == replies + 1, "one answer to one command"


def test_an_older_dialplan_is_told_with_its_code() -> None:
    stage, _ = talks()
    wants(stage)
    enters(stage)
    stage.tell(NotHeard(call=stage.last(RingSupervisor).call, lacks=True))
    assert code(stage) is ReplyCode.DIALPLAN_LACKS
    assert stage.last(EnterAct).what == "not reached 8001"


def test_the_phone_is_hung_up_when_the_agent_signs_out() -> None:
    stage, _ = talks()
    call = listens(stage)
    stage.tell(AgentLoggedOut(slot="7001"))
    assert HangUp(call=call) in stage.effects
    stage.tell(CallHungUp(call=call, cause=16))
    assert stage.last(EnterAct).what == "over 8001"
    assert stage.engine.listening.listeners() == []


def test_a_stop_hangs_up_and_a_second_one_finds_nobody() -> None:
    stage, _ = talks()
    call = listens(stage)
    stage.tell(StopListening(ref="s", phone=PHONE, by="wang"))
    assert stage.wanted(HangUp)[-1].call == call
    stage.tell(CallHungUp(call=call, cause=16))
    stage.tell(StopListening(ref="s", phone=PHONE, by="wang"))
    assert code(stage) is ReplyCode.NOBODY_LISTENS


def test_after_a_lost_link_who_is_gone_is_gone_and_strangers_are_let_go() -> None:
    stage, attempt = talks()
    call = listens(stage)
    stranger = "waihu-spy-00000000000000001"
    before = len(stage.wanted(LetHear))
    link_is_back(stage, attempt, call, f"{call};2", stranger)
    assert [one.call for one in stage.wanted(HangUp)] == [stranger]
    assert len(stage.wanted(LetHear)) == before + 1, "told anew: nobody knows what was done"
    stage.passes(6)
    link_is_back(stage, attempt)
    assert stage.engine.listening.listeners() == []


def link_is_back(stage: Stage, *living: str) -> None:
    """After a moment without it, with the agent in the talk."""
    stage.tell(LinkDown(reason="reset"))
    stage.tell(LinkUp(version="22"))
    talk = living[0]
    stage.sees(
        agents={"7001": "Local/1001"},
        calls=dict.fromkeys(living, True),
        talking={"7001": talk},
        members={"7001": {QUEUE: AGENT}},
    )


def test_an_audit_disturbs_nobody_who_listens() -> None:
    stage, attempt = talks()
    call = listens(stage)
    before, surveys = len(stage.wanted(LetHear)), len(stage.wanted(Survey))
    stage.passes(AUDIT_EVERY_S + 1)
    assert len(stage.wanted(Survey)) > surveys
    stage.sees(
        agents={"7001": f"Local/{AGENT}"},
        calls={attempt: True, call: True, f"{call};2": True},
        talking={"7001": attempt},
        members={"7001": {QUEUE: AGENT}},
    )
    assert len(stage.wanted(LetHear)) == before
    assert not stage.wanted(HangUp)


# ── recording ────────────────────────────────────────────────────────────────────────────


def records(stage: Stage, *, on: bool = True) -> None:
    stage.tell(RecordAgent(ref="r", agent=AGENT, on=on, by="wang"))


def test_a_talk_is_recorded_once_the_ledger_has_it_and_ends_with_the_talk() -> None:  # R23
    stage, attempt = talks()
    records(stage)
    assert not stage.wanted(RecordTalk)
    assert stage.last(EnterAct).call == attempt
    enters(stage)
    tape = stage.last(RecordTalk)
    assert tape.file.startswith(f"{attempt}-20")
    stage.tell(CallOriginated(call=tape.call, success=True, reason=4))
    assert stage.last(Reply).facts == {"file": tape.file}
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert stage.wanted(HangUp)[-1].call == tape.call
    stage.tell(CallHungUp(call=tape.call, cause=16))
    assert stage.engine.taping.recordings() == {}


def test_a_recording_that_fails_is_said() -> None:
    stage, _ = talks()
    records(stage)
    enters(stage)
    call = stage.last(RecordTalk).call
    stage.tell(CallOriginated(call=call, success=False, reason=0))
    assert code(stage) is ReplyCode.RECORDING_FAILED


def test_a_talk_that_is_over_when_the_ledger_has_it_is_not_recorded() -> None:
    stage, attempt = talks()
    records(stage)
    stage.tell(CallHungUp(call=attempt, cause=16))
    stage.tell(ActEntered(ref=stage.last(EnterAct).ref))
    assert not stage.wanted(RecordTalk)
    assert code(stage) is ReplyCode.AGENT_NOT_IN_CALL


# ── agents and calls ─────────────────────────────────────────────────────────────────────


def test_who_is_signed_out_in_a_talk_goes_after_the_word_and_gets_no_other_call() -> None:
    stage, attempt = talks()
    stage.tell(SignOutAgent(ref="r", agent=AGENT, by="wang"))
    assert stage.last(Reply).facts["when"] == "after"
    agent = stage.engine.floor.get(AGENT)
    assert agent is not None
    assert (agent.status, agent.pause_reason) == (Status.ON_BREAK, SIGNING_OUT)
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert not stage.wanted(HangUp), "the word is still owed"
    stage.disposes(AGENT)
    assert [one.call for one in stage.wanted(HangUp)] == [f"Local/{AGENT}"]


def test_who_is_made_ready_again_is_not_signed_out() -> None:
    stage, attempt = talks()
    stage.tell(SignOutAgent(ref="r", agent=AGENT, by="wang"))
    stage.tell(PauseAgent(ref="r", agent=AGENT, reason=None, by="wang"))
    stage.tell(CallHungUp(call=attempt, cause=16))
    stage.disposes(AGENT)
    assert not stage.wanted(HangUp)


def test_a_talk_that_is_hung_up_by_force_is_the_agents_to_name() -> None:
    stage, attempt = talks()
    stage.tell(EndCall(ref="r", by="wang", agent=AGENT))
    assert stage.last(HangUp).call == attempt
    assert stage.last(EnterAct).call == attempt
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert state_of(stage) is State.WRAP_UP
    stage.disposes(AGENT)
    assert stage.last(EndAttempt).outcome is Outcome.SUCCESS


def test_a_hang_up_that_did_not_help_is_sent_again() -> None:
    stage, attempt = talks()
    for _ in range(2):
        stage.tell(EndCall(ref="r", by="wang", call=attempt))
    assert [one.call for one in stage.wanted(HangUp)] == [attempt, attempt]


def test_a_caller_who_waits_can_be_hung_up_and_a_channel_of_nobody_cannot() -> None:
    stage = Stage().opens()
    stage.tell(QueueJoined(call="in.1", queue="waihu-inbound", caller_number="138"))
    stage.tell(EndCall(ref="r", by="wang", call="in.1"))
    assert stage.last(HangUp).call == "in.1"
    for call in ("Local/1001", "in.2", "*"):
        stage.tell(EndCall(ref="r", by="wang", call=call))
        assert code(stage) is ReplyCode.UNKNOWN_CALL
    assert len(stage.wanted(HangUp)) == 1


def test_an_agents_own_break_is_no_act_of_a_supervisor() -> None:
    stage = Stage().opens()
    for by in ("", AGENT):
        stage.tell(PauseAgent(ref="r", agent=AGENT, reason="lunch", by=by))
    assert not stage.wanted(EnterAct)
    stage.tell(PauseAgent(ref="r", agent=AGENT, reason="coaching", by="wang"))
    assert stage.last(EnterAct).entry == "agent.paused"


def test_without_a_link_nothing_is_promised() -> None:
    stage, _ = talks()
    stage.tell(LinkDown(reason="reset"))
    wants(stage)
    assert code(stage) is ReplyCode.LINK_DOWN
    assert not stage.wanted(EnterAct)
