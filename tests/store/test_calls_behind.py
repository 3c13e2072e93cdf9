"""The calls behind a figure are those that it counted: on file, page by page, by an index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from sqlalchemy import Select, insert, select, text

from campaigns.campaign import Campaign, Mode
from campaigns.outcomes import Outcome
from config.settings import AmiSettings, PathSettings, QueueSettings, Settings, SiteSettings
from dialer.behind import Behind, Line, Opening, Wanted, behind_json
from dialer.cli_errors import CommandError
from dialer.ids import attempt_id
from dialer.messages import Now
from dialer.queue_effects import NoteQueueCall, QueueEnd
from store import schema
from store.answers import answered_windows
from store.calls_behind import CallsWanted, Queries, StaysWanted, Turn, calls_queries, stays_queries
from store.queue_calls import Source
from supervisor.behind import CALL_KINDS, STAY_KINDS, FigureName, Part, Why, Window
from supervisor.campaign_tally import NEEDS_ANSWER, OWN_SIDE
from supervisor.last_hour import LastHour
from supervisor.queue_report import QueueRules
from supervisor.queue_tally import EndedStay
from supervisor.snapshot import CampaignView, Snapshot
from supervisor.statistics import Statistics
from tests.store.room import MONDAY_9, Room

ENGINE = "engine-1"
QUEUES = {"waihu-inbound": 20, "waihu-repairs": 45}
MINUTE = timedelta(minutes=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
WAIT_STILL = (2.5, 4.5, 19.5, 22.5, 44.5, 50.5)
NOW = MONDAY_9 + timedelta(hours=3, seconds=20)
RUN = MONDAY_9 - timedelta(minutes=5)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        site=SiteSettings(name="here", zone="Asia/Shanghai"),
        ami=AmiSettings(secret=SecretStr("none")),
        paths=PathSettings(database=tmp_path / "x", run=tmp_path, log=tmp_path / "log"),
        queues=tuple(QueueSettings(name=name, service_level_s=s) for name, s in QUEUES.items()),
    )


@pytest.fixture
async def started(room: Room) -> Room:
    await room.hopper.recover(RUN)
    return room


def now_of(at: datetime) -> Now:
    return Now(utc=at, mono=(at - RUN).total_seconds() + 1_000)


class Day:
    """A morning of callers and calls, lived by the engine's statistics and written by its store."""

    def __init__(self, room: Room, settings: Settings, seed: int = 1) -> None:
        self.room = room
        self.settings = settings
        self.random = Random(seed)
        self.hour, self.looked = LastHour(), RUN
        self.statistics = Statistics(SHANGHAI, {name: float(s) for name, s in QUEUES.items()})
        self.campaign: Campaign | None = None

    async def of_callers(self, count: int = 200) -> None:
        """Callers who come and are answered, give up or leave; the last ones wait still."""
        statistics, random = self.statistics, self.random
        moves: list[tuple[datetime, int, str, Any]] = []
        for n in range(count):
            call, queue = f"1700000{n:03}.1", random.choice(list(QUEUES))
            came = MONDAY_9 + timedelta(milliseconds=random.randrange(10_815_000))
            how = random.choice([*QueueEnd, *[QueueEnd.ANSWERED] * 9, *[QueueEnd.ABANDONED] * 3])
            left = came + timedelta(milliseconds=random.randrange(60_000))
            if n >= count - len(WAIT_STILL):
                queue = list(QUEUES)[n % 2]
                came, left = NOW - timedelta(seconds=WAIT_STILL[n - count]), NOW + MINUTE
            moves += [(came, 0, call, (queue, how)), (left, 1, call, (queue, how))]
        for at, step, call, (queue, how) in sorted(moves):
            if at > NOW:
                break
            now = now_of(at)
            self.look(at)
            if step == 0:
                statistics.queue_joined(call, queue, now, number=f"+8613800{call[4:10]}")
            elif how is QueueEnd.ANSWERED:
                statistics.queue_connected(call, queue, "1001", now)
            elif how is QueueEnd.ABANDONED:
                statistics.queue_abandoned(call, queue, now)
                statistics.call_gone(call, now)
            else:
                statistics.queue_exited(call, queue, how, now)
        await self.room.write(*map(note_of, statistics.take_ended_stays()))

    def look(self, at: datetime) -> None:
        """Pictures have been looked at until this moment: the last one of each minute."""
        while self.looked + MINUTE <= at:
            self.looked += MINUTE
            self.hour.saw(self.picture(self.looked - timedelta(milliseconds=1)))

    def picture(self, at: datetime = NOW) -> Snapshot:
        now = now_of(at)
        campaigns = ()
        if self.campaign is not None:
            counts = self.statistics.campaign_counts(self.campaign.name, now).run
            campaigns = (
                CampaignView(
                    name=self.campaign.name,
                    state="running",
                    placed=counts.placed,
                    answered=counts.answered,
                    abandoned=counts.dropped,
                ),
            )
        return Snapshot(ts=at, queues=self.statistics.queue_views(now), campaigns=campaigns)

    async def opened(self, name: FigureName, **more: Any) -> Behind:
        """The figure, opened now."""
        self.look(NOW)
        self.hour.saw(self.picture())
        picture = replace(self.picture(), minutes=self.hour.minutes)
        opening = Opening(
            settings=self.settings, database=self.room.database, snapshot=picture, now=NOW
        )
        found = await opening.behind(Wanted(asked=name, **more))
        assert self.room.failed == []
        return found


