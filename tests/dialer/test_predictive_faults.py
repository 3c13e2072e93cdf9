"""A lost link, a restart, a stop amid predictive calls: nothing learned of it, nothing stuck."""

from __future__ import annotations

from dataclasses import replace

from campaigns.outcomes import NotSent, Outcome
from dialer.agents import State
from dialer.breaker import LONGEST_PAUSE_S, OPENS_AFTER
from dialer.calls import CallState
from dialer.effects import (
    ClaimContacts,
    Connect,
    EndAttempt,
    Found,
    NoteProgress,
    PlayUnserved,
    ReleaseClaim,
    SavePacing,
    Stopped,
)
from dialer.messages import SentJudged, StopEngine, Unfinished, UnfinishedAttempt
from dialer.pacing import Limit
from dialer.switch_events import (
    CallAnswered,
    CallBridged,
    CallHungUp,
    CallRinging,
    CallWaiting,
    LinkDown,
    LinkUp,
    OriginateUnsent,
)
from tests.dialer.predictive_stage import PredictiveStage
from tests.dialer.stage import QUEUE, START, YES, Stage, state_of


def loses_link(stage: PredictiveStage, seconds: float = 3) -> None:
    stage.tell(LinkDown(reason="gone"))
    stage.passes(seconds)


def hears_again(stage: PredictiveStage, calls: dict[str, bool]) -> None:
    stage.tell(LinkUp(version="22.10"))
    stage.survey(calls)
    stage.passes(0.1)


# ── the link ─────────────────────────────────────────────────────────────────────────────


def test_a_lost_link_amid_calls_teaches_nothing_and_dialing_goes_on() -> None:
    stage = PredictiveStage(5).ready()
    talking, ringing, gone, answered = stage.dials(4)
    stage.answers(talking)
    stage.talks(talking)
    stage.passes(5)
    learned, counted = stage.pace().remembered(), stage.counted()
    assert counted == (1, 0)

    loses_link(stage)
    assert stage.desk().limit is Limit.LINK
    assert stage.pace().notes[-1].limit is Limit.LINK
    hears_again(stage, {talking: True, ringing: False, answered: True})
    assert (stage.pace().remembered(), stage.counted()) == (learned, counted)
    assert stage.pace().pacer.standing["in_flight"] == 1
    assert stage.pace().pacer.standing["talking"] == 1
    assert stage.outcomes([gone]) == [Outcome.LOST]

    before = len(stage.wanted(ClaimContacts))
    stage.load()
    stage.tell(CallHungUp(call=ringing, cause=17))
    stage.tell(CallHungUp(call=answered, cause=16))
    stage.passes(5)
    assert len(stage.wanted(ClaimContacts)) > before


def test_a_call_that_rings_on_through_it_is_as_old_as_before() -> None:
    stage = PredictiveStage(5).ready()
    (ringing,) = stage.dials(1)
    stage.passes(5)
    placed = stage.pace().pacer._standing.in_flight[ringing]  # noqa: SLF001  shown nowhere
    loses_link(stage)
    hears_again(stage, {ringing: False})
    assert stage.pace().pacer._standing.in_flight[ringing] == placed  # noqa: SLF001  same


def test_claims_of_a_lost_link_are_given_back() -> None:
    stage = PredictiveStage(2).ready()
    claim = stage.last(ClaimContacts)
    loses_link(stage, 0.1)
    attempts = stage.claimed(claim)
    given_back = [(one.attempt, one.why) for one in stage.wanted(ReleaseClaim)]
    assert given_back == [(attempt, NotSent.LINK) for attempt in attempts]
    assert stage.engine.idle


def test_a_call_that_could_not_be_sent_is_none() -> None:
    stage = PredictiveStage(1).ready()
    (attempt,) = stage.places_all()[:1]
    stage.passes(0.1)
    stage.tell(OriginateUnsent(call=attempt))
    stage.passes(0.1)
    assert stage.outcomes([attempt]) == [Outcome.NOT_SENT]
    assert stage.counted() == (0, 0)


