"""A real session recorded by the engine, replayed: the same outcomes, and no full number in it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from asterisk.capture import Capture
from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.process import LabAsterisk
from campaigns.campaign import CampaignState
from campaigns.outcomes import Disposition, Outcome
from config.settings import RecordingSettings
from dialer.replay import IDLE_TICK_S, TICK_S, Replay
from dialer.replay_agreement import Decision, DecisionKind, Difference
from dialer.replay_record import Ahead, stamp_of
from dialer.replay_stream import Playback
from tests.line.people import Word
from tests.line.site import Site, number_of

AGENTS = {"1001": ("waihu-tree", "waihu-inbound"), "1002": ("waihu-tree",), "1003": ("waihu-tree",)}
IDLE_S = 600.0
BLOCK = 734_512
"""Digits that nothing else in a recording can have by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What the database says of a recorded session, and where its recording lies."""

    outcomes: dict[str, Outcome]
    numbers: tuple[str, ...]
    files: tuple[Path, ...]


def recorded(site: Site, folder: Path) -> None:
    """Let the site's engine record into `folder`."""
    paths = site.settings.paths.model_copy(update={"recordings": folder})
    update = {"paths": paths, "recording": RecordingSettings(on=True)}
    site.settings = site.settings.model_copy(update=update)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(
    switch: LabAsterisk, mix: Mix, tmp_path_factory: pytest.TempPathFactory
) -> Session:
    folder = tmp_path_factory.mktemp("recorded")
    async with Site(switch, folder, AGENTS) as site:
        recorded(site, folder / "recordings")
        answered = [number_of(mix, Behaviour.ANSWERS, nth, BLOCK) for nth in range(6)]
        quick = (Behaviour.BUSY, Behaviour.NO_ANSWER, Behaviour.REJECTED, Behaviour.CONGESTION)
        others = [number_of(mix, one, block=BLOCK) for one in quick]
        numbers = (*answered, *others)
        site.people.words[answered[0][-2:]] = Word(disposition=Disposition.REFUSED)
        site.people.words[answered[1][-2:]] = None
        await site.start_engine()
        await site.people.log_in(AGENTS)
        campaign = await site.dial(
            "recorded", numbers, queue="waihu-tree", wrap_up_s=1, ring_timeout_s=2
        )
        for number in numbers:
            await site.ended(number, campaign, within_s=40.0)
        await site.set_state(campaign, CampaignState.PAUSED)
        attempts = [(await site.attempts(number, campaign))[0] for number in numbers]
        await site.stop_engine()
        await site.only_agents_remain()
    return Session(
        outcomes={one.id: one.outcome for one in attempts if one.outcome},
        numbers=numbers,
        files=tuple(sorted((folder / "recordings").iterdir())),
    )


def replayed(
    messages: list[bytes], idle_tick_s: float = IDLE_TICK_S
) -> tuple[Replay, list[Decision]]:
    ahead = Ahead(pace=100.0)
    for message in messages:
        ahead.read(message)
    record = ahead.finish(dropped=0)
    decisions: list[Decision] = []
    replay = Replay(record, decisions.append, idle_tick_s)
    playback = Playback(record, replay, pace=100.0)
    for message in messages:
        playback.feed(message)
    return replay, decisions


def messages_of(session: Session) -> list[bytes]:
    return [message for file in session.files for message in Capture(file).messages()]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_replay_decides_the_outcomes_that_the_database_has(session: Session) -> None:
    _, decisions = replayed(messages_of(session))
    decided = {one.subject: one.detail for one in decisions if one.kind is DecisionKind.OUTCOME}
    assert decided == {attempt: outcome.value for attempt, outcome in session.outcomes.items()}
    assert {"refused", "undisposed", "busy", "no_answer", "success"} < set(decided.values())


@pytest.mark.asyncio(loop_scope="module")
async def test_a_replay_agrees_with_all_that_the_engine_did_then(session: Session) -> None:
    replay, _ = replayed(messages_of(session))
    assert [one for one in replay.agreement.differences if not _only_who(one)] == []
    assert replay.agreement.same > 3 * len(session.outcomes)
    assert replay.not_claimed == 0


def _only_who(one: Difference) -> bool:
    """Whether another agent took the same call.

    Of two who are free within a moment the longer idle one is taken; a word is recorded when it
    is handled, an event when it comes, so that on a busy machine the two may change places.
    """
    if one.then is None or one.now is None:
        return DecisionKind.PAUSE in {seen.kind for seen in (one.then, one.now) if seen is not None}
    same_call = one.then.subject == one.now.subject
    return same_call and one.then.kind is one.now.kind is DecisionKind.ORIGINATE


@pytest.mark.asyncio(loop_scope="module")
async def test_the_words_of_the_agents_are_needed_for_it(session: Session) -> None:
    """Agreement is no matter of course: a recording without the words is not agreed with."""
    silent = [one for one in messages_of(session) if not one.startswith(b"Event: WaihuWord")]
    replay, _ = replayed(silent)
    assert any(
        one.then is not None and one.now is not None and one.now.detail == "undisposed"
        for one in replay.agreement.differences
    )


@pytest.mark.asyncio(loop_scope="module")
async def test_the_same_recording_gives_the_same_decisions(session: Session) -> None:
    messages = messages_of(session)
    assert replayed(messages)[1] == replayed(messages)[1]


@pytest.mark.asyncio(loop_scope="module")
async def test_skipping_over_idle_hours_changes_no_decision(session: Session) -> None:
    messages = messages_of(session)
    later = b"Action: Ping\r\nTimestamp: %.6f" % (IDLE_S + float(stamp_of(messages[-1]) or 0))
    quick, slow = (
        replayed([*messages, later], idle_tick_s)[1] for idle_tick_s in (IDLE_TICK_S, 0.1)
    )
    assert [(one.kind, one.subject, one.detail) for one in quick] == [
        (one.kind, one.subject, one.detail) for one in slow
    ]
    assert max(abs(a.at - b.at) for a, b in zip(quick, slow, strict=True)) <= TICK_S


@pytest.mark.asyncio(loop_scope="module")
async def test_no_full_number_and_no_name_is_in_a_recording(session: Session) -> None:
    for file in session.files:
        text = zlib.decompress(file.read_bytes(), 31)  # I9
        assert b"Action: Originate" in text
        for number in session.numbers:
            assert number[-8:].encode() not in text
        assert "张三".encode() not in text
        assert b"Secret" not in text
        assert b"CallerIDName" not in text