def note_of(stay: EndedStay) -> NoteQueueCall:
    return NoteQueueCall(
        call=stay.call,
        queue=stay.queue,
        joined_at=stay.joined_at,
        ended_at=stay.joined_at + timedelta(milliseconds=stay.waited_ms),
        how=stay.how,
        waited_ms=stay.waited_ms,
        number=stay.number or None,
        agent=stay.agent or None,
    )


def agrees(found: Behind) -> bool:
    """The calls come to the figure, and the figure is one."""
    told, sums = found.told, found.sums
    assert told is not None
    assert told.denominator > 0
    return (told.numerator, told.denominator) == (sums.numerator, sums.denominator)


# ── queues ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("of", [None, "waihu-repairs"])
@pytest.mark.parametrize("name", [FigureName.SERVICE_LEVEL, FigureName.ABANDON_RATE])
async def test_the_calls_of_today_come_to_the_figure_on_the_wallboard(
    started: Room, settings: Settings, name: FigureName, of: str | None
) -> None:
    day = Day(started, settings)
    await day.of_callers()
    found = await day.opened(name, of=of, limit=500)
    assert agrees(found)
    assert found.differs is None
    assert found.window is Window.TODAY
    # Every line counts as its part, and all of them are there.
    assert Counter(line.counted.part for line in found.lines) == +found.sums.parts
    assert sum(line.counted.denominator for line in found.lines) == found.sums.denominator
    assert {line.of for line in found.lines} == ({of} if of else set(QUEUES))
    assert any(line.end is None for line in found.lines), "somebody waits still"


async def test_the_calls_of_the_last_half_hour_come_to_the_figure_by_the_minute(
    started: Room, settings: Settings
) -> None:
    day = Day(started, settings)
    await day.of_callers(400)
    found = await day.opened(FigureName.SERVICE_LEVEL, window=Window.HALF_HOUR, limit=500)
    assert agrees(found)
    assert found.since == NOW.replace(second=0) - timedelta(minutes=29)
    assert 0 < len(found.lines) < 200


async def test_pages_go_on_where_the_one_before_ended_and_have_each_call_once(
    started: Room, settings: Settings
) -> None:
    day = Day(started, settings)
    await day.of_callers()
    whole = await day.opened(FigureName.SERVICE_LEVEL, limit=500)
    assert whole.older is None
    paged: list[Line] = []
    older = None
    while True:
        page = await day.opened(FigureName.SERVICE_LEVEL, limit=17, older=older)
        assert page.sums == whole.sums
        paged += page.lines
        older = page.older
        if older is None:
            break
    assert paged == list(whole.lines)
    waiting = [line for line in paged if line.end is None]
    ended = paged[len(waiting) :]
    assert [line.at for line in ended] == sorted((line.at for line in ended), reverse=True)


@pytest.mark.parametrize("part", Part)
async def test_only_the_calls_that_counted_so_are_shown_and_all_are_summed(
    started: Room, settings: Settings, part: Part
) -> None:
    day = Day(started, settings)
    await day.of_callers()
    found = await day.opened(FigureName.ABANDON_RATE, part=part, limit=500)
    assert {line.counted.part for line in found.lines} == {part}
    assert len(found.lines) == found.sums.parts[part]
    assert agrees(found)


