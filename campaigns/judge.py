"""May this contact be dialed now? The one place that answers, with the rule that says so.

Owns: the order of precedence. Do-not-call goes before everything; then the contact and its
numbers, the campaign's state, the law and the lists (`campaigns.law.legal_rules`), the campaign's
windows, an appointment, the retry rule, and last what the engine lacks just now. Must not know
where the facts come from, nor the sentences that an operator reads: a verdict is a code and its
parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from campaigns.campaign import CampaignState, Mode
from campaigns.campaign_hours import due_in, own_hours, zone_for
from campaigns.contact import Contact, ContactState
from campaigns.hours import local_date, next_open
from campaigns.law.legal_rules import (
    Case,
    calendar_ends,
    case_of,
    exhausted,
    legal_objection,
    waits,
)
from campaigns.retry import Due, DueBy
from campaigns.verdicts import Code, EngineFacts, Facts, Param, Span, Verdict

__all__ = ["Code", "EngineFacts", "Facts", "Param", "Span", "Verdict", "judge"]


def judge(facts: Facts, now: datetime) -> Verdict:
    """The verdict on one contact at `now` (aware UTC).

    Asked at the claim, at the moment of sending (I3 of the house) and by `waihu why`. A yes
    holds until its window closes, as far as the contact is concerned.
    """
    case = case_of(facts, now)
    for rule in _RULES:
        objection = rule(case, now)
        if objection is not None:
            return objection
    return Verdict(code=Code.YES, until=case.open_until)


# ── the rules: each says no, with its reason, or nothing ─────────────────────────────────


def _do_not_call(case: Case, now: datetime) -> Verdict | None:
    facts = case.facts
    if facts.do_not_call is None:
        return None
    barred = Verdict(code=Code.DO_NOT_CALL, params={"source": facts.do_not_call})
    if facts.do_not_call_until is None or facts.contact.state is not ContactState.OPEN:
        return barred
    after = waits(facts, now, barred.code, barred.params, not_before=facts.do_not_call_until)
    return replace(barred, until=after.until)


def _contact_closed(case: Case, _: datetime) -> Verdict | None:
    facts = case.facts
    match facts.contact.state:
        case ContactState.OPEN:
            return None
        case ContactState.DONE:
            return Verdict(code=Code.CONTACT_DONE)
        case ContactState.FAULTY:
            return Verdict(code=Code.CONTACT_FAULTY)
        case ContactState.EXHAUSTED:
            return exhausted(facts)
        case ContactState.WITHDRAWN:
            return Verdict(code=Code.CONTACT_WITHDRAWN)
        case never:
            assert_never(never)


def _number_retired(case: Case, _: datetime) -> Verdict | None:
    facts = case.facts
    if facts.number_id is None:
        return None if facts.contact.good_numbers else Verdict(code=Code.NO_NUMBER)
    number = facts.contact.number(facts.number_id)
    if number is None:
        return Verdict(code=Code.NO_NUMBER)
    if number.retired is None:
        return None
    return Verdict(code=Code.NUMBER_RETIRED, params={"outcome": number.retired})


def _in_call(case: Case, _: datetime) -> Verdict | None:
    return Verdict(code=Code.IN_CALL) if case.facts.in_call else None


def _campaign_state(case: Case, _: datetime) -> Verdict | None:
    match case.facts.campaign_state:
        case CampaignState.RUNNING:
            return None
        case CampaignState.READY:
            return Verdict(code=Code.CAMPAIGN_NOT_STARTED)
        case CampaignState.PAUSED:
            return Verdict(code=Code.CAMPAIGN_PAUSED)
        case CampaignState.STOPPED:
            return Verdict(code=Code.CAMPAIGN_STOPPED)
        case never:
            assert_never(never)


def _not_due(case: Case, now: datetime) -> Verdict | None:
    """Window, then appointment, then retry (R4, R5): all three are one question of time.

    Whichever says no, `until` is when none of them will.
    """
    # Who was never called and is promised nothing waits for the hours alone.
    if case.open_until is not None and not _has_history(case.facts.contact):
        return None
    return _by_history(case, now)


def _by_history(case: Case, now: datetime) -> Verdict | None:
    facts, hours = case.facts, case.bounds.hours
    due = due_in(facts.campaign, facts.contact, now)
    if due.at == now:
        return None
    if due.by is DueBy.EXHAUSTED:
        return exhausted(facts)
    if due.by is DueBy.CALENDAR_ENDS and facts.campaign.calendar is not None:
        return calendar_ends(facts.campaign.calendar, due.at)
    opens = next_open(hours, now)
    if opens is None:
        return _never_open(facts, now)
    if opens > now:
        return Verdict(code=Code.OUTSIDE_WINDOW, params={"opens": opens}, until=due.at)
    return _waiting(facts, due, now)


def _has_history(contact: Contact) -> bool:
    """Whether anything but the hours says when the contact is due: a call, or a promise of one."""
    return bool(contact.attempts) or contact.appointment is not None


def _never_open(facts: Facts, now: datetime) -> Verdict:
    own = own_hours(facts.campaign, facts.contact.zone)
    never = next_open(own, now) is None
    return Verdict(code=Code.NO_WINDOW if never else Code.HOURS_APART)


def _waiting(facts: Facts, due: Due, now: datetime) -> Verdict:
    """The window is open, but the contact waits: for its mark, or for a day that has room."""
    if due.mark is not None and due.mark > now:
        return Verdict(code=_MARKS[due.mark_by], params={"mark": due.mark}, until=due.at)
    if due.by is DueBy.UNDISPOSED_NEXT_DAY:
        return Verdict(code=Code.UNDISPOSED, until=due.at)
    zone = _zone(facts)
    dials = facts.contact.dials_on(local_date(zone, now), zone)
    cap = facts.campaign.retry.daily_attempts
    return Verdict(code=Code.DAILY_CAP, params={"dials": dials, "cap": cap}, until=due.at)


def _in_turn(case: Case, now: datetime) -> Verdict | None:
    """Who keeps a place in a queue is called when its turn comes, never from the list."""
    place = case.facts.contact.place
    if place is None or case.facts.its_turn or _one_agent_calls(case.facts, now):
        return None
    return Verdict(code=Code.IN_TURN, params={"queue": place.queue, "since": place.joined_at})


def _one_agent_calls(facts: Facts, now: datetime) -> bool:
    """Whether the time has come for which one agent's call was promised: a queue picks anybody."""
    appointment = facts.contact.appointment
    if appointment is None or appointment.agent is None or appointment.at > now:
        return False
    return due_in(facts.campaign, facts.contact, now).keeps_appointment


