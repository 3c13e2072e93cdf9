"""The hopper on a real SQLite file under any order of claims, judgements, ends, crashes, changes
by operators, and a clock that is set ahead and back (I1, I2, I3). The counts add up at each step.

What may be dialed is judged here anew from a plain account of what was sent, without the judge.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from campaigns.campaign import Campaign, CampaignState
from campaigns.contact import ListState
from campaigns.hours import Hours, Layer, is_open
from campaigns.judge import Code, judge
from campaigns.outcomes import Disposition, Ending, NotSent, Outcome, outcome_of, rule_of
from campaigns.retry_policy import RetryPolicy
from campaigns.windows import CallingWindows, parse
from dialer.effects import AmendAttempt, EndAttempt
from dialer.messages import Claim
from store.cases import load_cases
from store.database import Database
from store.do_not_call import DoNotCallEntry
from store.errors import AttemptEndedError
from store.hopper import Hopper
from store.outcomes import WriteEffect, write_effect
from tests.machines.patience import patience
from tests.store.room import MONDAY_9, Room

T = TypeVar("T")

SHANGHAI = ZoneInfo("Asia/Shanghai")
CONTACTS = 6
DELAY = timedelta(hours=1)
DIALS_A_DAY = 2
WINDOWS = ("00:00-24:00", "00:00-24:00", "00:00-24:00", "09:00-20:00", "09:05-09:30", "22:00-24:00")
STEPS_H = (-24.0, -1.0, -0.01, 1.0, 24.0)
SAID_BY_SWITCH = (
    Outcome.BUSY,
    Outcome.NO_ANSWER,
    Outcome.CONGESTION,
    Outcome.FAILED,
    Outcome.NOT_SENT,
    Outcome.LOST,
    Outcome.ABANDONED,
    Outcome.VACANT,
    Outcome.SUCCESS,
    Outcome.REFUSED,
    Outcome.UNDISPOSED,
)
WALKED_THROUGH = {
    "released",
    "a second outcome",
    "amended",
    "claims freed by a start",
    "calls left by a crash",
    "ended lost",
    "ended undisposed",
    *(f"judged {code}" for code in (Code.YES, Code.DO_NOT_CALL, Code.CAMPAIGN_PAUSED)),
    f"judged {Code.OUTSIDE_WINDOW}",
    f"judged {Code.LIST_PAUSED}",
}
"""What the walks must have led to: a rule that nothing can happen to proves nothing."""
_empty: list[Path] = []


@pytest.fixture(scope="module", autouse=True)
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A database with tables and nothing in them, copied for each run."""
    file = tmp_path_factory.mktemp("hopper") / "empty.sqlite3"

    async def make() -> None:
        async with Database(file) as database:
            await database.upgrade()

    asyncio.run(make())
    _empty[:] = [file]


@dataclass(slots=True)
class Sent:
    """An attempt that went out: when by both clocks, and what came of it."""

    claim: Claim
    at: datetime
    mono_h: float
    ahead_h: float
    outcome: Outcome | None = None

    @property
    def counts(self) -> bool:
        return self.outcome is None or rule_of(self.outcome).counted


def some_are(done: Callable[[HopperMachine], object]) -> Callable[[Any], Any]:
    """A rule for when there is something that it can happen to: no step is an empty one."""
    return precondition(lambda machine: bool(done(machine)))


