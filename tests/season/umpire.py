"""Every call of a season held against the rules, by somebody who knows none of the product's code.

Owns: the rules as a stranger would write them down: wall clocks, calendars, counts. It reads the
database with plain SQL, and never a verdict, a hint or the ledger's own word for what is allowed.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

Span = tuple[str, str]

FOUR_HOURS = timedelta(hours=4)
A_MINUTE = timedelta(seconds=60)
A_DAY = timedelta(hours=24)
UNREACHED_ON_OUR_SIDE = frozenset({"failed", "congestion", "not_sent", "skipped"})
FINAL = frozenset({"success", "success_proxy", "refused", "wrong_record"})
WRONG_NUMBER = frozenset({"vacant", "fax", "number_changed"})

CALLS = """
SELECT a.id, a.campaign_id, a.contact_id, a.number_id, a.sent_at, a.ended_at, a.outcome, a.counted,
       n.e164, c.zone, c.consent
FROM attempt a JOIN contact_number n ON n.id = a.number_id JOIN contact c ON c.id = a.contact_id
WHERE a.sent_at IS NOT NULL AND a.outcome IS NOT 'not_sent'
ORDER BY a.sent_at, a.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a campaign set itself, in plain words: spans of `HH:MM` for workdays and others.

    `rest`: no calls on these dates; `work`: Saturdays and Sundays that are worked.
    """

    workday: tuple[Span, ...]
    saturday: tuple[Span, ...]
    sunday: tuple[Span, ...]
    zone: str
    rest: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()
    daily: int = 3
    needs_consent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """The law of the numbers that begin with `prefix`; `None`: it does not ask."""

    prefix: str
    hours: Span
    a_day: int | None = None
    gap: timedelta | None = None
    in_24_hours: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as the database has it; times are aware."""

    id: str
    campaign: int
    contact: int
    number: int
    sent_at: datetime
    ended_at: datetime | None
    outcome: str
    counted: bool
    e164: str
    zone: str | None
    consent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    rule: str
    call: str
    text: str


class Umpire:
    """Judges what a season left on file."""

    def __init__(self, file: Path, houses: Mapping[int, House], laws: tuple[Law, ...]) -> None:
        self._houses, self._laws = houses, laws
        with sqlite3.connect(file) as books:
            self.calls = [_call(row) for row in books.execute(CALLS)]
            self._barred = _barred(books)
            self._promised = _promised(books)
            self._recorded = Counter(
                row[0] for row in books.execute("SELECT subject FROM ledger WHERE kind = 'call'")
            )
            self._open = [
                row[0] for row in books.execute("SELECT id FROM attempt WHERE outcome IS NULL")
            ]
        books.close()
        self._of_contact = self._by(lambda call: call.contact)
        self._of_number = self._by(lambda call: call.e164)

    def violations(self) -> Iterator[Violation]:
        """Every rule that was broken, with the call that broke it."""
        yield from (Violation(rule="I2", call=one, text="has no outcome") for one in self._open)
        for call in self.calls:
            yield from self._alone(call)
        for calls in self._of_contact.values():
            yield from self._of_one_contact(calls)
        for calls in self._of_number.values():
            yield from self._of_one_number(calls)

    def _by(self, key: object) -> dict[object, list[Call]]:
        grouped: dict[object, list[Call]] = defaultdict(list)
        for call in self.calls:
            grouped[key(call)].append(call)  # type: ignore[operator]  # a plain function
        return grouped

    # ── a call by itself ─────────────────────────────────────────────────────────────────

    def _alone(self, call: Call) -> Iterator[Violation]:
        house, here = self._houses[call.campaign], self._local(call)
        if not _within(_spans(house, here.date()), here):
            yield _broken("window", call, f"{here} is outside the campaign's windows")
        if here.date() in house.rest:
            yield _broken("holiday", call, f"{here.date()} is a public holiday")
        for law in self._laws_of(call):
            if not _within((law.hours,), here):
                yield _broken("legal hours", call, f"{here} is outside {law.hours}")
        if house.needs_consent and call.consent is None:
            yield _broken("consent", call, "nobody consented")
        if any(since <= call.sent_at < until for since, until in self._barred.get(call.e164, ())):
            yield _broken("do-not-call", call, "is on the list")
        if self._recorded[call.id] != 1:
            yield _broken("ledger", call, f"has {self._recorded[call.id]} records")

    def _local(self, call: Call) -> datetime:
        zone = call.zone or self._houses[call.campaign].zone
        return call.sent_at.astimezone(ZoneInfo(zone))

    def _laws_of(self, call: Call) -> Iterator[Law]:
        return (law for law in self._laws if call.e164.startswith(law.prefix))

    # ── calls of one contact ─────────────────────────────────────────────────────────────

    def _of_one_contact(self, calls: list[Call]) -> Iterator[Violation]:
        cap = self._houses[calls[0].campaign].daily
        wrong: set[int] = set()
        dials: Counter[date] = Counter()
        counted: Call | None = None
        for earlier, call in pairwise([None, *calls]):
            assert call is not None
            promised = self._is_promised(call, counted)
            if earlier and (earlier.outcome in FINAL or earlier.ended_at is None):
                yield _broken("R6/I1", call, f"after {earlier.outcome}")
            if earlier and earlier.ended_at and call.sent_at < earlier.ended_at:
                yield _broken("I1", call, f"amid {earlier.id}")
            if call.number in wrong:
                yield _broken("R6", call, "the number was found wrong before")
            if counted and not promised and call.sent_at - counted.sent_at < FOUR_HOURS:
                yield _broken("R5 delay", call, f"{call.sent_at - counted.sent_at} after the last")
            day = self._local(call).date()
            if not promised and dials[day] >= cap:
                yield _broken("R5 cap", call, f"is call {dials[day] + 1} on {day}")
            wrong |= {call.number} if call.outcome in WRONG_NUMBER else set()
            dials[day] += call.counted
            counted = call if call.counted else counted

    def _is_promised(self, call: Call, counted: Call | None) -> bool:
        """Whether an appointment asks for it that was made before, and that no call has used."""
        used_to = counted.sent_at if counted else datetime.min.replace(tzinfo=UTC)
        return any(
            made <= call.sent_at and used_to < at <= call.sent_at
            for made, at in self._promised.get(call.contact, ())
        )

    # ── calls to one number, whoever made them ───────────────────────────────────────────

    def _of_one_number(self, calls: list[Call]) -> Iterator[Violation]:
        ours = [call for call in calls if call.outcome not in UNREACHED_ON_OUR_SIDE]
        for law in self._laws_of(calls[0]):
            days = Counter(self._local(call).date() for call in ours)
            for day, n in days.items():
                if law.a_day is not None and n > law.a_day:
                    yield _broken("calls a day", calls[0], f"{n} on {day}")
            for one, two in pairwise(ours):
                if law.gap is not None and two.sent_at - one.sent_at < law.gap:
                    yield _broken("gap", two, f"{two.sent_at - one.sent_at} after {one.id}")
            if law.in_24_hours is not None:
                for first, last in zip(ours, ours[law.in_24_hours :], strict=False):
                    if last.sent_at - first.sent_at < A_DAY:
                        yield _broken("calls in 24 h", last, f"since {first.sent_at}")


