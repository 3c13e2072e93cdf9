"""Who is on the line: the pop of the desk page, with all that an agent wants to see at once (R11).

Owns: what is on the card, in the order in which it is read, and that numbers are masked for whom
they need not concern. Must not know when a pop comes (`dialer.popping`) nor how it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.campaign import Campaign, dispositions_of
from campaigns.campaign_hours import zone_for
from campaigns.forms import Form, Question
from campaigns.kinds import Kind
from campaigns.orders.order import Order
from campaigns.outcomes import Disposition
from campaigns.phone.masked import masked
from dialer.popping import Card
from store.call_notes import CallNote, InboundResult
from store.contacts import ContactRecord
from store.screen_pop import Past, Person

Plain = dict[str, object]

OUTCOMES = (
    Disposition.SUCCESS,
    Disposition.SUCCESS_PROXY,
    Disposition.UNSUCCESSFUL,
    Disposition.APPOINTMENT,
    Disposition.REFUSED,
    Disposition.MACHINE,
    Disposition.WRONG_RECORD,
    Disposition.NUMBER_CHANGED,
    Disposition.VACANT,
    Disposition.FAX,
)
"""In the order of their keys; the tenth has 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is read beside the pop. `record`: of the contact that is meant, if it is known whom.

    `answers`: by call, of the calls in the history. `notes`: words on earlier calls that came in.
    `place`: where the number is from, by language, as far as the reader may know.
    """

    record: ContactRecord | None = None
    campaign: Campaign | None = None
    answers: Mapping[str, Mapping[str, str]] | None = None
    notes: Sequence[CallNote] = ()
    form: Form | None = None
    place: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads it, when, and by which clock."""

    sees_numbers: bool
    now: datetime
    site: ZoneInfo

    @property
    def number(self) -> Callable[[str], str]:
        """How a number is shown."""
        return str if self.sees_numbers else masked


def card_json(card: Card, beside: Beside, reader: Reader) -> Plain:
    """The card in plain values."""
    offer, found = card.offer, card.found
    people = found.people if found is not None else ()
    return {
        "call": offer.call,
        "direction": "inbound" if offer.inbound else "outbound",
        "at": card.at.isoformat(),
        "number": reader.number(offer.number) if offer.number else "",
        "place": dict(beside.place) if beside.place else None,
        "line": beside.campaign.caller_id if beside.campaign else "",
        "queue": offer.queue or None,
        "campaign": offer.campaign or None,
        "subject": found.subject if found else "",
        "script": card.script,
        "on_file": found is not None,
        "contact": contact_json(beside.record, reader) if beside.record else None,
        "people": [_person_json(one) for one in people],
        "history": _history(found.history if found else (), beside, offer.call),
        "work_orders": [order_json(one, reader.now) for one in (found.orders if found else ())],
        "flags": flags_json(card, beside, reader),
        "outcomes": outcomes_for(inbound=offer.inbound, campaign=beside.campaign),
        "form": form_json(beside.form) if beside.form else None,
        "name": next((one.name for one in beside.notes if one.name), ""),
    }


def outcomes_for(*, inbound: bool, campaign: Campaign | None) -> list[str]:
    """What the agent may say of the call, in the order of the keys (R3)."""
    if inbound:
        return [result.value for result in InboundResult]
    kind = campaign.kind if campaign else Kind.CALLBACK
    return [one.value for one in OUTCOMES if one in dispositions_of(kind)]


def contact_json(record: ContactRecord, reader: Reader) -> Plain:
    """The contact that is meant."""
    contact = record.contact
    zone, promised = zone_for(record.campaign, contact), contact.appointment
    here, there = (reader.now.astimezone(one).utcoffset() for one in (reader.site, zone))
    return {
        "contact": contact.id,
        "name": contact.name,
        "reference": contact.reference,
        "campaign": record.campaign.name,
        "custom": dict(record.custom),
        "state": contact.state.value,
        "zone": zone.key,
        "zone_differs": here != there,
        "appointment_at": promised.at.isoformat() if promised else None,
        "appointment_mine": promised.agent if promised else None,
        "appointment_by": record.appointment.made_by if record.appointment else None,
    }


