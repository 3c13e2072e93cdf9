"""A season of calls in virtual time: lists, rules and law on the real store, day after day.

Owns: two call-back campaigns in China that share numbers, and a sales campaign in the United
States; ticks of ten minutes in which contacts are claimed, judged again and called; and what
happens meanwhile: outcomes, appointments, people put on the do-not-call list between claim and
call. Whether all of it was allowed is the umpire's business.
"""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from campaigns.appointments import check_appointment
from campaigns.books import Books
from campaigns.campaign import Campaign, CampaignState
from campaigns.campaign_hours import hours_of
from campaigns.lists.importing import ImportOrder, import_list
from campaigns.outcomes import Outcome
from config.campaign_file import CampaignFile
from dialer.effects import EndAttempt
from dialer.ids import attempt_id
from dialer.messages import Claim
from store.campaigns import Campaigns
from store.contacts import Contacts
from store.database import Database
from store.do_not_call import DoNotCall, DoNotCallEntry
from store.hopper import Hopper
from store.outcomes import write_effect
from tests.season import people
from tests.season.umpire import House, Law

START = datetime(2026, 9, 1, tzinfo=UTC)
TICK = timedelta(minutes=10)
TICKS_AN_HOUR = 6
HOURS_A_DAY = 9
SITE_ZONE = "Asia/Shanghai"
BARRED_A_TICK = 2
AWAKE = (6, 23)
"""Agents sit at their desks longer than anybody may be called."""

WRITTEN_AT_ONCE = 48
LONGEST_CALL_S = 300

CHINA = """
name = "{name}"
kind = "callback"
dial_string = "PJSIP/{{number}}@trunk"
caller_id = "+862150000000"
queue = "callback"
calendar = "CN"
consent = "contract"
number_check = "possible"
order = "{order}"
[windows]
"mon-fri" = ["09:00-12:00", "14:00-20:00"]
"sat" = ["10:00-12:00"]
[retry]
numbers = "alternate"
"""
AMERICA = """
name = "spring"
kind = "sales"
dial_string = "PJSIP/{number}@trunk"
caller_id = "+12125550100"
queue = "sales"
country = "US"
zone = "America/New_York"
number_check = "possible"
order = "random"
[windows]
"mon-sat" = ["07:00-22:00"]
"""
HOLIDAYS = frozenset(
    [date(2026, 9, day) for day in (25, 26, 27)] + [date(2026, 10, day) for day in range(1, 8)]
)
WORKED = frozenset((date(2026, 9, 20), date(2026, 10, 10)))
CHINESE_HOUSE = House(
    workday=(("09:00", "12:00"), ("14:00", "20:00")),
    saturday=(("10:00", "12:00"),),
    sunday=(),
    zone=SITE_ZONE,
    rest=HOLIDAYS,
    work=WORKED,
)
ALL_BUT_NIGHT = (("07:00", "22:00"),)
AMERICAN_HOUSE = House(
    workday=ALL_BUT_NIGHT, saturday=ALL_BUT_NIGHT, sunday=(), zone="America/New_York"
)
LAWS = (
    Law(prefix="+86", hours=("08:00", "21:00"), a_day=5, gap=timedelta(seconds=60)),
    Law(prefix="+1", hours=("08:00", "21:00")),
    Law(prefix="+1305", hours=("08:00", "20:00"), in_24_hours=3),
)