def test_who_waited_when_the_link_was_lost_is_not_put_through_out_of_the_message() -> None:
    stage = PredictiveStage(1).ready()
    served, waiting = stage.dials(2)
    stage.answers(served)
    stage.talks(served)
    stage.answers(waiting)
    loses_link(stage)
    stage.tell(LinkUp(version="22.10"))
    stage.survey({waiting: True})
    stage.disposes("1001")
    stage.passes(0.2)
    assert stage.wanted(Connect) == [Connect(call=served, slot="7001")]
    assert stage.wanted(PlayUnserved) == [PlayUnserved(call=waiting)]
    stage.hangs_up(waiting)
    assert stage.outcomes([waiting]) == [Outcome.ABANDONED]


# ── a restart ────────────────────────────────────────────────────────────────────────────


def left(attempt: str, agent: str | None = None, *, bridged: bool = False) -> UnfinishedAttempt:
    return UnfinishedAttempt(
        attempt=attempt,
        campaign_id=1,
        contact_id=900,
        e164="+862100009999",
        zone=None,
        agent=agent,
        answered_at=START if bridged else None,
        bridged_at=START if bridged else None,
        ended_at=None,
    )


def restarted(
    *attempts: UnfinishedAttempt, seated: bool = False, **found: object
) -> PredictiveStage:
    """An engine that starts amid these. `seated`: its agent has been on the phone all along."""
    stage = PredictiveStage(1)
    stage.load()
    stage.tell(Unfinished(attempts=attempts))
    if seated:
        stage.logs_in("1001")
        found["agents"] = {"7001": "Local/1001"}
    stage.tell(LinkUp(version="22.10"))
    stage.sees(**found)
    if not seated:
        stage.logs_in("1001")
    return stage


def known_to_have_answered(stage: PredictiveStage) -> list[str]:
    return [one.attempt for one in stage.wanted(NoteProgress) if one.answered_at]


def test_a_call_that_rang_at_the_restart_is_served_when_it_is_answered() -> None:
    stage = restarted(left("a1"), calls={"a1": False})
    assert not stage.call("a1").reserved
    stage.passes(7)
    assert stage.pace().pacer.standing["in_flight"] == 1
    stage.answers("a1")
    assert stage.wanted(Connect) == [Connect(call="a1", slot="7001")]
    stage.talks("a1")
    assert [one.agent for one in stage.wanted(NoteProgress) if one.bridged_at] == ["1001"]


def test_who_waited_at_the_restart_hears_the_message_if_nobody_is_ready() -> None:
    stage = restarted(left("a1"), calls={"a1": True})
    stage.passes(2)
    assert stage.wanted(PlayUnserved) == [PlayUnserved(call="a1")]
    stage.hangs_up("a1")
    assert stage.outcomes(["a1"]) == [Outcome.ABANDONED]
    assert known_to_have_answered(stage) == ["a1"]  # or the law's share would not know of it


def test_who_hears_the_message_at_the_restart_is_not_made_to_hear_it_from_the_start() -> None:
    stage = restarted(left("a1"), calls={"a1": True}, at_message=frozenset({"a1"}))
    stage.passes(2)
    assert stage.wanted(PlayUnserved) == []
    stage.hangs_up("a1")
    assert stage.outcomes(["a1"]) == [Outcome.ABANDONED]


def test_who_met_nobody_while_we_were_away_counts_though_they_are_gone() -> None:
    stage = restarted(left("a1"), left("a2"), unmet=frozenset({"a1"}))
    assert stage.outcomes(["a1", "a2"]) == [Outcome.ABANDONED, Outcome.LOST]
    assert known_to_have_answered(stage) == ["a1"]