def flags_json(card: Card, beside: Beside, reader: Reader) -> Plain:
    """What must not be overlooked before the first word."""
    found, record = card.found, beside.record
    told: Plain = {
        "do_not_call": bool(found and found.barred),
        "complaint": any(order.complaint for order in found.orders) if found else False,
        "overdue": any(order.is_overdue(reader.now) for order in found.orders) if found else False,
        "consent": None,
        "consent_proof": "",
        "dials_today": None,
        "daily_cap": None,
    }
    if record is None:
        return told
    told["dials_today"] = _dials_today(card, record, reader.now)
    told["daily_cap"] = record.campaign.retry.daily_attempts
    if record.contact.consent is not None:
        told["consent"] = record.contact.consent.basis.value
        told["consent_proof"] = record.contact.consent.proof
    return told


def _dials_today(card: Card, record: ContactRecord, now: datetime) -> int:
    """How often the contact was dialed today, this call among them: it may not be sent yet."""
    zone = zone_for(record.campaign, record.contact)
    today = now.astimezone(zone).date()
    earlier = sum(
        one.counted
        and one.id != card.offer.call
        and (one.sent_at or one.claimed_at).astimezone(zone).date() == today
        for one in record.attempts
    )
    return earlier + (0 if card.offer.inbound else 1)


def order_json(order: Order, now: datetime) -> Plain:
    """One work order, as short as a line."""
    return {
        "number": order.number,
        "kind": order.kind,
        "subject": order.subject,
        "state": order.state.value,
        "owner": order.owner,
        "due_at": order.due_at.isoformat() if order.due_at else None,
        "overdue": order.is_overdue(now),
    }


def form_json(form: Form) -> Plain:
    """The questionnaire; the page shows and hides, the server judges again."""
    return {
        "name": form.name,
        "title": form.title,
        "questions": [_question_json(question) for question in form.questions],
    }


def _question_json(question: Question) -> Plain:
    hangs = question.show_if
    return {
        "name": question.name,
        "ask": question.ask,
        "kind": question.kind.value,
        "required": question.required,
        "choices": list(question.choices),
        "least": question.least,
        "most": question.most,
        "show_if": {"question": hangs.question, "is": list(hangs.answers)} if hangs else None,
    }


def _person_json(person: Person) -> Plain:
    return {
        "contact": person.contact,
        "name": person.name,
        "reference": person.reference,
        "campaign": person.campaign,
    }


def _history(past: Sequence[Past], beside: Beside, now: str) -> list[Plain]:
    """Calls and words on them, newest first; a word on a call that came in stands beside it.

    A word is there before its call is on file, and stays when that is gone. `now`: the call that
    the card is of.
    """
    words = {note.call: note for note in beside.notes}
    answers = beside.answers or {}
    alone = words.keys() - {one.call for one in past} - {now}
    calls = [*past, *(_past_of(words[call]) for call in alone)]
    calls.sort(key=lambda one: one.at, reverse=True)
    return [_past_json(one, words.get(one.call), answers.get(one.call, {})) for one in calls]


def _past_of(word: CallNote) -> Past:
    return Past(
        at=word.at, inbound=True, where="", what="", agent=word.agent, note="", call=word.call
    )


def _past_json(past: Past, word: CallNote | None, answers: Mapping[str, str]) -> Plain:
    return {
        "at": past.at.isoformat(),
        "direction": "inbound" if past.inbound else "outbound",
        "where": past.where,
        "what": word.result.value if word else past.what,
        "worded": word is not None,
        "agent": past.agent or None,
        "note": word.note if word else past.note,
        "answers": dict(answers),
    }