def _link_down(case: Case, _: datetime) -> Verdict | None:
    facts = case.facts
    up = facts.engine is None or facts.engine.link_up
    return None if up else Verdict(code=Code.LINK_DOWN)


def _stopping(case: Case, _: datetime) -> Verdict | None:
    facts = case.facts
    stopping = facts.engine is not None and facts.engine.stopping
    return Verdict(code=Code.STOPPING) if stopping else None


def _store_away(case: Case, _: datetime) -> Verdict | None:
    facts = case.facts
    ok = facts.engine is None or facts.engine.store_ok
    return None if ok else Verdict(code=Code.STORE_AWAY)


def _breaker(case: Case, now: datetime) -> Verdict | None:
    facts = case.facts
    until = None if facts.engine is None else facts.engine.breaker_until
    return None if until is None or until <= now else Verdict(code=Code.BREAKER, until=until)


def _dialplan(case: Case, _: datetime) -> Verdict | None:
    facts = case.facts
    lacks = facts.engine is not None and facts.engine.dialplan_lacks
    return Verdict(code=Code.DIALPLAN) if lacks else None


def _no_agent(case: Case, _: datetime) -> Verdict | None:
    engine = case.facts.engine
    if engine is None or engine.agents_free > 0:
        return None
    if engine.agents_logged_in == 0:
        return Verdict(code=Code.NO_AGENTS)
    if case.facts.campaign.mode is Mode.PREDICTIVE:
        return None  # it dials for agents who will be free
    return Verdict(code=Code.AGENTS_BUSY, params={"logged_in": engine.agents_logged_in})


def _max_calls(case: Case, _: datetime) -> Verdict | None:
    engine = case.facts.engine
    if engine is None or not engine.max_calls_reached:
        return None
    return Verdict(code=Code.MAX_CALLS, params={"calls": engine.calls_in_flight})


_RULES: tuple[Callable[[Case, datetime], Verdict | None], ...] = (
    _do_not_call,
    _contact_closed,
    _number_retired,
    _in_call,
    _campaign_state,
    legal_objection,
    _not_due,
    _in_turn,
    _link_down,
    _stopping,
    _store_away,
    _breaker,
    _dialplan,
    _no_agent,
    _max_calls,
)

_MARKS: Mapping[DueBy, Code] = {
    DueBy.APPOINTMENT: Code.APPOINTMENT,
    DueBy.DELAY: Code.DELAY,
    DueBy.BACKOFF: Code.BACKOFF,
    DueBy.SKIPPED: Code.SKIPPED,
}


def _zone(facts: Facts) -> ZoneInfo:
    return zone_for(facts.campaign, facts.contact)
