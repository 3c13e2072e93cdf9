"""What becomes of the rows of a batch, by what is on file and by what the operator wants.

Owns: those decisions, and which of several reasons is told. Must not ask the database
(`store.on_file`) nor write to it.

A person one of whose numbers may not be called is not loaded at all (the engine would not call
the others either). A number that was found wrong (R6) is left out, and the row with it if it has
no other. Then come duplicates: within the file, in the campaign, in other running campaigns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from campaigns.appointments import AppointmentFault, check_appointment
from campaigns.campaign import Campaign
from campaigns.campaign_hours import hours_of
from campaigns.contact import Contact, ContactState, PhoneNumber
from campaigns.phone.numbers import GoodNumber
from campaigns.row.rows import GoodRow, Reason
from store.facts import zone_of
from store.list_rows import LoadRow
from store.on_file import Fault, Holder, OnFile


class OnDuplicate(StrEnum):
    """What to do with a row whose number somebody has already in a list that is not withdrawn.

    `allow` (other campaigns only): load it all the same. `update`: the contact that is there gets
    the row's name, reference, fields, priority, new numbers and consent (in another campaign a no
    alone); its history stays.
    """

    SKIP = "skip"
    UPDATE = "update"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a load is to do. `swap_list_id`: the list that it takes the place of."""

    campaign: Campaign
    load_id: int | None
    agents: frozenset[str] = frozenset()
    duplicates: OnDuplicate = OnDuplicate.SKIP
    elsewhere: OnDuplicate = OnDuplicate.ALLOW
    swap_list_id: int | None = None