def test_who_met_nobody_while_the_link_was_down_counts_though_they_are_gone() -> None:
    stage = PredictiveStage(1).ready()
    unmet, other = stage.dials(2)
    stage.tell(LinkDown(reason="gone"))
    stage.tell(LinkUp(version="22.10"))
    stage.sees(unmet=frozenset({unmet}))
    assert stage.outcomes([unmet, other]) == [Outcome.ABANDONED, Outcome.LOST]
    assert known_to_have_answered(stage) == [unmet]


def test_who_took_a_call_as_we_died_is_talking_though_the_word_on_the_last_one_is_owed() -> None:
    talked = replace(left("a1", "1001", bridged=True), ended_at=START)
    talks = {"calls": {"a2": True}, "talking": {"7001": "a2"}}
    stage = restarted(talked, left("a2"), seated=True, **talks)
    agent = stage.engine.floor.get("1001")
    assert agent is not None
    assert (agent.state, agent.attempt) == (State.TALKING, "a2")
    stage.disposes("1001", attempt="a1")
    assert stage.outcomes(["a1"]) == [Outcome.SUCCESS]


def test_who_waits_at_the_restart_and_says_so_is_served_by_whoever_is_ready() -> None:
    stage = PredictiveStage(1)
    stage.opens()
    stage.passes(7)
    (attempt,) = stage.dials(1)
    stage.tell(LinkDown(reason="gone"))
    stage.tell(LinkUp(version="22.10"))
    stage.survey({attempt: True})
    stage.tell(CallWaiting(call=attempt))
    assert stage.wanted(Connect) == [Connect(call=attempt, slot="7001")]


def test_a_call_that_is_gone_at_the_restart_ends_as_lost() -> None:
    stage = restarted(left("a1"), calls={})
    assert stage.outcomes(["a1"]) == [Outcome.LOST]
    stage.passes(7)
    assert stage.wanted(ClaimContacts)


def test_a_talk_goes_on_over_the_restart() -> None:
    stage = restarted(
        left("a1", "1001", bridged=True),
        seated=True,
        calls={"a1": True},
        talking={"7001": "a1"},
        members={"7001": {QUEUE: "1001"}},
    )
    stage.passes(0.1)
    assert stage.call("a1").state is CallState.TALKING
    assert state_of(stage) is State.TALKING


# ── an older dialplan ────────────────────────────────────────────────────────────────────

SEATED = {"7001": "Local/7001"}
OLDER_DIALPLAN = frozenset({"waihu-waiting"})


def test_nobody_is_dialed_for_a_dialplan_that_could_not_take_the_call() -> None:
    stage = PredictiveStage(1)
    stage.opens()
    stage.sees(agents=SEATED, lacking=OLDER_DIALPLAN)
    stage.passes(7)
    assert stage.desk().limit is Limit.DIALPLAN
    assert stage.engine.facts(stage.desk(), stage.now).dialplan_lacks
    assert not stage.wanted(ClaimContacts)
    stage.sees(agents=SEATED, lacking=OLDER_DIALPLAN)
    found = [one for one in stage.wanted(Found) if one.contexts]
    assert [one.contexts for one in found] == [("waihu-waiting",)]  # said once

    stage.sees(agents=SEATED)  # somebody has loaded the newer one
    stage.passes(1)
    assert stage.wanted(ClaimContacts)


def test_a_progressive_campaign_needs_none_of_it() -> None:
    stage = Stage().opens()
    stage.sees(agents=SEATED, lacking=OLDER_DIALPLAN)
    stage.passes(7)
    assert stage.wanted(ClaimContacts)
    assert not any(one.contexts for one in stage.wanted(Found))


# ── a stop ───────────────────────────────────────────────────────────────────────────────


def test_a_stop_places_nothing_more_and_serves_who_answers() -> None:
    stage = PredictiveStage(2).ready()
    ringing, other = stage.dials(2)
    before = len(stage.wanted(ClaimContacts))
    stage.tell(StopEngine(ref="command:stop", grace_s=30))
    stage.answers(ringing)
    assert len(stage.wanted(Connect)) == 1
    stage.talks(ringing)
    stage.tell(CallHungUp(call=other, cause=17))
    stage.passes(3)
    assert len(stage.wanted(ClaimContacts)) == before
    assert stage.desk().limit is Limit.STOPPING
    assert not stage.wanted(Stopped)

    stage.hangs_up(ringing)
    stage.disposes("1001" if state_of(stage) is State.WRAP_UP else "1002")
    stage.passes(0.1)
    assert stage.wanted(Stopped)