async def test_what_an_earlier_run_saw_and_what_a_log_told_is_shown_and_not_counted(
    started: Room, settings: Settings
) -> None:
    day = Day(started, settings)
    await day.of_callers(20)
    early = NoteQueueCall(
        call="1699999999.1",
        queue="waihu-inbound",
        joined_at=RUN - timedelta(hours=1),
        ended_at=RUN - timedelta(minutes=59),
        how=QueueEnd.ANSWERED,
        waited_ms=60_000,
    )
    yesterday = replace(early, call="1699900000.1", joined_at=RUN - timedelta(days=1))
    await started.write(early, yesterday)
    async with started.database.writing() as connection:
        row = {
            "call_id": "1699999998.1",
            "queue": "waihu-inbound",
            "joined_at": NOW - timedelta(minutes=5),
            "ended_at": NOW - timedelta(minutes=4),
            "how": "abandoned",
            "waited_ms": 60_000,
            "transferred": False,
            "source": Source.QUEUE_LOG.value,
        }
        await connection.execute(insert(schema.queue_call), [row])
    found = await day.opened(FigureName.SERVICE_LEVEL, limit=500)
    assert agrees(found)
    why = {line.call: line.counted.why for line in found.lines}
    assert why["1699999999.1"] is Why.BEFORE_RUN
    assert why["1699999998.1"] is Why.IMPORTED
    assert "1699900000.1" not in why
    assert found.run_since == RUN


async def test_a_figure_that_its_calls_do_not_come_to_says_why(
    started: Room, settings: Settings
) -> None:
    day = Day(started, settings)
    await day.of_callers(20)
    day.statistics.queue_joined("unwritten", "waihu-inbound", now_of(NOW))
    day.statistics.queue_connected("unwritten", "waihu-inbound", "1001", now_of(NOW))
    found = await day.opened(FigureName.SERVICE_LEVEL)
    assert found.differs == "moving"
    shown = behind_json(found, whole_numbers=False)
    assert (shown["differs"], shown["told"] != shown["listed"]) == ("moving", True)
    assert not any("+8613800" in str(line) for line in [shown["calls"]])
    assert "+8613800" in str(behind_json(found, whole_numbers=True)["calls"])


# ── campaigns ────────────────────────────────────────────────────────────────────────────

LONG = timedelta(seconds=25)


async def dialed(
    day: Day,
    count: int = 150,
    mode: Mode = Mode.PROGRESSIVE,
    outcomes: Sequence[Outcome] = tuple(Outcome),
) -> None:
    """So many calls of a campaign, over the last hour of the morning; the last ones go on."""
    room, random, statistics = day.room, day.random, day.statistics
    day.campaign = campaign = await room.running_campaign(count, RUN, mode=mode)
    await room.hopper.recover(RUN)
    async with room.database.reading() as connection:
        numbers = list(await connection.execute(select(schema.contact_number)))
    moves: list[tuple[datetime, int, str, Any]] = []
    rows = []
    for number in numbers:
        sent_at = NOW - timedelta(milliseconds=random.randrange(3_600_000))
        outcome = random.choice(outcomes)
        answered_at = sent_at + timedelta(milliseconds=random.randrange(30_000))
        ended_at = answered_at + timedelta(milliseconds=random.randrange(60_000))
        heard = (random.random() < 0.6 or outcome in NEEDS_ANSWER) and answered_at <= NOW
        attempt = attempt_id(sent_at - timedelta(seconds=2), random)
        moves.append((sent_at, 0, attempt, None))
        if heard:
            moves.append((answered_at, 1, attempt, None))
        moves.append((ended_at, 2, attempt, outcome))
        over = ended_at <= NOW
        rows.append(
            {
                "id": attempt,
                "engine_id": ENGINE,
                "campaign_id": campaign.id,
                "contact_id": number.contact_id,
                "number_id": number.id,
                "state": "ended" if over else "sent",
                "claimed_at": sent_at - timedelta(seconds=2),
                "sent_at": sent_at,
                "answered_at": answered_at if heard else None,
                "bridged_at": answered_at if heard and random.random() < 0.5 else None,
                "ended_at": ended_at if over else None,
                "outcome": outcome.value if over else None,
                "counted": True,
                "tech_cause": "",
                "dial_status": "",
                "note": "",
            }
        )
    async with room.database.writing() as connection:
        await connection.execute(insert(schema.attempt), rows)
    for at, step, attempt, outcome in sorted(moves, key=lambda move: move[:3]):
        if at > NOW:
            break
        day.look(at)
        if step == 0:
            statistics.call_placed(attempt, campaign.name, now_of(at))
        elif step == 1:
            statistics.call_answered(attempt, now_of(at))
        else:
            statistics.call_ended(attempt, outcome, now_of(at))


@pytest.mark.parametrize("name", [FigureName.ANSWER_RATE, FigureName.DROP_RATE])
async def test_the_calls_of_a_run_come_to_the_campaigns_figure(
    started: Room, settings: Settings, name: FigureName
) -> None:
    day = Day(started, settings)
    await dialed(day)
    found = await day.opened(name, of="callback", window=Window.RUN, limit=500)
    assert {line.of for line in found.lines} == {"callback"}
    assert all(line.number for line in found.lines)
    assert Counter(line.counted.part for line in found.lines) == +found.sums.parts
    assert agrees(found)


