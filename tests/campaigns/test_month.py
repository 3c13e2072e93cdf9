"""A month of a 10,000-contact list in virtual time: every dial asked of the judge, then audited.

The audit knows nothing of the rules' code: it reads the log of dials with the wall clock of the
contact's zone and the calendar.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from campaigns.campaign import Campaign, CampaignState, Kind, Mode
from campaigns.campaign_hours import hours_of, zone_for
from campaigns.contact import Appointment, Contact, ContactState, PastAttempt, PhoneNumber
from campaigns.judge import Facts, Verdict, judge
from campaigns.number_choice import number_to_dial
from campaigns.outcomes import Outcome, rule_of
from campaigns.retry import RetryPolicy, check_appointment, settle
from campaigns.windows import CallingWindows, parse

CONTACTS = 10_000
START = datetime(2026, 10, 15, tzinfo=UTC)  # the month holds New York's and Berlin's clock change
END = START + timedelta(days=31)
TALK = timedelta(minutes=2)
ZONES = [
    None,
    None,
    None,
    ZoneInfo("America/New_York"),
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("Australia/Lord_Howe"),
]
SHANGHAI = ZoneInfo("Asia/Shanghai")
POLICY = RetryPolicy(outcome_delays={Outcome.BUSY: timedelta(minutes=10)})
CAMPAIGN = Campaign(
    id=1,
    name="month",
    kind=Kind.CALLBACK,
    mode=Mode.PROGRESSIVE,
    dial_string="PJSIP/{number}@trunk",
    caller_id="4005550100",
    queue="waihu-callback",
    ring_timeout_s=30,
    windows=CallingWindows(
        days=((parse("09:00-12:00"), parse("14:00-20:00")),) * 5
        + ((parse("10:00-12:00"),), (parse("00:30-02:30"),)),  # a night shift on clock changes
    ),
    zone=SHANGHAI,
    retry=POLICY,
    max_calls=500,
    cps=10.0,
    wrap_up_s=60,
)
MIX = {
    Outcome.NO_ANSWER: 38,
    Outcome.BUSY: 18,
    Outcome.SWITCHED_OFF: 8,
    Outcome.SUCCESS: 8,
    Outcome.APPOINTMENT: 8,
    Outcome.UNSUCCESSFUL: 6,
    Outcome.FAILED: 5,
    Outcome.CONGESTION: 3,
    Outcome.UNDISPOSED: 2,
    Outcome.VACANT: 1,
    Outcome.WRONG_RECORD: 1,
    Outcome.REFUSED: 1,
    Outcome.LOST: 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """One line of the log: what was dialed, and the appointment that was open then."""

    at: datetime
    outcome: Outcome
    number_id: int
    appointment: datetime | None


@dataclass(slots=True, kw_only=True)
class Month:
    """The list, the log, and who is due when."""

    random: Random
    contacts: dict[int, Contact]
    log: dict[int, list[Dial]] = field(default_factory=lambda: defaultdict(list))
    due: list[tuple[datetime, int]] = field(default_factory=list)
    barred: set[int] = field(default_factory=set)

    def run(self) -> None:
        self.due = [(START, contact_id) for contact_id in self.contacts]
        heapify(self.due)
        while self.due and self.due[0][0] < END:
            at, contact_id = heappop(self.due)
            # A busy floor comes late to some, now and then by hours.
            late = timedelta(seconds=self.random.choice((0, 1, 20, 600, 9_000)))
            self._offer(contact_id, at + late)

    def _offer(self, contact_id: int, now: datetime) -> None:
        contact = self.contacts[contact_id]
        verdict = judge(facts_of(contact), now)
        if verdict.dialable:
            self._dial(contact, now)
        else:
            self._wait(contact, verdict)

    def _wait(self, contact: Contact, verdict: Verdict) -> None:
        if verdict.until is None:
            assert verdict.code == "contact_exhausted", verdict
            self.contacts[contact.id] = replace(contact, state=ContactState.EXHAUSTED)
        else:
            heappush(self.due, (verdict.until, contact.id))

    def _dial(self, contact: Contact, now: datetime) -> None:
        number = number_to_dial(contact, POLICY.numbers)
        assert number is not None
        (outcome,) = self.random.choices(list(MIX), weights=list(MIX.values()))
        booked = contact.appointment
        self.log[contact.id].append(
            Dial(
                at=now,
                outcome=outcome,
                number_id=number.id,
                appointment=None if booked is None else booked.at,
            )
        )
        attempt = PastAttempt(
            placed_at=now,
            outcome=outcome,
            number_id=number.id,
            counted=rule_of(outcome).counted,
        )
        if outcome is Outcome.APPOINTMENT:
            booked = self._appointment(contact, now)
        after = replace(contact, attempts=(*contact.attempts, attempt), appointment=booked)
        self._settle(after, attempt, now + TALK)

    def _appointment(self, contact: Contact, now: datetime) -> Appointment:
        asked = now + timedelta(minutes=self.random.randrange(5, 5_000))
        refusal = check_appointment(asked, hours_of(CAMPAIGN, contact), now)
        if refusal is not None:
            assert refusal.after is not None
            asked = self.random.choice([it for it in (refusal.before, refusal.after) if it])
        return Appointment(id=len(self.log[contact.id]), at=max(asked, now + TALK))

    def _settle(self, contact: Contact, attempt: PastAttempt, now: datetime) -> None:
        assert attempt.outcome is not None
        settlement = settle(
            contact,
            attempt.number_id,
            attempt.outcome,
            POLICY,
            hours_of(CAMPAIGN, contact),
            zone_for(CAMPAIGN, contact),
            now,
        )
        if settlement.retire_number is not None:
            contact = contact.with_retired(attempt.number_id, settlement.retire_number)
        if settlement.do_not_call:
            self.barred.add(contact.id)
        self.contacts[contact.id] = replace(
            contact,
            state=settlement.state,
            appointment=None if settlement.close_appointment else contact.appointment,
        )
        assert (settlement.next_at is None) == (settlement.state is not ContactState.OPEN)
        if settlement.next_at is not None:
            assert settlement.next_at >= now
            heappush(self.due, (settlement.next_at, contact.id))


def facts_of(contact: Contact) -> Facts:
    return Facts(
        campaign=CAMPAIGN,
        campaign_state=CampaignState.RUNNING,
        contact=contact,
        do_not_call=None,
        in_call=False,
        engine=None,
    )


def fresh(contact_id: int, random: Random) -> Contact:
    numbers = tuple(
        PhoneNumber(id=contact_id * 10 + place, e164=f"+8621555{contact_id:05}", position=place)
        for place in range(random.choice((1, 1, 2)))
    )
    return Contact(
        id=contact_id,
        campaign_id=1,
        zone=random.choice(ZONES),
        state=ContactState.OPEN,
        numbers=numbers,
        attempts=(),
        appointment=None,
    )


@pytest.fixture(scope="module")
def month() -> Month:
    random = Random(20261015)  # a reproducible crowd, no secret
    contacts = {number: fresh(number, random) for number in range(1, CONTACTS + 1)}
    played = Month(random=random, contacts=contacts)
    played.run()
    return played


def zone_of(month: Month, contact_id: int) -> ZoneInfo:
    return month.contacts[contact_id].zone or SHANGHAI


def local_day(dial: Dial, zone: ZoneInfo) -> date:
    return dial.at.astimezone(zone).date()


def counted(dials: list[Dial]) -> list[Dial]:
    uncounted = {Outcome.FAILED, Outcome.CONGESTION, Outcome.NOT_SENT, Outcome.SKIPPED}
    return [dial for dial in dials if dial.outcome not in uncounted]


def by_appointment(dial: Dial) -> bool:
    return dial.appointment is not None and dial.at >= dial.appointment


def test_the_month_is_worth_auditing(month: Month) -> None:
    dials = [dial for log in month.log.values() for dial in log]
    assert len(month.log) == CONTACTS
    assert {dial.outcome for dial in dials} == set(MIX)
    assert {contact.state for contact in month.contacts.values()} >= {
        ContactState.DONE,
        ContactState.FAULTY,
        ContactState.EXHAUSTED,
    }
    assert sum(by_appointment(dial) for dial in dials) > 1_000
    changes = {(11, 1), (10, 25)}
    assert any((dial.at.month, dial.at.day) in changes for dial in dials)


def test_every_dial_lies_in_the_window_of_its_weekday(month: Month) -> None:  # R5
    for contact_id, dials in month.log.items():
        for dial in dials:
            wall = dial.at.astimezone(zone_of(month, contact_id))
            minute = wall.hour * 60 + wall.minute
            day = CAMPAIGN.windows.days[wall.weekday()]
            assert any(window.open <= minute < window.close for window in day)


def test_no_day_has_a_fourth_dial_but_by_appointment(month: Month) -> None:  # R5
    for contact_id, dials in month.log.items():
        zone = zone_of(month, contact_id)
        earlier: Counter[date] = Counter()
        for dial in counted(dials):
            day = local_day(dial, zone)
            assert earlier[day] < POLICY.daily_attempts or by_appointment(dial)
            earlier[day] += 1


def test_the_delay_lies_before_every_dial_but_by_appointment(month: Month) -> None:  # R5
    for dials in month.log.values():
        row = counted(dials)
        for last, dial in pairwise(row):
            delay = timedelta(minutes=10) if last.outcome is Outcome.BUSY else timedelta(hours=4)
            assert dial.at - last.at >= delay or by_appointment(dial)


def test_an_undisposed_contact_rests_until_the_next_day(month: Month) -> None:
    for contact_id, dials in month.log.items():
        zone, row = zone_of(month, contact_id), counted(dials)
        for last, dial in pairwise(row):
            if last.outcome is Outcome.UNDISPOSED and not by_appointment(dial):
                assert local_day(dial, zone) > local_day(last, zone)


def test_nobody_with_an_open_appointment_is_dialed_before_it(month: Month) -> None:  # R4
    for dials in month.log.values():
        assert all(dial.appointment is None or by_appointment(dial) for dial in dials)


def test_one_counted_dial_uses_an_appointment_up(month: Month) -> None:  # R4
    for dials in month.log.values():
        used = Counter(dial.appointment for dial in counted(dials) if dial.appointment)
        assert all(times == 1 for times in used.values())


def test_failures_on_our_side_back_off(month: Month) -> None:
    for dials in month.log.values():
        for last, dial in pairwise(dials):
            if last not in counted([last]):
                assert dial.at - last.at >= POLICY.own_side_backoff


def test_a_wrong_number_and_a_closed_contact_are_never_dialed_again(month: Month) -> None:  # R6
    final = {Outcome.SUCCESS, Outcome.REFUSED, Outcome.WRONG_RECORD}
    for dials in month.log.values():
        retired: set[int] = set()
        for place, dial in enumerate(dials):
            assert dial.number_id not in retired
            if dial.outcome is Outcome.VACANT:
                retired.add(dial.number_id)
            assert dial.outcome not in final or place == len(dials) - 1


def test_everyone_who_refused_goes_on_the_do_not_call_list(month: Month) -> None:
    refused = {key for key, dials in month.log.items() if dials[-1].outcome is Outcome.REFUSED}
    assert month.barred == refused


def test_ten_days_with_attempts_are_the_most_save_for_appointments(month: Month) -> None:
    for contact_id, dials in month.log.items():
        zone = zone_of(month, contact_id)
        by_rule = [dial for dial in counted(dials) if not by_appointment(dial)]
        for dial in by_rule:
            before = {local_day(it, zone) for it in counted(dials) if it.at < dial.at}
            assert len(before | {local_day(dial, zone)}) <= POLICY.max_days


def test_every_open_contact_has_a_next_time(month: Month) -> None:
    waiting = {contact_id for _, contact_id in month.due}
    still_open = {
        key for key, contact in month.contacts.items() if contact.state is ContactState.OPEN
    }
    assert still_open <= waiting
    for contact_id in still_open:
        verdict = judge(facts_of(month.contacts[contact_id]), END)
        assert verdict.dialable or verdict.until is not None or verdict.code == "contact_exhausted"