def test_what_was_learned_is_kept_at_the_stop() -> None:
    stage = PredictiveStage(1).ready()
    stage.tell(StopEngine(ref="command:stop", grace_s=30))
    stage.claimed(stage.last(ClaimContacts))
    assert stage.wanted(Stopped)
    learned = stage.pace().remembered()
    assert stage.last(SavePacing) == SavePacing(campaign_id=1, memory=learned)
    kinds = [type(effect) for effect in stage.effects]
    assert kinds.index(SavePacing) < kinds.index(Stopped)


def test_who_waits_when_the_grace_is_over_hears_the_message() -> None:
    stage = PredictiveStage(1).ready()
    served, waiting = stage.dials(2)
    stage.answers(served)
    stage.talks(served)
    stage.tell(StopEngine(ref="command:stop", grace_s=1))
    stage.passes(0.5)
    stage.answers(waiting)
    stage.passes(0.6)
    assert stage.wanted(PlayUnserved) == [PlayUnserved(call=waiting)]
    stage.hangs_up(waiting)
    stage.hangs_up(served)
    stage.passes(0.2)
    assert stage.outcomes([waiting]) == [Outcome.ABANDONED]
    assert stage.wanted(Stopped)


def test_every_call_ends_once_however_its_words_are_mixed() -> None:
    stage = PredictiveStage(2).ready()
    first, second = stage.dials(2)
    for word in (CallBridged(call=first), CallWaiting(call=first), CallRinging(call=first)):
        stage.tell(word)
    stage.tell(CallHungUp(call=second, cause=16))
    stage.tell(CallWaiting(call=second))
    stage.tell(CallHungUp(call=second, cause=16))
    stage.passes(5)
    assert [one.attempt for one in stage.wanted(EndAttempt)] == [second]


# ── a switch with an older dialplan ──────────────────────────────────────────────────────


def test_where_our_dialplan_is_missing_people_are_not_called_on_and_on() -> None:
    """The switch cuts off whoever answers, for the context is not there."""
    stage = PredictiveStage(3).ready()
    dropped = 0
    for _ in range(600):
        for one in stage.wanted(ClaimContacts):
            for attempt in stage.claimed(one):
                stage.tell(SentJudged(attempt=attempt, verdict=YES))
                stage.tell(CallRinging(call=attempt))
                stage.tell(CallAnswered(call=attempt))
                stage.hangs_up(attempt)
                dropped += 1
        stage.effects.clear()
        stage.passes(1)
    assert dropped <= OPENS_AFTER + 3 + 8
    assert stage.desk().limit is Limit.BREAKER

    while not stage.wanted(ClaimContacts) and stage.now.mono < 1000 + 600 + 2 * LONGEST_PAUSE_S:
        stage.passes(0.1)
    (asked,) = stage.wanted(ClaimContacts)
    (attempt,) = stage.claimed(asked)
    assert asked.count == 1, "one shows whether it is there by now"
    stage.tell(SentJudged(attempt=attempt, verdict=YES))
    stage.answers(attempt)
    assert len(stage.connected()) == 1
    stage.effects.clear()
    stage.passes(1)
    assert stage.wanted(ClaimContacts)


def test_who_hangs_up_while_waiting_is_no_sign_of_a_missing_dialplan() -> None:
    stage = PredictiveStage(1).ready()
    attempts = stage.dials(OPENS_AFTER + 1)
    stage.answers(attempts.pop())
    for attempt in attempts:
        stage.answers(attempt)
        stage.hangs_up(attempt)
    assert not stage.desk().is_broken(stage.now)