def _broken(rule: str, call: Call, text: str) -> Violation:
    return Violation(rule=rule, call=call.id, text=text)


def _spans(house: House, day: date) -> tuple[Span, ...]:
    if day in house.work:
        return house.workday
    saturday = 5
    return {saturday: house.saturday, saturday + 1: house.sunday}.get(day.weekday(), house.workday)


def _within(spans: tuple[Span, ...], local: datetime) -> bool:
    clock = f"{local:%H:%M}"
    return any(opens <= clock < closes for opens, closes in spans)


# ── reading ──────────────────────────────────────────────────────────────────────────────


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _call(row: tuple[object, ...]) -> Call:
    one, campaign, contact, number, sent, ended, outcome, counted, e164, zone, consent = row
    at = _moment(str(sent))
    assert at is not None
    return Call(
        id=str(one),
        campaign=int(str(campaign)),
        contact=int(str(contact)),
        number=int(str(number)),
        sent_at=at,
        ended_at=_moment(ended),  # type: ignore[arg-type]  # a text or nothing
        outcome=str(outcome),
        counted=bool(counted),
        e164=str(e164),
        zone=None if zone is None else str(zone),
        consent=None if consent is None else str(consent),
    )


def _barred(books: sqlite3.Connection) -> dict[str, list[tuple[datetime, datetime]]]:
    """When each number was barred everywhere: from its entry to the entry's end."""
    barred: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    query = "SELECT e164, added_at, expires_at FROM do_not_call WHERE campaign_id IS NULL"
    for e164, added, expires in books.execute(query):
        since, until = _moment(added), _moment(expires)
        assert since is not None
        barred[e164].append((since, until or datetime.max.replace(tzinfo=UTC)))
    return barred


def _promised(books: sqlite3.Connection) -> dict[int, list[tuple[datetime, datetime]]]:
    promised: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for contact, made, at in books.execute("SELECT contact_id, made_at, at FROM appointment"):
        made_at, due = _moment(made), _moment(at)
        assert made_at is not None
        assert due is not None
        promised[contact].append((made_at, due))
    return promised
