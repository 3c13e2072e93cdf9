"""A campaign's list in memory, under the real rules: who is claimed, and what an end does.

Owns: what the database does for a live engine: claims in the order of serving, the second
judgement, outcomes and their settlement. It judges by `campaigns.judge` and settles by
`campaigns.retry`, as `store` does. Must not know chance, the engine or the switch.

Two things are simpler here: parts of the calls that lists keep are not minded, and an appointment
is for any agent.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from campaigns.campaign import Campaign, CampaignState
from campaigns.campaign_hours import bounds_of, zone_for
from campaigns.contact import Appointment, Contact, ContactState, PastAttempt
from campaigns.hours import Hours, is_open, next_open
from campaigns.judge import Code, Facts, Verdict, judge
from campaigns.law.abandonment import Windows
from campaigns.law.caps import NumberCall
from campaigns.number_choice import number_to_dial
from campaigns.outcomes import Outcome, rule_of
from campaigns.retry import settle
from campaigns.serving import rank_of
from campaigns.verdicts import next_look
from dialer.altered import altered
from dialer.effects import EndAttempt
from dialer.messages import CampaignRecord, Claim
from dialer.sim.law_counts import LawCounts

MOST_CANDIDATES = 256
"""At most so many are judged in one claim, as in the store."""

Key = tuple[int, int, int]
"""The place in the order of serving: appointments first, then priority, then rank."""


@dataclass(slots=True, kw_only=True)
class Try:
    """An attempt under way, or ended. `placed_at`: of its claim until it is sent."""

    contact: int
    number_id: int
    e164: str
    placed_at: datetime
    sent: bool = False
    outcome: Outcome | None = None
    tries: int = 0


@dataclass(slots=True)
class Row:
    """One contact: what the judge is told of it."""

    facts: Facts
    hours: Hours


@dataclass(slots=True)
class Queue:
    """Those who are ready and share their hours."""

    ready: list[tuple[Key, int]] = field(default_factory=list)


class Shelf:
    """The list. `cases`: its contacts with all that is known of them, at `now`.

    `answered`: the law's counts so far. `open`: who is not finished; `untried`: who of them was
    never called. Whoever is not open is counted and left alone.
    """

    def __init__(
        self,
        campaign: Campaign,
        cases: Iterable[Facts],
        now: datetime,
        answered: Windows | None = None,
    ) -> None:
        self.campaign = campaign
        self._counts = LawCounts(campaign, answered, now)
        self._rows: dict[int, Row] = {}
        self._waiting: list[tuple[float, int]] = []
        self._queues: dict[Hours, Queue] = {}
        self._tries: dict[str, Try] = {}
        self._attempts = 0
        self._held: Counter[str] = Counter()
        self._ready = 0
        self.closed: Counter[ContactState] = Counter()
        self.contacts = 0
        self.open = 0
        self.untried = 0
        for facts in cases:
            self._put(facts, now)

    def _put(self, facts: Facts, now: datetime) -> None:
        self.contacts += 1
        contact = facts.contact
        if contact.state is not ContactState.OPEN:
            self.closed[contact.state] += 1
            return
        self.open += 1
        facts = replace(
            facts,
            campaign=self.campaign,
            campaign_state=CampaignState.RUNNING,
            number_calls=facts.number_calls or (),
            in_call=False,
            engine=None,
        )
        hours = bounds_of(self.campaign, contact).hours
        self._rows[contact.id] = Row(facts, hours)
        self._queues.setdefault(hours, Queue())
        self.untried += contact.last_counted is None
        if contact.attempts or contact.appointment is not None:
            self._waits(contact.id, now)
        else:
            self._gets_ready(contact.id, contact.loaded_at or now)

    # ── standing ─────────────────────────────────────────────────────────────────────────

    def _waits(self, contact: int, until: datetime) -> None:
        heapq.heappush(self._waiting, (until.timestamp(), contact))

    def _gets_ready(self, contact_id: int, due: datetime) -> None:
        row = self._rows[contact_id]
        contact = row.facts.contact
        promised = contact.appointment is not None and contact.appointment.at <= due
        tries = sum(past.counted for past in contact.attempts)
        rank = rank_of(self.campaign.order, self.campaign.id, contact_id, tries, due)
        key = (0 if promised else 1, contact.priority, rank)
        heapq.heappush(self._queues[row.hours].ready, (key, contact_id))
        self._ready += 1

    def _closes(self, contact: int, state: ContactState) -> None:
        self.open -= 1
        self.untried -= self._rows[contact].facts.contact.last_counted is None
        self.closed[state] += 1
        del self._rows[contact]

    def _holds(self, contact: int, code: Code) -> None:
        """Held back by what time alone does not end: nobody looks at it again."""
        self.open -= 1
        self.untried -= self._rows[contact].facts.contact.last_counted is None
        self._held[code.value] += 1
        del self._rows[contact]

    def _wake(self, now: datetime) -> None:
        at = now.timestamp()
        while self._waiting and self._waiting[0][0] <= at:
            due, contact = heapq.heappop(self._waiting)
            if contact in self._rows:
                self._gets_ready(contact, datetime.fromtimestamp(due, now.tzinfo))

    # ── claims ───────────────────────────────────────────────────────────────────────────

    def claim(self, count: int, now: datetime) -> tuple[tuple[Claim, ...], datetime | None]:
        """Take up to `count` contacts that may be dialed now; and when the next one falls due."""
        self._wake(now)
        queues = [queue for hours, queue in self._queues.items() if is_open(hours, now)]
        claims: list[Claim] = []
        judged = 0
        while len(claims) < count and judged < MOST_CANDIDATES:
            first = min(
                (queue for queue in queues if queue.ready),
                key=lambda queue: queue.ready[0],
                default=None,
            )
            if first is None:
                break
            _, contact = heapq.heappop(first.ready)
            self._ready -= 1
            judged += 1
            claim = self._claim_one(contact, now)
            if claim is not None:
                claims.append(claim)
        return tuple(claims), self.next_due_at(now)

    def _claim_one(self, contact_id: int, now: datetime) -> Claim | None:
        row = self._rows.get(contact_id)
        if row is None:
            return None
        verdict = self._judge(row.facts, now)
        if not verdict.dialable:
            self._refused(contact_id, verdict, now)
            return None
        contact = row.facts.contact
        number = number_to_dial(contact, self.campaign.retry.numbers)
        if number is None:
            raise AssertionError(f"contact {contact_id} was judged dialable without a number")
        self._attempts += 1
        attempt = f"{self._attempts:026}"
        self._tries[attempt] = Try(
            contact=contact_id,
            number_id=number.id,
            e164=number.e164,
            placed_at=now,
            tries=sum(past.counted for past in contact.attempts),
        )
        return Claim(
            attempt=attempt,
            campaign_id=self.campaign.id,
            contact_id=contact_id,
            e164=number.e164,
            zone=contact.zone.key if contact.zone else None,
        )

    def _judge(self, facts: Facts, now: datetime) -> Verdict:
        return judge(altered(facts, answered=self._counts.at(now).block), now)

    def _refused(self, contact: int, verdict: Verdict, now: datetime) -> None:
        if verdict.code is Code.CONTACT_EXHAUSTED:
            self._closes(contact, ContactState.EXHAUSTED)
            return
        again = next_look(verdict, now)
        if again is None:
            self._holds(contact, verdict.code)
        else:
            self._waits(contact, again)

    def next_due_at(self, now: datetime) -> datetime | None:
        """When the next contact is worth looking at: `now`, later, or never (None)."""
        times = [next_open(hours, now) for hours, queue in self._queues.items() if queue.ready]
        if self._waiting:
            times.append(datetime.fromtimestamp(self._waiting[0][0], now.tzinfo))
        return min((at for at in times if at is not None), default=None)

    # ── the way of an attempt ────────────────────────────────────────────────────────────

    def tries_of(self, attempt: str) -> int:
        """How many counted calls the contact had before this attempt."""
        return self._tries[attempt].tries

    def mark_sent(self, attempt: str, now: datetime) -> Verdict:
        """Judge a claimed contact again; from a yes on the attempt counts."""
        made = self._tries[attempt]
        row = self._rows[made.contact]
        verdict = self._judge(altered(row.facts, number_id=made.number_id), now)
        if not verdict.dialable:
            self.free(attempt, now)
            return verdict
        made.sent, made.placed_at = True, now
        self.untried -= row.facts.contact.last_counted is None
        self._note(row, made)
        return verdict

    def free(self, attempt: str, now: datetime) -> None:
        """A claim that was never sent."""
        made = self._tries[attempt]
        if made.outcome is None:
            made.outcome = Outcome.NOT_SENT
            self._note(self._rows[made.contact], made)
            self._settle(made, now)

    def end(self, effect: EndAttempt) -> None:
        """The one outcome of an attempt."""
        made = self._tries[effect.attempt]
        if made.outcome is not None:
            return
        made.outcome = effect.outcome
        self._note(self._rows[made.contact], made)
        self._counts.ended(effect.outcome, effect.at)
        self._settle(made, effect.at, effect.appointment_at)

    def _note(self, row: Row, made: Try) -> None:
        """Write the attempt as it stands into the contact's history, and the number's."""
        counted = made.sent and (made.outcome is None or rule_of(made.outcome).counted)
        past = PastAttempt(
            placed_at=made.placed_at,
            outcome=made.outcome,
            number_id=made.number_id,
            counted=counted,
        )
        facts = row.facts
        contact, calls = facts.contact, facts.number_calls or ()
        before = tuple(one for one in contact.attempts if one.placed_at != made.placed_at)
        if made.sent:
            call = NumberCall(
                e164=made.e164,
                placed_at=made.placed_at,
                campaign_id=self.campaign.id,
                contact_id=contact.id,
                outcome=made.outcome,
            )
            calls = (*(one for one in calls if one.placed_at != made.placed_at), call)
        contact = altered(contact, attempts=(*before, past))
        row.facts = altered(facts, contact=contact, number_calls=calls)

    def _settle(self, made: Try, now: datetime, appointment_at: datetime | None = None) -> None:
        row = self._rows[made.contact]
        contact = row.facts.contact
        if appointment_at is not None:
            contact = replace(contact, appointment=Appointment(id=0, at=appointment_at))
        if made.outcome is None:
            raise AssertionError("an attempt is settled when it has ended")
        settled = settle(
            contact,
            made.number_id,
            made.outcome,
            self.campaign.retry,
            row.hours,
            zone_for(self.campaign, contact),
            now,
        )
        if settled.retire_number is not None:
            contact = contact.with_retired(made.number_id, settled.retire_number)
        if settled.close_appointment:
            contact = replace(contact, appointment=None)
        row.facts = altered(row.facts, contact=contact)
        self._stands(contact, settled.state, settled.next_at, refused=settled.do_not_call)

    def _stands(
        self, contact: Contact, state: ContactState, next_at: datetime | None, *, refused: bool
    ) -> None:
        if state is not ContactState.OPEN:
            self._closes(contact.id, state)
        elif refused or next_at is None:
            self._holds(contact.id, Code.DO_NOT_CALL if refused else Code.NO_WINDOW)
        else:
            self._waits(contact.id, next_at)

    # ── what is shown of it ──────────────────────────────────────────────────────────────

    @property
    def held(self) -> Mapping[str, int]:
        """Who is left out for good, by the code of the rule."""
        return self._held

    def record(self, now: datetime) -> CampaignRecord:
        """The campaign on file with its counts, as a load reads them."""
        self._wake(now)
        return CampaignRecord(
            campaign=self.campaign,
            state=CampaignState.RUNNING,
            contacts=self.contacts,
            open_contacts=self.open,
            due_contacts=self._ready,
            next_due_at=self.next_due_at(now),
            answered=self._counts.at(now),
        )
