"""What became of a call is the same however its events arrive: doubled, shuffled, late, among
those of strangers. Each leaf of the outcome tree is told by what Asterisk says of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from random import Random

import pytest

from campaigns.campaign import CampaignState
from campaigns.outcomes import Disposition, NotSent, Outcome
from dialer.agents import State
from dialer.effects import EndAttempt, NoteProgress, PlayUnserved
from dialer.messages import Dispose, Message
from dialer.switch_events import (
    AgentLoggedIn,
    CallAnswered,
    CallBridged,
    CallDialEnded,
    CallHungUp,
    CallOriginated,
    CallRinging,
    CallUnserved,
    LinkDown,
    LinkUp,
    OriginateUnsent,
    QueueConnected,
    QueueJoined,
    QueueLeft,
    SwitchEvent,
)
from tests.dialer.stage import Stage

CALL = "the call"
PHONE = "1700000000.7"
STRANGER = "1700000000.9"
LASTS_S = 14.0
NEIGHBOURS_S = 0.05
"""Events closer to each other than this may change places."""
LATE_S = 0.8
"""The second of two racing words is waited for a little longer than this."""

Story = list[tuple[float, Message]]


def _fails(reason: int, cause: int | None, said: str, *, rings: bool = False) -> Story:
    story: Story = [(0.5, CallRinging(call=CALL))] if rings else []
    if said:
        story.append((2.0, CallDialEnded(call=CALL, dial_status=said)))
    story.append((2.01, CallOriginated(call=CALL, success=False, reason=reason)))
    if cause is not None:
        story.append((2.02, CallHungUp(call=CALL, cause=cause)))
    return story


ANSWER: Story = [
    (0.5, CallRinging(call=CALL)),
    (2.0, CallDialEnded(call=CALL, dial_status="ANSWER")),
    (2.01, CallAnswered(call=CALL)),
    (2.012, CallOriginated(call=CALL, success=True, reason=4)),
]
MEET: Story = [
    (2.02, CallBridged(call=CALL, bridge="b", channels=1)),
    (2.03, CallBridged(call=PHONE, bridge="b", channels=2)),
]
HANG_UP: Story = [(6.0, CallHungUp(call=CALL, cause=16))]
WORD: Story = [(9.0, Dispose(ref="", agent="1001", attempt=None, disposition=Disposition.SUCCESS))]

STORIES: dict[str, tuple[Story, Outcome]] = {
    "busy": (_fails(0, 17, "BUSY"), Outcome.BUSY),
    "busy behind Local": (_fails(5, 0, "BUSY"), Outcome.BUSY),
    "congestion": (_fails(0, 34, "CONGESTION"), Outcome.CONGESTION),
    "congestion behind Local": (_fails(8, 0, "CONGESTION"), Outcome.CONGESTION),
    "vacant": (_fails(0, 1, "NOANSWER"), Outcome.VACANT),
    "number changed": (_fails(0, 22, "NOANSWER"), Outcome.NUMBER_CHANGED),
    "rejected": (_fails(0, 21, "NOANSWER", rings=True), Outcome.REJECTED),
    "switched off": (_fails(0, 20, "NOANSWER"), Outcome.SWITCHED_OFF),
    "no answer": (_fails(3, 19, "", rings=True), Outcome.NO_ANSWER),
    "no such extension": (_fails(0, 0, ""), Outcome.FAILED),
    "no such endpoint": (_fails(0, None, ""), Outcome.FAILED),
    "talked to": ([*ANSWER, *MEET, *HANG_UP, *WORD], Outcome.SUCCESS),
    "no word of it": ([*ANSWER, *MEET, *HANG_UP], Outcome.UNDISPOSED),
    "gone at once": ([*ANSWER, (2.02, CallHungUp(call=CALL, cause=16))], Outcome.ABANDONED),
    "hears the message": (
        [*ANSWER, (2.1, CallUnserved(call=CALL)), *HANG_UP],
        Outcome.ABANDONED,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is compared: outcome, what was noted, what was asked of the switch, the figures."""

    outcome: Outcome
    answered: bool
    bridged: bool
    messages_played: int
    agent: State
    placed_answered_bridged: tuple[int, int, int]


def tells(story: Story) -> Heard:
    """Let the story happen to a call that was just placed."""
    stage = Stage().with_campaign(wrap_up_s=6).opens()
    attempt = stage.places()
    stage.load(state=CampaignState.PAUSED)
    start = stage.now.mono
    for at, message in sorted(story, key=lambda one: one[0]):
        stage.passes(max(0.0, at - (stage.now.mono - start)))
        stage.tell(_about(attempt, message))
    stage.passes(LASTS_S - (stage.now.mono - start))
    return _heard(stage, attempt)


def _about(attempt: str, message: Message) -> Message:
    if getattr(message, "call", None) != CALL:
        return message
    return replace(message, call=attempt)  # type: ignore[call-arg,type-var]  # it has a call


def _heard(stage: Stage, attempt: str) -> Heard:
    (end,) = [one for one in stage.wanted(EndAttempt) if one.attempt == attempt]
    notes = [one for one in stage.wanted(NoteProgress) if one.attempt == attempt]
    agent = stage.engine.floor.get("1001")
    assert agent is not None
    counts = stage.engine.statistics.campaign_counts("callback", stage.now).run
    return Heard(
        outcome=end.outcome,
        answered=any(note.answered_at for note in notes),
        bridged=any(note.bridged_at for note in notes),
        messages_played=len(stage.wanted(PlayUnserved)),
        agent=agent.state,
        placed_answered_bridged=(counts.placed, counts.answered, counts.connected),
    )