class HopperMachine(RuleBasedStateMachine):
    """Two clocks, an account of what was sent, and the real store.

    `came_about`: what the walks have led to, over all of them.
    """

    came_about: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        file = Path(self.folder.name) / "waihu.sqlite3"
        shutil.copy(_empty[0], file)
        self.room = Room(Database(file))
        self.now = MONDAY_9
        self.mono_h = 0.0
        self.ahead_h = 0.0
        self.claimed: list[Claim] = []
        self.sent: list[Sent] = []
        self.over: set[int] = set()
        self.forbidden: set[str] = set()
        self.windows = CallingWindows.every_day(parse(WINDOWS[0]))
        self.running = True
        self.list_state = ListState.ACTIVE
        self.has_stepped_back = False

    def does(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(work)

    @initialize()
    def begins(self) -> None:
        policy = RetryPolicy(delay=DELAY, daily_attempts=DIALS_A_DAY)
        self.campaign = self.does(
            self.room.running_campaign(CONTACTS, self.now, windows=self.windows, retry=policy)
        )
        self.dials(2)

    @property
    def alive(self) -> list[Sent]:
        return [one for one in self.sent if one.outcome is None]

    @property
    def done(self) -> list[Sent]:
        return [one for one in self.sent if one.outcome is not None]

    @property
    def undisposed(self) -> list[Sent]:
        return [one for one in self.sent if one.outcome is Outcome.UNDISPOSED]

    # ── the engine's moves ───────────────────────────────────────────────────────────────

    @rule(count=st.integers(1, 3))
    def claims(self, count: int) -> None:
        """Contacts are claimed; none that is in the air already."""
        claims, _ = self.does(self.room.hopper.claim(self.campaign.id, count, self.now))
        in_the_air = self._in_the_air()
        for claim in claims:
            assert claim.contact_id not in in_the_air, "I1: claimed twice"
            self._may_be_called(claim)
        self.claimed += claims

    @some_are(lambda machine: machine.claimed)
    @rule(data=st.data())
    def is_sent(self, data: st.DataObject) -> None:
        """The second judgement, which is the last word before the call."""
        self._send(self.claimed.pop(data.draw(st.integers(0, len(self.claimed) - 1))))

    def _send(self, claim: Claim) -> None:
        verdict = self.does(self.room.hopper.mark_sent(claim.attempt, "1001", self.now))
        self.came_about[f"judged {verdict.code}"] += 1
        if verdict.dialable:
            self._may_be_called(claim)
            self.sent.append(Sent(claim, self.now, self.mono_h, self.ahead_h))

    @rule(count=st.integers(1, 2))
    def dials(self, count: int) -> None:
        """All is well and the usual way: claimed, judged again, sent; its end is yet to be told."""
        self.finds(count)
        while self.claimed:
            self._send(self.claimed.pop())

    def finds(self, count: int) -> None:
        """All is well: whoever may be called at all is claimed, today or tomorrow."""
        self.is_paused_or_started(running=True)
        self.list_is(ListState.ACTIVE)
        self.gets_other_windows(WINDOWS[0])
        before = len(self.claimed)
        for wait_h in (0.0, 1.0, 25.0):
            self.time_passes(wait_h)
            self.claims(count)
            if len(self.claimed) > before:
                return

    @rule(change=st.sampled_from(("forbidden", "paused", "list", "closed")))
    def is_judged_after_a_change(self, change: str) -> None:
        """Somebody changes their mind between the claim and the call (I3)."""
        if not self.claimed:
            self.finds(1)
        if not self.claimed:
            return
        claim = self.claimed.pop()
        match change:
            case "forbidden":
                self._forbid(claim.e164)
            case "paused":
                self.is_paused_or_started(running=False)
            case "list":
                self.list_is(ListState.PAUSED)
            case _:
                self.gets_other_windows("22:00-24:00")
        self._send(claim)
        self.is_paused_or_started(running=True)
        self.list_is(ListState.ACTIVE)

    @some_are(lambda machine: machine.claimed)
    @rule(data=st.data())
    def is_released(self, data: st.DataObject) -> None:
        """A claim comes to nothing."""
        claim = self.claimed.pop(data.draw(st.integers(0, len(self.claimed) - 1)))
        why = NotSent.AGENT_LEFT.value
        self._write(
            EndAttempt(attempt=claim.attempt, outcome=Outcome.NOT_SENT, at=self.now, note=why)
        )
        self.came_about["released"] += 1

    @some_are(lambda machine: machine.alive)
    @rule(data=st.data(), outcome=st.sampled_from(SAID_BY_SWITCH))
    def ends(self, data: st.DataObject, outcome: Outcome) -> None:
        """A call has its outcome."""
        self._end(data.draw(st.sampled_from(self.alive)), outcome)

    @some_are(lambda machine: machine.sent)
    @rule(data=st.data(), outcome=st.sampled_from(SAID_BY_SWITCH))
    def ends_again(self, data: st.DataObject, outcome: Outcome) -> None:
        """A second word on a call that is over changes nothing (I2)."""
        if not self.done:
            self.ends(data, outcome)
        one = data.draw(st.sampled_from(self.done))
        end = EndAttempt(attempt=one.claim.attempt, outcome=outcome, at=self.now)
        try:
            self._write(end)
        except AttemptEndedError:
            assert outcome is not one.outcome
            self.came_about["a second outcome"] += 1
        else:
            assert outcome is one.outcome

    @some_are(lambda machine: machine.undisposed or machine.alive)
    @rule(data=st.data(), word=st.sampled_from((Disposition.SUCCESS, Disposition.UNSUCCESSFUL)))
    def is_amended(self, data: st.DataObject, word: Disposition) -> None:
        """An agent's late word."""
        if not self.undisposed:
            self._end(self.alive[0], Outcome.UNDISPOSED)
        one = data.draw(st.sampled_from(self.undisposed))
        self._write(AmendAttempt(attempt=one.claim.attempt, disposition=word, at=self.now))
        one.outcome = outcome_of(word)
        self._note_end(one)
        self.came_about["amended"] += 1

    @some_are(lambda machine: len(machine.claimed) + len(machine.alive) > 1)
    @rule()
    def crashes(self) -> None:
        """The engine dies and recovers: claims are freed, what was sent is known (I2)."""
        self.room.hopper = Hopper(self.room.database, "engine-1", self.room.make_id)
        left = self.does(self.room.hopper.recover(self.now))
        self.came_about["claims freed by a start"] += len(self.claimed)
        self.came_about["calls left by a crash"] += len(self.alive)
        self.claimed.clear()
        assert {one.attempt for one in left} == {one.claim.attempt for one in self.alive}
        for one in self.alive:
            self._end(one, Outcome.LOST)

    # ── operators and clocks ─────────────────────────────────────────────────────────────

    @rule(nth=st.integers(0, CONTACTS - 1))
    def is_forbidden(self, nth: int) -> None:
        """A number comes on the do-not-call list."""
        self._forbid(f"+8613{nth:09d}")

    def _forbid(self, number: str) -> None:
        entry = DoNotCallEntry(
            e164=number, campaign_id=None, source="test", reason="asked", added_at=self.now
        )
        self.does(self.room.do_not_call.add(entry))
        self.forbidden.add(number)

    @rule(running=st.sampled_from((True, True, True, False)))
    def is_paused_or_started(self, running: bool) -> None:  # noqa: FBT001  drawn
        """The manager wants the campaign to dial, or not."""
        state = CampaignState.RUNNING if running else CampaignState.PAUSED
        self.does(self.room.campaigns.set_state(self.campaign.id, state))
        self.running = running

    @rule(state=st.sampled_from((ListState.ACTIVE, ListState.PAUSED, ListState.WITHDRAWN)))
    def list_is(self, state: ListState) -> None:
        """The manager takes the list out, or puts it in again."""
        self._rows("SELECT 1", f"UPDATE call_list SET state = '{state.value}'")  # noqa: S608  a word of ours
        self.list_state = state

    @rule(hours=st.sampled_from(WINDOWS))
    def gets_other_windows(self, hours: str) -> None:
        """The manager changes the calling windows."""
        self.windows = CallingWindows.every_day(parse(hours))
        changed = replace(self.campaign, windows=self.windows)
        self.campaign = self.does(self.room.campaigns.save(changed, self.now))

    @rule(hours=st.sampled_from((0.02, 0.3, 0.9, 1.0, 6.0, 13.0, 25.0)))
    def time_passes(self, hours: float) -> None:
        """Both clocks go on."""
        self.mono_h += hours
        self.now += timedelta(hours=hours)

    @rule(hours=st.sampled_from(STEPS_H))
    def clock_steps(self, hours: float) -> None:
        """Somebody sets the clock."""
        self.now += timedelta(hours=hours)
        self.ahead_h += max(0.0, hours)
        self.has_stepped_back |= hours < 0

    # ── what must hold ───────────────────────────────────────────────────────────────────

    @invariant()
    def one_open_attempt_a_contact(self) -> None:  # I1
        rows = self._rows("SELECT contact_id FROM attempt WHERE outcome IS NULL")
        assert len(rows) == len(set(rows))
        assert {row[0] for row in rows} == self._in_the_air()

    @invariant()
    def outcomes_are_what_was_said_first(self) -> None:  # I2
        rows = self._rows("SELECT id, outcome, counted FROM attempt WHERE sent_at IS NOT NULL")
        said = {one.claim.attempt: one for one in self.sent}
        assert {row[0] for row in rows} == said.keys()
        for attempt, outcome, counted in rows:
            one = said[attempt]
            assert (outcome, bool(counted)) == (one.outcome, one.counts), attempt

    @invariant()
    def counts_add_up(self) -> None:
        """Each contact is counted once, and nobody who may be dialed is counted elsewhere."""
        record = self.does(self.room.campaigns.get(self.campaign.id, self.now))
        held, closed = Counter(record.held_contacts), Counter(record.closed_contacts)
        assert record.contacts == CONTACTS
        assert record.due_contacts + held.total() + closed.total() == CONTACTS
        states = dict(self._rows("SELECT id, state FROM contact"))
        assert closed == Counter(state for state in states.values() if state != "open")
        in_the_air = [one for one in self._in_the_air() if states[one] == "open"]
        assert held[Code.IN_CALL] == len(in_the_air)
        judged = self._judged(record.campaign, list(states))
        # After a step back of the clock the engine has all judged anew; nobody does here.
        assert self.has_stepped_back or judged[Code.YES] <= record.due_contacts
        assert held[Code.LIST_PAUSED] >= judged[Code.LIST_PAUSED]
        assert held[Code.LIST_WITHDRAWN] >= judged[Code.LIST_WITHDRAWN]

    def _judged(self, campaign: Campaign, ids: list[int]) -> Counter[Code]:
        async def work() -> Counter[Code]:
            async with self.room.database.reading() as connection:
                running = CampaignState.RUNNING
                cases = await load_cases(connection, campaign, running, ids, self.now)
                return Counter(judge(facts, self.now).code for facts in cases.values())

        return self.does(work())

    @invariant()
    def tallies_are_what_a_count_gives(self) -> None:
        what = "SELECT pool_id, state, standing, {} AS n FROM {} GROUP BY 1, 2, 3"
        kept = self._rows(what.format("sum(n)", "tally") + " HAVING sum(n) <> 0")
        assert sorted(kept) == sorted(self._rows(what.format("count(*)", "contact")))

    def _in_the_air(self) -> set[int]:
        return {claim.contact_id for claim in (*self.claimed, *(s.claim for s in self.alive))}

    def _may_be_called(self, claim: Claim) -> None:
        """I3, by the account."""
        assert claim.e164 not in self.forbidden, "I3: on the do-not-call list"
        assert claim.contact_id not in self.over, "I3: done with"
        assert self.running, "I3: paused"
        assert self.list_state is ListState.ACTIVE, "I3: the list is taken out"
        hours = Hours(layers=(Layer(windows=self.windows, zone=SHANGHAI),))
        assert is_open(hours, self.now), "I3: outside the window"
        counted = [
            one for one in self.sent if one.claim.contact_id == claim.contact_id and one.counts
        ]
        today = self.now.astimezone(SHANGHAI).date()
        dials = sum(one.at.astimezone(SHANGHAI).date() == today for one in counted)
        assert dials < DIALS_A_DAY, "I3: over the daily cap"
        for one in counted:
            assert one.at + DELAY <= self.now, "I3: before the delay is over"
            # A clock set ahead shortens a wait, for nobody can know; one set back never does.
            waited_h = (self.mono_h - one.mono_h) + (self.ahead_h - one.ahead_h)
            assert waited_h >= DELAY / timedelta(hours=1) - 1e-6, "dialed early by a step back"

    def _end(self, one: Sent, outcome: Outcome) -> None:
        self._write(EndAttempt(attempt=one.claim.attempt, outcome=outcome, at=self.now))
        one.outcome = outcome
        self._note_end(one)
        self.came_about[f"ended {outcome}"] += 1

    def _note_end(self, one: Sent) -> None:
        assert one.outcome is not None
        ruled = rule_of(one.outcome)
        if ruled.ends in (Ending.DONE, Ending.FAULTY) or ruled.retires_number:
            self.over.add(one.claim.contact_id)
        if ruled.do_not_call:
            self.forbidden.add(one.claim.e164)

    def _write(self, effect: WriteEffect) -> None:
        async def work() -> None:
            async with self.room.database.writing() as connection:
                await write_effect(connection, effect)

        self.does(work())

    def _rows(self, query: str, change: str = "") -> list[tuple[Any, ...]]:
        async def work() -> list[tuple[Any, ...]]:
            if change:
                async with self.room.database.writing() as connection:
                    await connection.execute(text(change))
            async with self.room.database.reading() as connection:
                return [tuple(row) for row in await connection.execute(text(query))]

        return self.does(work())

    def teardown(self) -> None:
        self.does(self.room.database.close())
        self.loop.close()
        self.folder.cleanup()


def test_the_hopper_under_any_order_of_moves() -> None:
    HopperMachine.came_about.clear()
    run_state_machine_as_test(HopperMachine, settings=patience(examples=20, steps=30))
    missing = {one for one in WALKED_THROUGH if not HopperMachine.came_about[one]}
    assert not missing, f"no walk led to {missing}"