@dataclass(kw_only=True)
class Season:
    """One season; `calls_a_day` over all campaigns, as the agents can make."""

    database: Database
    books: Books
    folder: Path
    contacts: int
    days: int
    calls_a_day: int
    random: Random
    said: Callable[[str], None] = lambda _: None
    houses: dict[int, House] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        """From the empty database to the end of the last day."""
        await self.database.upgrade()
        running = [await self._begin(*one) for one in self._plan()]
        hopper = Hopper(self.database, "engine-1", self._make_id)
        await hopper.recover(START)
        self._now = START
        ends: list[EndAttempt] = []
        for tick in range(self.days * 24 * TICKS_AN_HOUR):
            self._now = START + tick * TICK
            ends = await self._end_those_over(ends)
            for campaign in running:
                ends += await self._call(hopper, campaign)
            if tick % (24 * TICKS_AN_HOUR) == 0:
                self.said(f"{self._now:%d %b} {dict(self.counts)} {dict(self.refusals)}")
        self._now += TICK
        await self._end_those_over(ends)

    def _plan(self) -> Iterable[tuple[str, Path, House]]:
        """Three campaigns: their files, their lists, and their rules in plain words."""
        tenth = self.contacts // 10
        china, america = self.contacts - 3 * tenth, tenth
        header = ("编号", "姓名", "手机", "家庭电话", "同意依据", "同意凭证", "小区")
        for name, order, many in (("owners", "oldest", china), ("repairs", "waiting", 2 * tenth)):
            rows = people.chinese(many, self.random, shared=tenth // 2)
            yield (
                CHINA.format(name=name, order=order),
                self._list(name, header, rows),
                CHINESE_HOUSE,
            )
        rows = people.american(america, self.random)
        consented = ((*row, "consent", f"form {row[0]}", zone) for row, zone in self._zoned(rows))
        header = ("reference", "name", "phone", "consent", "consent_proof", "timezone")
        yield AMERICA, self._list("spring", header, consented), AMERICAN_HOUSE

    @staticmethod
    def _zoned(rows: Iterable[tuple[str, ...]]) -> Iterable[tuple[tuple[str, ...], str]]:
        zones = itertools.cycle(zone for _, zone in people.CITIES)
        return zip(rows, zones, strict=False)

    def _list(self, name: str, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Path:
        path = self.folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(itertools.chain([header], rows))
        return path

    async def _begin(self, described: str, rows: Path, house: House) -> Campaign:
        path = self.folder / "campaign.toml"
        path.write_text(described, encoding="utf-8")
        made = CampaignFile.load(path).campaign(0, SITE_ZONE, self.books)
        campaign = await Campaigns(self.database).save(made, START)
        order = ImportOrder(path=rows, campaign=campaign)
        report = await import_list(order, self.database, lambda: START)
        await Campaigns(self.database).set_state(campaign.id, CampaignState.RUNNING)
        self.houses[campaign.id] = house
        self.counts[f"{campaign.name} loaded"] = report.added
        return campaign

    # ── calls ────────────────────────────────────────────────────────────────────────────

    async def _call(self, hopper: Hopper, campaign: Campaign) -> list[EndAttempt]:
        """As many calls as the agents make in ten minutes; none is sent that the judge refuses."""
        here = self._now.astimezone(campaign.zone)
        if not AWAKE[0] <= here.hour < AWAKE[1]:
            return []
        many = self.calls_a_day // (HOURS_A_DAY * TICKS_AN_HOUR * len(self.houses))
        claims, _ = await hopper.claim(campaign.id, many, self._now)
        await self._bar_some(claims)
        ends = []
        for place, claim in enumerate(claims):
            at = self._now + timedelta(seconds=0.1 * place)
            verdict = await hopper.mark_sent(claim.attempt, f"{place:04d}", at)
            if not verdict.dialable:
                self.refusals[verdict.code.value] += 1
            else:
                self.counts["called"] += 1
                ends.append(await self._ended(claim, campaign, at))
        return ends

    async def _bar_some(self, claims: tuple[Claim, ...]) -> None:
        """Some ask for no more calls in the very moment in which they are to be called."""
        if not claims or self.random.random() < 0.9:
            return
        for claim in self.random.sample(claims, k=min(BARRED_A_TICK, len(claims))):
            entry = DoNotCallEntry(
                e164=claim.e164,
                campaign_id=None,
                source="operator",
                reason="letter",
                added_at=self._now,
            )
            self.counts["barred"] += await DoNotCall(self.database).add(entry)

    async def _ended(self, claim: Claim, campaign: Campaign, at: datetime) -> EndAttempt:
        outcome, said = people.outcome(self.random)
        if outcome is Outcome.SUCCESS_PROXY:
            outcome, said = Outcome.UNSUCCESSFUL, None
        over = at + timedelta(seconds=self.random.randrange(5, LONGEST_CALL_S))
        wished = None
        if outcome is Outcome.APPOINTMENT:
            wished = await self._promised(claim, campaign, over)
        return EndAttempt(
            attempt=claim.attempt,
            outcome=outcome,
            at=over,
            disposition=said,
            appointment_at=wished,
        )

    async def _promised(self, claim: Claim, campaign: Campaign, now: datetime) -> datetime | None:
        """The wished time, or the nearest one that the agent's desk offers."""
        wished = people.wished_time(self.random, now)
        contact = (await Contacts(self.database).show(claim.contact_id)).contact
        refusal = check_appointment(wished, hours_of(campaign, contact), now)
        self.counts["appointments"] += 1
        return wished if refusal is None else refusal.after

    async def _end_those_over(self, ends: list[EndAttempt]) -> list[EndAttempt]:
        over = sorted((end for end in ends if end.at <= self._now), key=lambda end: end.at)
        for batch in _batches(over):
            async with self.database.writing() as connection:
                for end in batch:
                    await write_effect(connection, end)
        return [end for end in ends if end.at > self._now]

    def _make_id(self) -> str:
        return attempt_id(self._now, self.random)


def _batches(ends: list[EndAttempt]) -> Iterable[list[EndAttempt]]:
    return (ends[at : at + WRITTEN_AT_ONCE] for at in range(0, len(ends), WRITTEN_AT_ONCE))