def mangled(story: Story, random: Random) -> Story:
    """The same events as a bad wire may bring them; what a person says is said in its time."""
    told: Story = []
    for at, message in story:
        if isinstance(message, Dispose):
            told.append((at, message))
            continue
        late = random.uniform(0.0, LATE_S) if random.random() < 0.15 else 0.0
        arrives = at + random.uniform(0.0, NEIGHBOURS_S) + late
        told.append((arrives, message))
        if random.random() < 0.5:
            told.append((arrives + random.uniform(0.0, LATE_S), message))
    return told + _of_strangers(random)


def _of_strangers(random: Random) -> Story:
    words: list[SwitchEvent] = [
        CallRinging(call=STRANGER),
        CallAnswered(call=STRANGER),
        CallOriginated(call=STRANGER, success=False, reason=5),
        CallBridged(call=STRANGER, bridge="c", channels=random.choice((1, 2))),
        CallHungUp(call=STRANGER, cause=17),
        AgentLoggedIn(slot="7001", channel="again"),
    ]
    return [(random.uniform(0.0, 8.0), random.choice(words)) for _ in range(6)]


@pytest.mark.parametrize("name", STORIES)
def test_the_clean_story_ends_as_asterisk_means_it(name: str) -> None:  # R2
    story, outcome = STORIES[name]
    heard = tells(story)
    assert (heard.outcome, heard.agent in (State.IDLE, State.READYING)) == (outcome, True)


@pytest.mark.parametrize("name", STORIES)
def test_mangled_events_bring_the_same_outcome(name: str) -> None:  # R2
    story, _ = STORIES[name]
    clean = tells(story)
    for seed in range(15):
        heard = tells(mangled(story, Random(f"{name} {seed}")))
        assert heard == clean, f"seed {seed}"


# ── the shortest stories of what was found ───────────────────────────────────────────────


def test_an_agents_phone_may_be_heard_in_the_bridge_before_the_customer() -> None:
    alone, joined = (event for _, event in MEET)
    heard = tells([*ANSWER, (2.02, joined), (2.03, alone), *HANG_UP])
    assert heard.bridged
    assert heard.messages_played == 0  # nobody is torn out of a talk


def test_who_is_bridged_has_answered_though_the_word_of_it_is_lost() -> None:
    heard = tells([(0.5, CallRinging(call=CALL)), *MEET, *HANG_UP, *WORD])
    assert (heard.answered, heard.bridged, heard.outcome) == (True, True, Outcome.SUCCESS)


@pytest.mark.parametrize(
    "late", [CallAnswered(call=CALL), CallOriginated(call=CALL, success=True, reason=4)]
)
def test_an_answer_that_is_told_after_the_hang_up_counts_as_abandoned(late: SwitchEvent) -> None:
    heard = tells([(2.0, CallHungUp(call=CALL, cause=16)), (2.1, late)])
    assert (heard.outcome, heard.answered) == (Outcome.ABANDONED, True)


@pytest.mark.parametrize("doubled", [1, 2])
def test_an_agent_is_not_shown_talking_to_a_caller_who_has_hung_up(doubled: int) -> None:  # I5
    stage = Stage().with_campaign(wrap_up_s=6).opens()
    stage.load(state=CampaignState.PAUSED)
    stage.passes(7)
    stage.tell(QueueJoined(call="in-1", queue="waihu-inbound", caller_number=""))
    connected = QueueConnected(call="in-1", queue="waihu-inbound", member="1001")
    for _ in range(doubled - 1):
        stage.tell(connected)
    stage.tell(CallHungUp(call="in-1", cause=16))
    stage.passes(15)
    stage.tell(connected)
    agent = stage.engine.floor.get("1001")
    assert agent is not None
    assert (agent.state, agent.inbound) == (State.IDLE, None)


def test_a_caller_whose_joining_is_told_too_late_does_not_wait_for_ever() -> None:
    stage = Stage().opens()
    joined = QueueJoined(call="in-1", queue="waihu-callback", caller_number="")
    stage.tell(QueueLeft(call="in-1", queue="waihu-callback"))
    stage.tell(joined)
    stage.tell(CallHungUp(call="in-1", cause=16))
    stage.tell(joined)
    stage.passes(3)
    assert stage.engine.statistics.callers_waiting({"waihu-callback"}) == 0


# ── never written to the link ────────────────────────────────────────────────────────────


def test_a_call_that_certainly_was_not_sent_is_not_charged_and_frees_its_agent() -> None:
    stage = Stage().opens()
    attempt = stage.places()
    stage.load(state=CampaignState.PAUSED)
    stage.tell(LinkDown(reason="reset"))
    stage.tell(OriginateUnsent(call=attempt))
    ended = stage.wanted(EndAttempt)
    assert [(one.attempt, one.outcome) for one in ended] == [(attempt, Outcome.NOT_SENT)]
    assert ended[0].note == NotSent.LINK
    stage.tell(LinkUp(version="22"))
    stage.survey()
    stage.passes(7)
    agent = stage.engine.floor.get("1001")
    assert agent is not None
    assert agent.free
    assert Counter(one.attempt for one in stage.wanted(EndAttempt)) == {attempt: 1}


def test_a_call_that_may_have_been_sent_is_unknown_until_the_survey_and_then_lost() -> None:
    stage = Stage().opens()
    attempt = stage.places()
    stage.load(state=CampaignState.PAUSED)
    stage.tell(LinkDown(reason="reset"))
    stage.passes(60)
    assert stage.wanted(EndAttempt) == []
    stage.tell(LinkUp(version="22"))
    stage.survey()
    ended = stage.wanted(EndAttempt)
    assert [(one.attempt, one.outcome) for one in ended] == [(attempt, Outcome.LOST)]
