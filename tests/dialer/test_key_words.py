"""An agent says by the keys of the phone what came of the call, and hears whether it is saved."""

from __future__ import annotations

import pytest

from campaigns.campaign import Kind
from campaigns.outcomes import Disposition, Outcome
from dialer.agents import State
from dialer.effects import Effect, EndAttempt, PlayTone, Reply, ReplyCode, Tone
from dialer.messages import WordAnswered
from dialer.switch_events import (
    AgentLoggedOut,
    CallAnswered,
    CallBridged,
    CallHungUp,
    KeyPressed,
    LinkDown,
    LinkUp,
    QueueConnected,
)
from tests.dialer.stage import Stage, state_of

PHONE = "Local/1001"
SAVED = PlayTone(slot="7001", tone=Tone.SAVED)
NOT_SAVED = PlayTone(slot="7001", tone=Tone.NOT_SAVED)


def presses(stage: Stage, keys: str) -> list[Effect]:
    """Keys on the agent's phone, 0.3 s apart."""
    effects: list[Effect] = []
    for key in keys:
        effects += stage.passes(0.3)
        effects += stage.tell(KeyPressed(channel=PHONE, key=key))
    return effects


def talks(stage: Stage) -> str:
    attempt = stage.places()
    stage.tell(CallAnswered(call=attempt))
    stage.tell(CallBridged(call=attempt))
    return attempt


def wraps_up(stage: Stage) -> str:
    attempt = talks(stage)
    stage.tell(CallHungUp(call=attempt, cause=16))
    stage.passes(1)
    return attempt


def commits(stage: Stage) -> list[Effect]:
    """The word is on the disk, and whoever waited for it is answered."""
    return stage.tell(WordAnswered(ref=stage.last(EndAttempt).reply, code=ReplyCode.OK))


def test_a_key_in_the_wrap_up_is_the_word_and_the_tone_follows_the_commit() -> None:
    stage = Stage().opens()
    attempt = wraps_up(stage)
    presses(stage, "1")
    end = stage.last(EndAttempt)
    assert (end.attempt, end.outcome, end.disposition) == (
        attempt,
        Outcome.SUCCESS,
        Disposition.SUCCESS,
    )
    assert state_of(stage) is State.IDLE
    assert not stage.wanted(PlayTone)  # I6: told as saved, so it is on file
    assert commits(stage) == [SAVED]


def test_two_keys_bar_a_person_and_one_of_them_does_not() -> None:
    stage = Stage().opens()
    wraps_up(stage)
    presses(stage, "9")
    assert not stage.wanted(EndAttempt)
    presses(stage, "0")
    assert stage.last(EndAttempt).disposition is Disposition.REFUSED


def test_a_wrong_key_is_heard_and_saves_nothing() -> None:
    stage = Stage().opens()
    wraps_up(stage)
    assert NOT_SAVED in presses(stage, "0")
    assert not stage.wanted(EndAttempt)
    assert state_of(stage) is State.WRAP_UP


def test_who_does_not_finish_hears_it_and_may_begin_anew() -> None:
    stage = Stage().opens()
    wraps_up(stage)
    presses(stage, "9")
    assert stage.passes(2.8) == []
    assert NOT_SAVED in stage.passes(0.4)
    presses(stage, "3")
    assert stage.last(EndAttempt).disposition is Disposition.UNSUCCESSFUL


def test_keys_in_the_talk_are_the_talks_and_so_are_those_at_its_very_end() -> None:
    stage = Stage().opens()
    attempt = talks(stage)
    presses(stage, "9")
    stage.tell(CallHungUp(call=attempt, cause=16))
    stage.passes(0.3)
    stage.tell(KeyPressed(channel=PHONE, key="1"))
    stage.passes(1)
    assert not stage.wanted(EndAttempt)
    assert not stage.wanted(PlayTone)
    assert NOT_SAVED in presses(stage, "0")  # the 9 of the talk is not the beginning of a word