async def test_the_calls_of_the_last_quarter_come_to_the_figure_by_the_minute(
    started: Room, settings: Settings
) -> None:
    day = Day(started, settings)
    # What fails on our side is taken back when it fails, not in the minute that it was placed in.
    await dialed(day, outcomes=[one for one in Outcome if one not in OWN_SIDE])
    found = await day.opened(FigureName.ANSWER_RATE, limit=500)
    assert found.window is Window.QUARTER
    assert agrees(found)
    late = [line for line in found.lines if line.counted.why is Why.PLACED_BEFORE]
    assert late
    assert all(line.at < found.since for line in late)


async def test_the_calls_of_a_block_come_to_what_the_law_counts(
    started: Room, settings: Settings
) -> None:
    day = Day(started, settings)
    await dialed(day, mode=Mode.PREDICTIVE)
    assert day.campaign is not None
    async with started.database.reading() as connection:
        block = (await answered_windows(connection, day.campaign, NOW)).block
    found = await day.opened(FigureName.DROP_RATE, of="callback", limit=500)
    assert found.window is Window.BLOCK
    assert (found.sums.numerator, found.sums.denominator) == (block.abandoned, block.live)
    assert block.abandoned > 0
    assert {line.counted.part for line in found.lines} == set(Part)
    assert found.told is None, "no pacer has decided yet"


async def test_a_page_of_calls_goes_on_too(started: Room, settings: Settings) -> None:
    day = Day(started, settings)
    await dialed(day, 60)
    for name in (FigureName.ANSWER_RATE, FigureName.DROP_RATE):
        whole = await day.opened(name, of="callback", window=Window.RUN, limit=500)
        first = await day.opened(name, of="callback", window=Window.RUN, limit=20)
        more = {"of": "callback", "window": Window.RUN, "limit": 20, "older": first.older}
        second = await day.opened(name, **more)
        assert [*first.lines, *second.lines] == list(whole.lines)[:40]


@pytest.mark.parametrize(
    "wanted",
    [
        {"asked": FigureName.ABANDON_RATE, "window": Window.HALF_HOUR},
        {"asked": FigureName.SERVICE_LEVEL, "window": Window.HALF_HOUR, "of": "waihu-inbound"},
        {"asked": FigureName.SERVICE_LEVEL, "of": "waihu-nowhere"},
        {"asked": FigureName.DROP_RATE},
        {"asked": FigureName.SERVICE_LEVEL, "older": "nowhere"},
        {"asked": FigureName.SERVICE_LEVEL, "older": "MjAyNi0xMS0yM1QwMTowMDowMCAx"},
    ],
)
async def test_what_no_figure_is_is_said(
    started: Room, settings: Settings, wanted: dict[str, Any]
) -> None:
    opening = Opening(settings=settings, database=started.database, snapshot=None, now=NOW)
    with pytest.raises(CommandError):
        await opening.behind(Wanted(**wanted))


# ── by an index ──────────────────────────────────────────────────────────────────────────


def all_queries() -> list[Queries]:
    stays = StaysWanted(
        engine=ENGINE, since=MONDAY_9, rules={"waihu-inbound": QueueRules()}, run_since=RUN
    )
    turns = Turn(kinds=STAY_KINDS, limit=50), Turn(kinds=CALL_KINDS, limit=50)
    late = CallsWanted(since=MONDAY_9, engine=ENGINE, late_answers=True)
    block = CallsWanted(since=MONDAY_9, until=NOW, campaign=1, answered_only=True)
    return [
        stays_queries(stays, turns[0]),
        calls_queries(late, turns[1]),
        calls_queries(replace(late, campaign=1, late_answers=False), turns[1]),
        calls_queries(block, turns[1]),
    ]


@pytest.mark.usefixtures("database_file")
async def test_no_question_reads_all_calls_that_there_ever_were(started: Room) -> None:
    """On SQLite alone: PostgreSQL plans by what a table holds, and these are empty."""
    async with started.database.reading() as connection:
        for question in [one for queries in all_queries() for one in queries]:
            plan = await plan_of(connection, question)
            assert not any(line.startswith("SCAN queue_call") for line in plan), plan
            assert not any(line.startswith("SCAN attempt") for line in plan), plan
            assert not any("ix_attempt_campaign_id" in line for line in plan), plan


async def plan_of(connection: Any, question: Select[Any]) -> Sequence[str]:
    told = question.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    rows = await connection.execute(text(f"EXPLAIN QUERY PLAN {told}"))
    return [row.detail for row in rows]
