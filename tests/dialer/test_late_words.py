"""A talk without a word waits for it, also over a restart; no word falls on the wrong person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.campaign import CampaignState
from campaigns.outcomes import Disposition, Outcome
from dialer import picture
from dialer.effects import AmendAttempt, EndAttempt, PlayTone, Reply, ReplyCode, Tone
from dialer.messages import (
    AgentRecord,
    Amended,
    CampaignRecord,
    Dispose,
    Loaded,
    UndisposedCall,
    Unfinished,
    UnfinishedAttempt,
)
from dialer.switch_events import (
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallHungUp,
    CallRinging,
    KeyPressed,
    LinkDown,
    LinkUp,
)
from tests.dialer.stage import QUEUE, START, Stage

EARLIER = "0" * 25 + "e"
YESTERDAY = UndisposedCall(attempt=EARLIER, agent="1001")


def loads(stage: Stage, *calls: UndisposedCall) -> None:
    """The database says what waits for a word."""
    record = CampaignRecord(
        campaign=stage.campaign,
        state=CampaignState.RUNNING,
        contacts=9,
        open_contacts=9,
        due_contacts=9,
        next_due_at=None,
    )
    agents = (AgentRecord(agent="1001", name="1001", queues=(QUEUE,)),)
    stage.tell(Loaded(campaigns=(record,), agents=agents, undisposed=calls))


def says(stage: Stage, ref: str, attempt: str | None = None) -> None:
    word = Disposition.SUCCESS
    stage.tell(Dispose(ref=ref, agent="1001", attempt=attempt, disposition=word))


def amended(stage: Stage) -> list[str]:
    return [one.attempt for one in stage.wanted(AmendAttempt)]


def codes(stage: Stage, ref: str) -> list[ReplyCode]:
    return [one.code for one in stage.wanted(Reply) if one.ref == ref]


def waits(stage: Stage) -> int:
    """What the live view says of the agent."""
    shown = picture.take(stage.engine, stage.now, site="s", zone="Asia/Shanghai")
    (view,) = shown.agents
    return view.undisposed


def talks(stage: Stage, *, after_s: float = 7.0) -> str:
    """The next call is put through, `after_s` from now: a phone is ready 6 s after its login."""
    stage.passes(after_s)
    (attempt,) = stage.answers_claim(found=1)
    stage.reserves(attempt)
    stage.judges(attempt)
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt))
    return attempt


def talks_without_a_word(stage: Stage) -> str:
    attempt = talks(stage)
    stage.tell(CallHungUp(call=attempt, cause=16))
    stage.passes(21)
    (ended,) = [one for one in stage.wanted(EndAttempt) if one.attempt == attempt]
    assert ended.outcome is Outcome.UNDISPOSED
    return attempt


def left_open(*, bridged: bool) -> Unfinished:
    """A call of an hour ago, over since; the time for its word is over too."""
    at = START - timedelta(hours=1)
    left = UnfinishedAttempt(
        attempt=EARLIER,
        campaign_id=1,
        contact_id=1,
        e164="+862100000001",
        zone=None,
        agent="1001",
        answered_at=at,
        bridged_at=at if bridged else None,
        ended_at=at + timedelta(minutes=1),
    )
    return Unfinished(attempts=(left,))


# ── over a restart ───────────────────────────────────────────────────────────────────────


def test_a_word_after_a_restart_finds_the_call_that_waited_before_it() -> None:
    stage = Stage().opens()
    loads(stage, YESTERDAY)
    assert waits(stage) == 1
    says(stage, "late")
    assert amended(stage) == [EARLIER]
    stage.tell(Amended(attempt=EARLIER, disposition=Disposition.SUCCESS))
    assert waits(stage) == 0
    says(stage, "twice")
    assert codes(stage, "twice") == [ReplyCode.NO_CALL_TO_DISPOSE]


def test_a_talk_that_ended_with_the_engine_waits_at_once() -> None:
    stage = Stage()
    stage.tell(left_open(bridged=True))
    stage.load()
    stage.tell(LinkUp(version="22.10"))
    stage.survey()
    assert stage.last(EndAttempt).outcome is Outcome.UNDISPOSED
    says(stage, "late")
    assert amended(stage) == [EARLIER]


def test_a_call_that_was_no_talk_waits_for_nothing() -> None:
    stage = Stage()
    stage.tell(left_open(bridged=False))
    stage.load()
    stage.tell(LinkUp(version="22.10"))
    stage.survey()
    assert stage.last(EndAttempt).outcome is Outcome.LOST
    says(stage, "late")
    assert codes(stage, "late") == [ReplyCode.NO_CALL_TO_DISPOSE]


def test_figures_of_an_earlier_run_are_not_taken_from_this_one() -> None:
    stage = Stage().opens()
    loads(stage, YESTERDAY)
    stage.tell(Amended(attempt=EARLIER, disposition=Disposition.SUCCESS))
    assert stage.engine.statistics.campaign_counts("callback", stage.now).outcomes == {}


# ── loads and what happens between them ──────────────────────────────────────────────────


def test_a_load_that_was_read_before_the_wrap_up_ended_forgets_nothing() -> None:
    stage = Stage().opens()
    attempt = talks_without_a_word(stage)
    loads(stage)
    says(stage, "late")
    assert amended(stage) == [attempt]


def test_a_load_that_was_read_before_the_word_brings_nothing_back() -> None:
    stage = Stage().opens()
    loads(stage, YESTERDAY)
    stage.tell(Amended(attempt=EARLIER, disposition=Disposition.SUCCESS))
    loads(stage, YESTERDAY)
    assert waits(stage) == 0


def test_a_load_that_does_not_know_the_word_yet_brings_nothing_back() -> None:
    """The word is in the journal, and the database will have it when it can be written again."""
    stage = Stage().opens()
    attempt = talks_without_a_word(stage)
    call = UndisposedCall(attempt=attempt, agent="1001")
    stage.tell(Amended(attempt=attempt, disposition=Disposition.SUCCESS))
    loads(stage, call)
    assert waits(stage) == 0
    says(stage, "again")
    assert codes(stage, "again") == [ReplyCode.NO_CALL_TO_DISPOSE]


def test_a_word_that_was_given_without_the_engine_is_known_at_the_next_load() -> None:
    stage = Stage().opens()
    attempt = talks_without_a_word(stage)
    call = UndisposedCall(attempt=attempt, agent="1001")
    loads(stage, call)
    assert waits(stage) == 1
    loads(stage)
    assert waits(stage) == 0


# ── whose word is it ─────────────────────────────────────────────────────────────────────


def test_who_has_spoken_of_a_later_call_must_name_the_earlier_one() -> None:
    stage = Stage().opens()
    earlier = talks_without_a_word(stage)
    later = talks(stage, after_s=0.0)
    says(stage, "which")
    assert codes(stage, "which") == [ReplyCode.WHICH_CALL]
    says(stage, "this", attempt=later)
    stage.tell(CallHungUp(call=later, cause=16))
    says(stage, "again")  # meant for the later call, most likely: never for the earlier one
    assert codes(stage, "again") == [ReplyCode.NO_CALL_TO_DISPOSE]
    says(stage, "named", attempt=earlier)
    assert amended(stage) == [earlier]
    assert waits(stage) == 1


def test_the_same_holds_of_calls_before_a_restart() -> None:
    stage = Stage().opens()
    loads(stage, replace(YESTERDAY, passed=True))
    assert waits(stage) == 1
    says(stage, "late")
    assert codes(stage, "late") == [ReplyCode.NO_CALL_TO_DISPOSE]
    assert not amended(stage)


def without_a_phone(stage: Stage) -> str:
    """A talk in which the agent's phone fails: the call wraps up, and the agent is away."""
    stage.with_campaign(wrap_up_s=60)
    stage.load()
    attempt = talks(stage)
    stage.passes(10)
    stage.tell(AgentLoggedOut(slot="7001"))
    stage.tell(CallHungUp(call=attempt, cause=16))
    stage.passes(1)
    return attempt