def test_a_word_that_the_campaign_does_not_know_is_not_saved() -> None:  # R3
    stage = Stage().with_campaign(kind=Kind.SALES).opens()
    wraps_up(stage)
    (refused,) = [one for one in presses(stage, "2") if isinstance(one, Reply)]
    assert refused.code is ReplyCode.DISPOSITION_NOT_OF_KIND
    assert stage.tell(WordAnswered(ref=refused.ref, code=refused.code)) == [NOT_SAVED]
    assert state_of(stage) is State.WRAP_UP
    presses(stage, "1")
    assert stage.last(EndAttempt).disposition is Disposition.SUCCESS


@pytest.mark.parametrize("later_s", [0.0, 0.3, 2.0])
def test_a_key_that_is_told_twice_gives_one_word_and_one_tone(later_s: float) -> None:
    stage = Stage().opens()
    wraps_up(stage)
    stage.tell(KeyPressed(channel=PHONE, key="1"))
    commits(stage)
    stage.passes(later_s)
    stage.tell(KeyPressed(channel=PHONE, key="1"))
    assert len(stage.wanted(EndAttempt)) == 1
    assert stage.wanted(PlayTone) == [SAVED]


def test_while_the_database_takes_its_time_pressing_again_says_nothing_wrong() -> None:
    stage = Stage().opens()
    wraps_up(stage)
    presses(stage, "1")
    presses(stage, "1111")
    assert not stage.wanted(PlayTone)
    assert commits(stage) == [SAVED]


def test_a_word_that_waits_for_the_database_does_not_hold_up_the_next_calls_word() -> None:
    stage = Stage().opens()
    wraps_up(stage)
    presses(stage, "1")
    second = wraps_up(stage)
    presses(stage, "3")
    assert [end.attempt for end in stage.wanted(EndAttempt)][1] == second


def test_a_tone_does_not_sound_into_the_next_talk() -> None:
    stage = Stage().opens()
    wraps_up(stage)
    presses(stage, "1")
    stage.tell(QueueConnected(call="in", queue="waihu-callback", member="1001"))
    assert commits(stage) == []


def test_after_the_wrap_up_a_key_is_too_late_and_the_agent_hears_so() -> None:
    stage = Stage().opens()
    wraps_up(stage)
    stage.passes(20)
    assert stage.last(EndAttempt).outcome is Outcome.UNDISPOSED
    assert NOT_SAVED in presses(stage, "1")
    assert len(stage.wanted(EndAttempt)) == 1


def test_a_stuck_key_does_not_flood_the_switch() -> None:
    stage = Stage().opens()
    wraps_up(stage)
    for _ in range(50):
        stage.passes(0.1)
        stage.tell(KeyPressed(channel=PHONE, key="#"))
    assert len(stage.wanted(PlayTone)) <= 5


def test_a_strangers_keys_are_nobodys_word() -> None:
    stage = Stage().opens()
    attempt = wraps_up(stage)
    for channel in (attempt, "Local/7001", ""):
        stage.tell(KeyPressed(channel=channel, key="1"))
    assert not stage.wanted(EndAttempt)


def test_the_phone_is_known_again_after_the_link_was_lost() -> None:
    stage = Stage().opens()
    attempt = wraps_up(stage)
    stage.tell(LinkDown(reason="cut"))
    stage.tell(LinkUp(version="22.10"))
    stage.survey(calls={attempt: True})
    stage.tell(KeyPressed(channel="Local/7001", key="1"))  # as the survey named it
    assert stage.last(EndAttempt).disposition is Disposition.SUCCESS


def test_the_phone_of_who_left_gives_no_words() -> None:
    stage = Stage(agents=2).opens()
    wraps_up(stage)
    stage.tell(AgentLoggedOut(slot="7001"))
    stage.effects.clear()
    assert presses(stage, "1") == []