class Finding(NamedTuple):
    """Why a row (by its place in the batch), or a part of it, was not loaded.

    `line`: where a duplicate stood first; `contact_id`: who has the number; `fault`: what the
    number was found to be. `row_loaded`: it was, without this part. A tuple: a list that is
    loaded twice has as many findings as rows.
    """

    place: int
    reason: Reason
    line: int | None = None
    contact_id: int | None = None
    fault: Fault | None = None
    row_loaded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A contact that is there already and gets what the row says.

    `moves`: into the new list; `new_numbers`: those of the row that nobody in its campaign has.
    """

    holder: Holder
    row: LoadRow
    moves: bool
    new_numbers: tuple[GoodNumber, ...] = ()


@dataclass(slots=True, kw_only=True)
class Sorted:
    """The batch: who is new, who is there, and what is told of the others.

    `noes`: contacts of this load's earlier rows, new ones too, to whom one that is left out says
    no.
    """

    fresh: list[LoadRow] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    noes: set[int] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


def sort_out(rows: Sequence[LoadRow], on_file: OnFile, wish: Wish, now: datetime) -> Sorted:
    """Decide for each row. `now`: for appointments (R4)."""
    if on_file.is_empty and _are_plain(rows):
        return Sorted(fresh=list(rows))
    sorter = _Sorter(on_file, wish, now)
    for place, row in enumerate(rows):
        sorter.take(place, row)
    return sorter.sorted


def _are_plain(rows: Sequence[LoadRow]) -> bool:
    """Whether no row has anything to be asked but whether its number is there already."""
    e164s = [number.e164 for row in rows for number in row.good.numbers]
    if len(set(e164s)) < len(e164s):
        return False
    return all(row.good.appointment is None for row in rows)


class _Sorter:
    """The rows so far: a number of an earlier row of the batch is a duplicate too."""

    def __init__(self, on_file: OnFile, wish: Wish, now: datetime) -> None:
        self.sorted = Sorted()
        self._on_file = on_file
        self._wish = wish
        self._now = now
        self._taken: dict[str, int | None] = {}
        self._fresh: dict[str, int] = {}
        self._updated: dict[int, int | None] = {}
        self._nothing_known = on_file.is_empty

    def take(self, place: int, row: LoadRow) -> None:
        """Decide for one row."""
        told = self._twice_in_batch(place, row.good) or self._refused(place, row.good)
        if told is not None:
            self.sorted.findings.append(told)
            if told.reason is Reason.DUPLICATE_IN_FILE and row.good.says_no_consent:
                self._hear_no(row.good)
            return
        self._taken |= dict.fromkeys(row.good.e164s, row.line)
        good = self._without_bad_appointment(place, self._without_faulty(place, row.good))
        kept = row if good is row.good else LoadRow(row.line, good)
        holder = None if self._nothing_known else self._to_update(good)
        if holder is None:
            self._fresh |= dict.fromkeys(good.e164s, len(self.sorted.fresh))
            self.sorted.fresh.append(kept)
        else:
            self.sorted.updates.append(self._update(place, kept, holder))

    def _update(self, place: int, row: LoadRow, holder: Holder) -> Update:
        self._updated[holder.contact_id] = row.line
        new, others = [], []
        for number in row.good.numbers:
            owner = self._owner(number.e164, holder.campaign_id)
            if owner is None:
                new.append(number)
            elif owner != holder.contact_id:
                # A row of its own may still bring this one up to date.
                del self._taken[number.e164]
                others.append((owner, number))
        reason = Reason.NUMBER_OF_ANOTHER
        self.sorted.findings += [
            Finding(place=place, reason=reason, contact_id=owner, row_loaded=True)
            for owner, _ in others
        ]
        left = {number for _, number in others}
        numbers = tuple(number for number in row.good.numbers if number not in left)
        return Update(
            holder=holder,
            row=LoadRow(row.line, row.good._replace(numbers=numbers)) if others else row,
            moves=self._comes_over(holder),
            new_numbers=tuple(new),
        )

    def _owner(self, e164: str, campaign_id: int) -> int | None:
        holders = self._on_file.holders.get(e164, ())
        owners = (held.contact_id for held in holders if held.campaign_id == campaign_id)
        return next(owners, None)

    def _hear_no(self, good: GoodRow) -> None:
        """A person said no, whatever an earlier row of this list says."""
        for place in {self._fresh[e164] for e164 in good.e164s if e164 in self._fresh}:
            fresh = self.sorted.fresh[place]
            self.sorted.fresh[place] = LoadRow(fresh.line, fresh.good._replace(consent=None))
        self.sorted.noes |= self._of_this_list(good)

    def _of_this_list(self, good: GoodRow) -> set[int]:
        """Those of this list who have one of the numbers."""
        holders = (held for e164 in good.e164s for held in self._on_file.holders.get(e164, ()))
        return {
            held.contact_id
            for held in holders
            if held.contact_id in self._updated or self._is_of_this_load(held)
        }

    def _twice_in_batch(self, place: int, good: GoodRow) -> Finding | None:
        for number in good.numbers:
            if number.e164 in self._taken:
                line = self._taken[number.e164]
                return Finding(place=place, reason=Reason.DUPLICATE_IN_FILE, line=line)
        return None

    def _refused(self, place: int, good: GoodRow) -> Finding | None:
        if self._nothing_known:
            return None
        e164s = good.e164s
        if any(e164 in self._on_file.barred for e164 in e164s):
            appointed = good.appointment is not None
            reason = Reason.APPOINTMENT_DO_NOT_CALL if appointed else Reason.DO_NOT_CALL
            return Finding(place=place, reason=reason)
        return self._twice(place, e164s) or self._all_faulty(place, e164s)

    def _twice(self, place: int, e164s: Sequence[str]) -> Finding | None:
        known = self._on_file.holders
        holders = [held for e164 in e164s if e164 in known for held in known[e164]]
        for held in holders:
            if held.contact_id in self._updated:
                line = self._updated[held.contact_id]
                return Finding(place=place, reason=Reason.DUPLICATE_IN_FILE, line=line)
            if self._is_of_this_load(held):
                return Finding(place=place, reason=Reason.DUPLICATE_IN_FILE, line=held.line)
        for held in holders:
            reason = self._reason_to_skip(held)
            if reason is not None:
                return Finding(place=place, reason=reason, contact_id=held.contact_id)
        return None

    def _is_of_this_load(self, held: Holder) -> bool:
        return held.load_id is not None and held.load_id == self._wish.load_id

    def _comes_over(self, held: Holder) -> bool:
        """Whether a contact of ours goes on in this list: its own is replaced by it, or is gone.

        A list of each night takes the place of the one before: who was left out once, and is in
        it again, stands in a list that nobody dials.
        """
        if held.list_id is None or held.campaign_id != self._wish.campaign.id:
            return False
        return held.is_withdrawn or held.list_id == self._wish.swap_list_id

    def _reason_to_skip(self, held: Holder) -> Reason | None:
        wish = self._wish
        if held.campaign_id == wish.campaign.id:
            stays = wish.duplicates is not OnDuplicate.UPDATE and not self._comes_over(held)
            return Reason.DUPLICATE_IN_CAMPAIGN if stays else None
        skips = held.is_running and wish.elsewhere is OnDuplicate.SKIP
        return Reason.DUPLICATE_ELSEWHERE if skips else None

    def _to_update(self, good: GoodRow) -> Holder | None:
        """Return who has one of the numbers and is to be brought up to date, ours first."""
        holders = [held for e164 in good.e164s for held in self._on_file.holders.get(e164, ())]
        ours = (held for held in holders if held.campaign_id == self._wish.campaign.id)
        if (found := next(ours, None)) is not None:
            return found
        if self._wish.elsewhere is not OnDuplicate.UPDATE:
            return None
        return next((held for held in holders if held.is_running), None)

    def _all_faulty(self, place: int, e164s: Sequence[str]) -> Finding | None:
        faults = [self._on_file.faulty.get(e164) for e164 in e164s]
        if not all(faults):
            return None
        return Finding(place=place, reason=Reason.KNOWN_FAULTY, fault=faults[0])

    def _without_faulty(self, place: int, good: GoodRow) -> GoodRow:
        faulty = self._on_file.faulty
        if not faulty or not any(e164 in faulty for e164 in good.e164s):
            return good
        self.sorted.findings += [
            Finding(
                place=place, reason=Reason.KNOWN_FAULTY, fault=faulty[number.e164], row_loaded=True
            )
            for number in good.numbers
            if number.e164 in faulty
        ]
        left = tuple(number for number in good.numbers if number.e164 not in faulty)
        return good._replace(numbers=left)

    def _without_bad_appointment(self, place: int, good: GoodRow) -> GoodRow:
        if good.appointment is None:
            return good
        reason = appointment_refusal(good, self._wish, self._now)
        if reason is None:
            return good
        self.sorted.findings.append(Finding(place=place, reason=reason, row_loaded=True))
        return good._replace(appointment=None, appointment_agent="")


_REFUSALS: Mapping[AppointmentFault, Reason] = {
    AppointmentFault.PAST: Reason.APPOINTMENT_PAST,
    AppointmentFault.OUTSIDE_WINDOW: Reason.APPOINTMENT_OUTSIDE_WINDOW,
}


def appointment_refusal(good: GoodRow, wish: Wish, now: datetime) -> Reason | None:
    """Why the row's appointment cannot be kept (R4); None: it can."""
    if good.appointment is None:
        return None
    if good.appointment_agent and good.appointment_agent not in wish.agents:
        return Reason.APPOINTMENT_UNKNOWN_AGENT
    hours = hours_of(wish.campaign, _as_contact(wish.campaign, good))
    refusal = check_appointment(good.appointment, hours, now)
    return _REFUSALS[refusal.fault] if refusal is not None else None


def _as_contact(campaign: Campaign, good: GoodRow) -> Contact:
    """The row as the rules would see it, for its hours: the campaign's, and each law's."""
    return Contact(
        id=0,
        campaign_id=campaign.id,
        zone=zone_of(good.zone) if good.zone else None,
        zones=tuple(map(zone_of, good.zones)),
        state=ContactState.OPEN,
        numbers=tuple(
            PhoneNumber(
                id=0,
                e164=number.e164,
                position=position,
                kind=number.kind.value,
                country=number.country,
            )
            for position, number in enumerate(good.numbers)
        ),
        attempts=(),
        appointment=None,
    )