def through_a_restart_of_the_switch(stage: Stage) -> str:
    """A talk that Asterisk takes with it: the survey finds neither the call nor the agent."""
    stage.with_campaign(wrap_up_s=60)
    stage.load()
    attempt = talks(stage)
    stage.passes(10)
    stage.tell(LinkDown(reason="shutdown"))
    stage.passes(1)
    stage.tell(LinkUp(version="22.10"))
    stage.survey(seated=[])
    return attempt


def refuses(stage: Stage, ref: str, attempt: str | None = None) -> None:
    word = Disposition.REFUSED
    stage.tell(Dispose(ref=ref, agent="1001", attempt=attempt, disposition=word))


def ended(stage: Stage) -> dict[str, Outcome]:
    return {one.attempt: one.outcome for one in stage.wanted(EndAttempt)}


@pytest.mark.parametrize("fails", [without_a_phone, through_a_restart_of_the_switch])
def test_a_call_that_still_wraps_up_is_not_mistaken_for_the_one_at_hand(
    fails: Callable[[Stage], str],
) -> None:
    stage = Stage().opens()
    earlier = fails(stage)
    stage.logs_in("1001")
    talk = talks(stage)
    refuses(stage, "which")
    (reply,) = [one for one in stage.wanted(Reply) if one.ref == "which"]
    assert (reply.code, reply.facts) == (
        ReplyCode.WHICH_CALL,
        {"earlier": earlier, "current": talk},
    )
    assert ended(stage) == {}
    refuses(stage, "named", attempt=earlier)
    assert ended(stage) == {earlier: Outcome.REFUSED}
    says(stage, "now clear")
    assert ended(stage) == {earlier: Outcome.REFUSED, talk: Outcome.SUCCESS}


def test_a_call_that_still_wraps_up_is_meant_while_the_next_one_rings() -> None:
    stage = Stage().opens()
    earlier = without_a_phone(stage)
    stage.logs_in("1001")
    stage.tell(CallRinging(call=stage.places()))
    refuses(stage, "late")
    assert ended(stage) == {earlier: Outcome.REFUSED}


