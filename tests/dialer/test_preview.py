"""Preview: an agent asks, sees the contact, and dials or skips; nobody else does it for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from campaigns.campaign import Campaign, CampaignState, Mode
from campaigns.judge import Code, Verdict
from campaigns.outcomes import NotSent, Outcome
from dialer import picture
from dialer.agents import State, Status
from dialer.calls import CallState
from dialer.effects import (
    ClaimContacts,
    EndAttempt,
    MarkSent,
    Originate,
    PauseMember,
    ReleaseClaim,
    Reply,
    ReplyCode,
    Stopped,
)
from dialer.messages import (
    AgentRecord,
    AskNext,
    CampaignRecord,
    Claimed,
    DialNow,
    Loaded,
    PauseAgent,
    SentJudged,
    SkipContact,
    StopEngine,
    StoreFailed,
)
from dialer.placing import CLAIM_PATIENCE_S
from dialer.switch_events import (
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallHungUp,
    LinkDown,
    LinkUp,
    QueueConnected,
)
from tests.dialer.stage import CAMPAIGN, QUEUE, YES, Stage

PREVIEW = replace(CAMPAIGN, mode=Mode.PREVIEW, preview_limit_s=60)


@pytest.fixture
def stage() -> Stage:
    """One agent who is ready, in a queue with one preview campaign."""
    stage = Stage(campaign=PREVIEW).opens()
    stage.passes(7)
    return stage


def asks(stage: Stage, campaign: str | None = None) -> None:
    stage.tell(AskNext(ref="ask", agent="1001", campaign=campaign))


def looks(stage: Stage) -> str:
    """The agent asks and is shown a contact; returns the attempt."""
    asks(stage)
    (attempt,) = stage.answers_claim()
    stage.reserves(attempt)
    return attempt


def dials(stage: Stage) -> None:
    stage.tell(DialNow(ref="dial", agent="1001"))


def skips(stage: Stage) -> None:
    stage.tell(SkipContact(ref="skip", agent="1001", reason="刚刚通过话"))


def reply(stage: Stage, ref: str) -> Reply:
    (found,) = [one for one in stage.wanted(Reply) if one.ref == ref]
    return found


def agent_of(stage: Stage) -> tuple[State, Status]:
    agent = stage.engine.floor.get("1001")
    assert agent is not None
    return agent.state, agent.status


def is_freed(stage: Stage, attempt: str) -> bool:
    """Whether the contact was given back, uncounted, and nobody was called."""
    released = [one for one in stage.wanted(ReleaseClaim) if one.attempt == attempt]
    ended = [one for one in stage.wanted(EndAttempt) if one.attempt == attempt]
    assert all(one.outcome in (Outcome.NOT_SENT, Outcome.SKIPPED) for one in ended)
    assert not stage.wanted(Originate)
    return len(released) + len(ended) == 1 and not len(stage.engine.board)


# ── the usual course ─────────────────────────────────────────────────────────────────────


def test_nothing_is_claimed_before_an_agent_asks(stage: Stage) -> None:
    stage.passes(60)
    assert not stage.wanted(ClaimContacts)
    shown = picture.take(stage.engine, stage.now, site="s", zone="Asia/Shanghai")
    (campaign,) = shown.campaigns
    assert campaign.why is not None
    assert campaign.why.code == "asking"


def test_an_agent_asks_sees_the_contact_and_dials(stage: Stage) -> None:
    asks(stage)
    assert stage.last(ClaimContacts).count == 1
    (attempt,) = stage.answers_claim()
    assert stage.last(PauseMember).reason == "reserved"
    assert not [one for one in stage.wanted(Reply) if one.ref == "ask"]  # not before she is kept
    stage.reserves(attempt)
    told = reply(stage, "ask")
    assert told.code is ReplyCode.OK
    assert told.facts == {
        "attempt": attempt,
        "contact": "1",
        "e164": "+862100000001",
        "left_s": "60",
    }
    stage.passes(30)
    assert not stage.wanted(MarkSent)

    dials(stage)
    assert stage.last(MarkSent).agent == "1001"
    assert not stage.wanted(Originate)
    stage.judges(attempt)
    assert stage.last(Originate).slot == "7001"
    assert reply(stage, "dial").code is ReplyCode.OK
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt))
    stage.passes(90)  # the look's clock does not run on
    stage.tell(CallHungUp(call=attempt, cause=16))
    assert agent_of(stage) == (State.WRAP_UP, Status.AVAILABLE)


def test_who_skips_gives_the_contact_back_with_the_reason_and_is_free(stage: Stage) -> None:
    attempt = looks(stage)
    skips(stage)
    ended = stage.last(EndAttempt)
    assert (ended.outcome, ended.agent, ended.note, ended.reply) == (
        Outcome.SKIPPED,
        "1001",
        "刚刚通过话",
        "skip",  # told once it is committed (I6)
    )
    assert stage.last(PauseMember).reason is None
    assert agent_of(stage) == (State.IDLE, Status.AVAILABLE)
    assert is_freed(stage, attempt)


def test_who_asks_twice_sees_the_same_contact_and_the_time_that_is_left(stage: Stage) -> None:
    attempt = looks(stage)
    stage.passes(20)
    stage.tell(AskNext(ref="again", agent="1001"))
    assert len(stage.wanted(ClaimContacts)) == 1
    assert reply(stage, "again").facts["attempt"] == attempt
    assert reply(stage, "again").facts["left_s"] == "40"


# ── what ends a look ─────────────────────────────────────────────────────────────────────


def test_time_runs_out_and_nobody_is_put_through_to_an_empty_chair(stage: Stage) -> None:
    attempt = looks(stage)
    stage.passes(61)
    ended = stage.last(EndAttempt)
    assert (ended.outcome, ended.note, ended.agent) == (Outcome.NOT_SENT, "timeout", "1001")
    assert is_freed(stage, attempt)
    assert agent_of(stage) == (State.IDLE, Status.ON_BREAK)
    assert [one.reason for one in stage.wanted(PauseMember)][-1] == "timeout"
    dials(stage)
    told = reply(stage, "dial")
    assert (told.code, told.facts) == (ReplyCode.PREVIEW_ENDED, {"why": "timeout"})
    assert not stage.wanted(MarkSent)


def test_asking_again_ends_the_break_of_who_looked_too_long(stage: Stage) -> None:
    looks(stage)
    stage.passes(61)
    stage.tell(AskNext(ref="again", agent="1001"))
    (attempt,) = stage.answers_claim()
    stage.reserves(attempt)
    assert reply(stage, "again").code is ReplyCode.OK
    assert agent_of(stage) == (State.RESERVED, Status.AVAILABLE)


def test_a_break_that_the_agent_wanted_is_not_ended_by_asking(stage: Stage) -> None:
    stage.tell(PauseAgent(ref="p", agent="1001", reason="lunch"))
    asks(stage)
    assert reply(stage, "ask").code is ReplyCode.AGENT_NOT_FREE
    assert not stage.wanted(ClaimContacts)


def test_do_not_call_or_a_closed_window_is_told_and_nobody_is_dialed(stage: Stage) -> None:  # I3
    attempt = looks(stage)
    dials(stage)
    stage.judges(attempt, Verdict(code=Code.DO_NOT_CALL, params={"source": "asked"}))
    told = reply(stage, "dial")
    assert told.code is ReplyCode.NOT_DIALED
    assert told.facts == {"verdict": "do_not_call", "source": "asked"}
    assert not stage.wanted(Originate)
    assert agent_of(stage) == (State.IDLE, Status.AVAILABLE)


def pauses(stage: Stage) -> None:
    stage.load(state=CampaignState.PAUSED)


def vanishes(stage: Stage) -> None:
    agents = (AgentRecord(agent="1001", name="1001", queues=(QUEUE,)),)
    stage.tell(Loaded(campaigns=(), agents=agents))


def loses_link(stage: Stage) -> None:
    stage.tell(LinkDown(reason="reset by peer"))


def stops(stage: Stage) -> None:
    stage.tell(StopEngine(ref="stop"))


def leaves(stage: Stage) -> None:
    stage.tell(AgentLoggedOut(slot="7001"))


def takes_a_caller(stage: Stage) -> None:
    stage.tell(QueueConnected(call="in-1", queue=QUEUE, member="1001"))


ENDS = [
    (pauses, "campaign"),
    (vanishes, "campaign"),
    (loses_link, "link"),
    (stops, "stopping"),
    (leaves, "agent_left"),
    (takes_a_caller, "other_call"),
]


@pytest.mark.parametrize(("end", "why"), ENDS, ids=[why for _, why in ENDS])
def test_what_comes_in_between_frees_the_contact_and_is_told(
    stage: Stage, end: object, why: str
) -> None:
    assert callable(end)
    attempt = looks(stage)
    end(stage)
    assert is_freed(stage, attempt)
    dials(stage)
    told = reply(stage, "dial")
    assert (told.code, told.facts) == (ReplyCode.PREVIEW_ENDED, {"why": why})
    if why == "stopping":
        assert stage.wanted(Stopped)


@pytest.mark.parametrize(("end", "why"), ENDS, ids=[why for _, why in ENDS])
def test_what_comes_in_before_the_contact_is_shown_is_told_too(
    stage: Stage, end: object, why: str
) -> None:
    assert callable(end)
    asks(stage)
    (attempt,) = stage.answers_claim()
    end(stage)
    stage.reserves(attempt)
    assert is_freed(stage, attempt)
    told = reply(stage, "ask")
    assert (told.code, told.facts) == (ReplyCode.PREVIEW_ENDED, {"why": why})


def test_a_link_lost_during_the_second_judgement_is_told(stage: Stage) -> None:
    attempt = looks(stage)
    dials(stage)
    loses_link(stage)
    stage.judges(attempt)
    assert reply(stage, "dial").facts == {"why": "link"}
    assert stage.last(EndAttempt).outcome is Outcome.NOT_SENT
    assert not stage.wanted(Originate)


def test_after_a_lost_link_the_agent_asks_anew(stage: Stage) -> None:
    looks(stage)
    loses_link(stage)
    asks_in_vain = AskNext(ref="early", agent="1001")
    stage.tell(asks_in_vain)
    told = reply(stage, "early")
    assert (told.code, told.facts["limit"]) == (ReplyCode.NOTHING_TO_PREVIEW, "link")
    stage.tell(LinkUp(version="22.10"))
    stage.survey()
    stage.tell(AskNext(ref="late", agent="1001"))
    (attempt,) = stage.answers_claim()
    stage.reserves(attempt)
    assert reply(stage, "late").facts["attempt"] == attempt


# ── what is refused ──────────────────────────────────────────────────────────────────────


def test_who_has_no_contact_at_hand_is_told_so(stage: Stage) -> None:
    dials(stage)
    skips(stage)
    assert reply(stage, "dial").code is ReplyCode.NO_PREVIEW
    assert reply(stage, "skip").code is ReplyCode.NO_PREVIEW


def test_who_dials_twice_places_one_call(stage: Stage) -> None:  # I1
    attempt = looks(stage)
    dials(stage)
    stage.tell(DialNow(ref="twice", agent="1001"))
    stage.judges(attempt)
    assert len(stage.wanted(Originate)) == len(stage.wanted(MarkSent)) == 1
    assert reply(stage, "twice").code is ReplyCode.NO_PREVIEW


def test_an_agent_who_is_unknown_or_away_or_serves_no_such_campaign(stage: Stage) -> None:
    stage.tell(AskNext(ref="who", agent="4711"))
    asks(stage, campaign="sales")
    leaves(stage)
    stage.tell(AskNext(ref="away", agent="1001"))
    assert reply(stage, "who").code is ReplyCode.UNKNOWN_AGENT
    assert reply(stage, "ask").code is ReplyCode.NO_PREVIEW_CAMPAIGN
    assert reply(stage, "away").code is ReplyCode.AGENT_NOT_LOGGED_IN


def test_where_nobody_is_due_the_agent_is_told_and_stays_free(stage: Stage) -> None:
    asks(stage)
    stage.answers_claim(found=0)
    told = reply(stage, "ask")
    assert (told.code, told.facts["limit"]) == (ReplyCode.NOTHING_TO_PREVIEW, "list")
    assert agent_of(stage) == (State.IDLE, Status.AVAILABLE)


def test_a_database_that_refuses_is_told_and_nobody_is_dialed(stage: Stage) -> None:
    asks(stage)
    stage.tell(StoreFailed(ref=stage.last(ClaimContacts).ref, text="busy"))
    assert reply(stage, "ask").code is ReplyCode.STORE_FAILED
    stage.passes(2)
    stage.tell(AskNext(ref="again", agent="1001"))
    (attempt,) = stage.answers_claim()
    stage.reserves(attempt)
    dials(stage)
    stage.tell(StoreFailed(ref=attempt, text="busy"))
    told = reply(stage, "dial")
    assert (told.code, told.facts) == (ReplyCode.PREVIEW_ENDED, {"why": "store"})
    assert is_freed(stage, attempt)


def test_an_agent_who_asks_is_not_kept_for_a_database_that_does_not_answer(stage: Stage) -> None:
    asks(stage)
    asked = stage.last(ClaimContacts)
    stage.passes(CLAIM_PATIENCE_S - 0.2)
    assert agent_of(stage) == (State.RESERVED, Status.AVAILABLE)
    stage.passes(0.3)
    assert reply(stage, "ask").code is ReplyCode.STORE_FAILED
    assert agent_of(stage) == (State.IDLE, Status.AVAILABLE)

    stage.passes(2)
    stage.tell(AskNext(ref="again", agent="1001"))
    late = stage._claim()  # noqa: SLF001  the stage's own numbers
    stage.tell(Claimed(ref=asked.ref, campaign_id=1, claims=(late,), next_due_at=None))
    assert stage.last(ReleaseClaim) == ReleaseClaim(attempt=late.attempt, why=NotSent.STORE)
    (attempt,) = stage.answers_claim()
    stage.reserves(attempt)
    assert reply(stage, "again").facts["attempt"] == attempt


def test_a_stop_does_not_wait_for_a_contact_that_never_comes(stage: Stage) -> None:
    asks(stage)
    stage.tell(StopEngine(grace_s=30))
    assert not stage.wanted(Stopped)
    stage.passes(CLAIM_PATIENCE_S)
    assert stage.wanted(Stopped)


def test_who_takes_a_break_while_the_first_campaign_is_asked_is_shown_nothing() -> None:
    stage = with_campaigns(PREVIEW, replace(PREVIEW, id=2, name="second"))
    stage.passes(7)
    asks(stage)
    stage.tell(PauseAgent(ref="p", agent="1001", reason="lunch"))
    stage.answers_claim(found=0)
    assert len(stage.wanted(ClaimContacts)) == 1
    assert reply(stage, "ask").code is ReplyCode.AGENT_NOT_FREE
    assert agent_of(stage) == (State.IDLE, Status.ON_BREAK)


def test_a_number_that_another_campaign_calls_just_now_is_not_shown(stage: Stage) -> None:  # I1
    first = looks(stage)
    call = stage.engine.board.get(first)
    assert call is not None
    stage.engine.board.put(replace(call, attempt="x" * 26, agent="other"))  # somebody's call
    skips(stage)
    asks(stage)
    asked = stage.last(ClaimContacts)
    claim = replace(stage._claim(), e164=call.e164)  # noqa: SLF001  the stage's own numbers
    stage.tell(Claimed(ref=asked.ref, campaign_id=1, claims=(claim,), next_due_at=None))
    assert stage.last(ReleaseClaim).attempt == claim.attempt
    assert [r.code for r in stage.wanted(Reply)][-1] is ReplyCode.NOTHING_TO_PREVIEW


def test_while_calls_fail_on_our_side_the_agent_keeps_the_contact_at_hand(stage: Stage) -> None:
    attempt = looks(stage)
    desk = stage.engine.desks.get(1)
    assert desk is not None
    desk.breaker = replace(desk.breaker, open_until=stage.now.mono + 5)
    dials(stage)
    told = reply(stage, "dial")
    assert (told.code, told.facts["for_s"]) == (ReplyCode.NOT_DIALED_YET, "5")
    stage.passes(6)
    stage.tell(DialNow(ref="later", agent="1001"))
    stage.judges(attempt)
    assert reply(stage, "later").code is ReplyCode.OK


# ── beside other campaigns ───────────────────────────────────────────────────────────────


def record(campaign: Campaign) -> CampaignRecord:
    return CampaignRecord(
        campaign=campaign,
        state=CampaignState.RUNNING,
        contacts=9,
        open_contacts=9,
        due_contacts=9,
        next_due_at=None,
    )


def with_campaigns(*campaigns: Campaign) -> Stage:
    stage = Stage(campaign=PREVIEW).opens()
    agents = (AgentRecord(agent="1001", name="1001", queues=(QUEUE,)),)
    stage.tell(Loaded(campaigns=tuple(record(one) for one in campaigns), agents=agents))
    return stage


def test_who_looks_is_given_no_call_of_a_progressive_campaign() -> None:
    progressive = replace(CAMPAIGN, id=2, name="progressive")
    stage = with_campaigns(PREVIEW, progressive)
    stage.passes(5.5)
    assert not stage.wanted(ClaimContacts)
    stage.passes(1)
    stage.answers_claim(found=0)  # the progressive one has nobody due
    looks(stage)
    claims = len(stage.wanted(ClaimContacts))
    stage.passes(50)
    assert len(stage.wanted(ClaimContacts)) == claims
    skips(stage)
    assert agent_of(stage) == (State.IDLE, Status.AVAILABLE)


def test_the_next_campaign_is_asked_where_the_first_has_nobody() -> None:
    stage = with_campaigns(PREVIEW, replace(PREVIEW, id=2, name="second"))
    stage.passes(7)
    asks(stage)
    first = stage.last(ClaimContacts).campaign.id
    stage.answers_claim(found=0)
    second = stage.last(ClaimContacts).campaign.id
    assert {first, second} == {1, 2}
    (attempt,) = stage.answers_claim()
    stage.reserves(attempt)
    assert reply(stage, "ask").code is ReplyCode.OK


def test_only_the_campaign_that_was_named_is_asked() -> None:
    stage = with_campaigns(PREVIEW, replace(PREVIEW, id=2, name="second"))
    stage.passes(7)
    asks(stage, campaign="second")
    assert stage.last(ClaimContacts).campaign.id == 2
    stage.answers_claim(found=0)
    assert reply(stage, "ask").code is ReplyCode.NOTHING_TO_PREVIEW


def test_a_look_counts_among_the_campaigns_calls_at_once() -> None:  # I7
    stage = Stage(agents=2, campaign=replace(PREVIEW, max_calls=1)).opens()
    stage.passes(7)
    looks(stage)
    stage.tell(AskNext(ref="other", agent="1002"))
    told = reply(stage, "other")
    assert (told.code, told.facts["limit"]) == (ReplyCode.NOTHING_TO_PREVIEW, "max_calls")


def test_a_contact_that_waits_for_its_place_in_the_second_is_told_when_it_has_it() -> None:  # I7
    stage = Stage(agents=2, campaign=replace(PREVIEW, cps=0.5)).opens()
    stage.passes(7)
    for login in ("1001", "1002"):
        stage.tell(AskNext(ref=f"ask-{login}", agent=login))
        (attempt,) = stage.answers_claim()
        stage.reserves(attempt)
        stage.tell(DialNow(ref=f"dial-{login}", agent=login))
        stage.tell(SentJudged(attempt=attempt, verdict=YES))  # heeded where it was asked for
    assert reply(stage, "dial-1001").code is ReplyCode.OK
    assert not [one for one in stage.wanted(Reply) if one.ref == "dial-1002"]
    stage.passes(2.1)
    stage.judges(attempt)
    assert reply(stage, "dial-1002").code is ReplyCode.OK
    assert len(stage.wanted(Originate)) == 2


def test_the_look_lasts_as_long_as_the_campaign_says(stage: Stage) -> None:
    attempt = looks(stage)
    stage.passes(59.8)
    call = stage.engine.board.get(attempt)
    assert call is not None
    assert call.state is CallState.PREVIEWING