def test_who_has_spoken_of_a_later_call_must_name_one_that_still_wraps_up() -> None:
    stage = Stage().opens()
    earlier = without_a_phone(stage)
    stage.logs_in("1001")
    later = talks(stage)
    says(stage, "this", attempt=later)
    refuses(stage, "again")
    assert codes(stage, "again") == [ReplyCode.ALREADY_DISPOSED]
    stage.tell(CallHungUp(call=later, cause=16))
    refuses(stage, "once more")
    assert codes(stage, "once more") == [ReplyCode.NO_CALL_TO_DISPOSE]
    stage.passes(60)
    assert ended(stage) == {earlier: Outcome.UNDISPOSED, later: Outcome.SUCCESS}
    refuses(stage, "late")
    assert codes(stage, "late") == [ReplyCode.NO_CALL_TO_DISPOSE]
    assert not amended(stage)


def test_keys_in_the_wrap_up_mean_the_call_that_has_just_ended() -> None:
    stage = Stage().opens()
    without_a_phone(stage)
    stage.logs_in("1001")
    talk = talks(stage)
    stage.tell(CallHungUp(call=talk, cause=16))
    stage.passes(1)
    stage.tell(KeyPressed(channel="Local/1001", key="1"))
    assert ended(stage) == {talk: Outcome.SUCCESS}


def test_keys_while_the_next_call_rings_save_nothing_and_the_agent_hears_it() -> None:
    stage = Stage().opens()
    talks_without_a_word(stage)
    stage.tell(CallRinging(call=on_its_way(stage)))
    stage.tell(KeyPressed(channel="Local/1001", key="1"))
    assert stage.last(PlayTone) == PlayTone(slot="7001", tone=Tone.NOT_SAVED)
    assert not amended(stage)


def on_its_way(stage: Stage) -> str:
    (attempt,) = stage.answers_claim(found=1)
    stage.reserves(attempt)
    stage.judges(attempt)
    return attempt


def test_the_call_at_hand_is_meant_though_the_clock_was_set_back() -> None:
    stage = Stage().opens()
    before = talks(stage)
    says(stage, "before")
    stage.tell(CallHungUp(call=before, cause=16))
    stage.now = replace(stage.now, utc=stage.now.utc - timedelta(hours=1))
    talk = talks(stage, after_s=0.1)
    says(stage, "at hand")
    assert ended(stage) == dict.fromkeys((before, talk), Outcome.SUCCESS)


def test_a_late_word_is_taken_while_the_next_call_is_on_its_way() -> None:
    stage = Stage().opens()
    earlier = talks_without_a_word(stage)
    (attempt,) = stage.answers_claim(found=1)
    says(stage, "claimed")
    stage.reserves(attempt)
    stage.judges(attempt)
    says(stage, "sent")
    stage.tell(CallRinging(call=attempt))
    says(stage, "rings")
    assert amended(stage) == [earlier] * 3


def test_a_word_that_is_given_twice_does_not_fall_on_the_call_before() -> None:
    stage = Stage().opens()
    earlier = talks_without_a_word(stage)
    last = talks(stage, after_s=0.0)
    stage.tell(CallHungUp(call=last, cause=16))
    stage.passes(21)
    refuses(stage, "once")
    stage.tell(Amended(attempt=last, disposition=Disposition.REFUSED))
    refuses(stage, "twice")
    assert codes(stage, "twice") == [ReplyCode.NO_CALL_TO_DISPOSE]
    assert amended(stage) == [last]
    refuses(stage, "named", attempt=earlier)
    assert amended(stage) == [last, earlier]


def test_a_word_for_an_earlier_call_that_is_named_leaves_the_later_one_waiting() -> None:
    stage = Stage().opens()
    earlier = talks_without_a_word(stage)
    last = talks(stage, after_s=0.0)
    stage.tell(CallHungUp(call=last, cause=16))
    stage.passes(21)
    says(stage, "named", attempt=earlier)
    stage.tell(Amended(attempt=earlier, disposition=Disposition.SUCCESS))
    says(stage, "late")
    assert amended(stage) == [earlier, last]


def test_a_load_that_was_read_before_the_word_for_a_later_call_does_not_bring_it_back() -> None:
    stage = Stage().opens()
    earlier = talks_without_a_word(stage)
    later = talks(stage, after_s=0.0)
    says(stage, "this", attempt=later)
    stage.tell(CallHungUp(call=later, cause=16))
    loads(stage, UndisposedCall(attempt=earlier, agent="1001"))
    assert waits(stage) == 1
    refuses(stage, "again")
    assert codes(stage, "again") == [ReplyCode.NO_CALL_TO_DISPOSE]


def test_loads_may_come_to_know_the_end_before_the_word() -> None:
    stage = Stage().opens()
    attempt = talks_without_a_word(stage)
    stage.tell(Amended(attempt=attempt, disposition=Disposition.SUCCESS))
    loads(stage)
    loads(stage, UndisposedCall(attempt=attempt, agent="1001"))
    assert waits(stage) == 0
