"""What law, lists and the campaign's own choice say against a call, in the order of precedence.

Owns: legal hours, consent, holidays, caps, the list's state, the filter, and what a profile asks
of the campaign itself. Must not know the campaign's windows and R5 (`campaigns.judge` lays them
below these). A check that cannot be made is a no.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from campaigns.calendars import Calendar
from campaigns.campaign_hours import Bounds, bounds_of, due_in, legal_hours, zone_for
from campaigns.contact import ListState
from campaigns.contact_fields import fields_of
from campaigns.filters import evaluate
from campaigns.hours import is_open, local_date, look_again, next_open, open_until
from campaigns.kinds import Mode
from campaigns.law.abandonment import is_allowed
from campaigns.law.caps import CapVerdict, calls_of, calls_to, cap_verdicts
from campaigns.law.consent_gate import consent_objection
from campaigns.law.regulation import Cap, Gap, Per, Profile, missing_profile
from campaigns.number_choice import number_to_dial
from campaigns.outcomes import Outcome
from campaigns.retry import DueBy
from campaigns.verdicts import Code, Facts, Param, Span, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The facts with the bounds that hold for them, looked up once.

    `open_until`: until when all hours are open; None: not all are now.
    """

    facts: Facts
    bounds: Bounds
    open_until: datetime | None


def case_of(facts: Facts, now: datetime) -> Case:
    """The case that the rules judge."""
    bounds = bounds_of(facts.campaign, facts.contact)
    return Case(facts=facts, bounds=bounds, open_until=open_until(bounds.hours, now))


def legal_objection(case: Case, now: datetime) -> Verdict | None:
    """The first of these rules that says no; None if all are content."""
    for rule in _RULES:
        objection = rule(case, now)
        if objection is not None:
            return objection
    return None


def free_from(facts: Facts, now: datetime) -> datetime | None:
    """Until when caps hold the contact back; None if they do not."""
    verdicts = _cap_verdicts(case_of(facts, now), now)
    return max((verdict.free_at for verdict in verdicts), default=None)


def waits(
    facts: Facts,
    now: datetime,
    code: Code,
    params: Mapping[str, Param],
    not_before: datetime | None = None,
) -> Verdict:
    """A no that time ends: until all rules that time can content are content.

    A contact whose days are used up is told so: no time would content that.
    """
    free = [at for at in (free_from(facts, now), not_before) if at is not None]
    due = due_in(facts.campaign, facts.contact, now, max(free, default=None))
    if due.by is DueBy.EXHAUSTED:
        return exhausted(facts)
    return Verdict(code=code, params=params, until=due.at)


def exhausted(facts: Facts) -> Verdict:
    """The contact was tried on all the days that the campaign allows."""
    days = len(facts.contact.days_tried(zone_for(facts.campaign, facts.contact)))
    return Verdict(code=Code.CONTACT_EXHAUSTED, params={"days": days})


# ── can the law be known? ────────────────────────────────────────────────────────────────


def _law_unknown(case: Case, _: datetime) -> Verdict | None:
    campaign = case.facts.campaign
    missing = missing_profile(campaign.law, campaign.regulations)
    return None if missing is None else Verdict(code=Code.LAW_UNKNOWN, params={"profile": missing})


def _law_unchecked(case: Case, _: datetime) -> Verdict | None:
    """What a profile asks for was not looked up."""
    facts = case.facts
    if facts.number_calls is not None and facts.answered is not None:
        return None
    unchecked = (profile for profile in case.bounds.profiles if _lacks_facts(profile, facts))
    first = next(unchecked, None)
    if first is None:
        return None
    return Verdict(code=Code.LAW_UNCHECKED, params={"profile": first.name})


def _lacks_facts(profile: Profile, facts: Facts) -> bool:
    if facts.number_calls is None and any(limit.per is Per.NUMBER for limit in profile.limits):
        return True
    shared = profile.abandon is not None and facts.campaign.mode not in profile.abandon.spares
    return shared and facts.answered is None


# ── when ─────────────────────────────────────────────────────────────────────────────────


def _legal_hours(case: Case, now: datetime) -> Verdict | None:
    if case.open_until is not None or is_open(case.bounds.legal, now):
        return None
    facts, opens = case.facts, next_open(case.bounds.legal, now)
    if opens is None:
        return Verdict(code=Code.HOURS_APART)
    params: dict[str, Param] = {"profile": _who_closes(case, now), "opens": opens}
    return waits(facts, now, Code.LEGAL_HOURS, params)


def _who_closes(case: Case, now: datetime) -> str:
    """The name of the first profile whose hours are over somewhere."""
    campaign, zones = case.facts.campaign, case.bounds.zones
    return next(
        profile.name
        for profile in case.bounds.profiles
        if not is_open(legal_hours(campaign, (profile,), zones), now)
    )


def _consent(case: Case, _: datetime) -> Verdict | None:
    campaign = case.facts.campaign
    objection = consent_objection(
        case.bounds.profiles, campaign.kind, campaign.consent, case.facts.contact.consent
    )
    if objection is None:
        return None
    code = Code.CONSENT_PROOF if objection.unproved else Code.CONSENT
    params: dict[str, Param] = {
        "profile": objection.profile.name,
        "bases": ", ".join(sorted(objection.bases)),
    }
    return Verdict(code=code, params=params)


def _holiday(case: Case, now: datetime) -> Verdict | None:
    """No window because of the calendar: the day is a holiday, or nobody knows what it is."""
    facts, calendar = case.facts, case.facts.campaign.calendar
    own, zone = case.bounds.own, case.bounds.zone
    if calendar is None or case.open_until is not None or is_open(own, now):
        return None
    opens = next_open(own, now)
    if opens is None:
        again = look_again(own, zone, now, now)
        return None if again is None else calendar_ends(calendar, again)
    if local_date(zone, now) not in calendar.holidays:
        return None
    params: dict[str, Param] = {"calendar": calendar.name, "opens": opens}
    return waits(facts, now, Code.HOLIDAY, params)


def calendar_ends(calendar: Calendar, again: datetime | None) -> Verdict:
    """Nobody knows which days to come are holidays; `again`: when to look for a new calendar."""
    params = {"calendar": calendar.name, "last": str(calendar.last)}
    return Verdict(code=Code.CALENDAR_ENDS, params=params, until=again)


# ── how often ────────────────────────────────────────────────────────────────────────────


def _caps(case: Case, now: datetime) -> Verdict | None:
    verdicts = _cap_verdicts(case, now)
    if not verdicts:
        return None
    first = min(verdicts, key=lambda verdict: _CAP_ORDER.index(_cap_code(verdict)))
    return waits(case.facts, now, _cap_code(first), _cap_params(first))


def _cap_verdicts(case: Case, now: datetime) -> tuple[CapVerdict, ...]:
    facts = case.facts
    if not facts.number_calls and not facts.contact.attempts:
        return ()
    return cap_verdicts(
        case.bounds.profiles,
        calls_to(_e164(facts), facts.number_calls or ()),
        calls_of(facts.contact),
        facts.campaign.mode,
        case.bounds.zones,
        now,
    )


def _e164(facts: Facts) -> str:
    contact = facts.contact
    if facts.number_id is not None:
        number = contact.number(facts.number_id)
    else:
        number = number_to_dial(contact, facts.campaign.retry.numbers)
    return "" if number is None else number.e164


_CAP_ORDER = (
    Code.NUMBER_CAP,
    Code.CONTACT_CAP,
    Code.NUMBER_GAP,
    Code.CONTACT_GAP,
    Code.REST,
    Code.ABANDON_LOCK,
)


def _cap_code(verdict: CapVerdict) -> Code:
    rule, of_number = verdict.rule, verdict.rule.per is Per.NUMBER
    if isinstance(rule, Cap):
        return Code.NUMBER_CAP if of_number else Code.CONTACT_CAP
    if rule.after is None:
        return Code.NUMBER_GAP if of_number else Code.CONTACT_GAP
    return Code.ABANDON_LOCK if rule.after == {Outcome.ABANDONED} else Code.REST


def _cap_params(verdict: CapVerdict) -> Mapping[str, Param]:
    profile, free = verdict.profile.name, verdict.free_at
    match verdict.rule:
        case Cap():
            span = verdict.rule.within or Span.LOCAL_DAY
            counts = {"calls": verdict.calls, "cap": verdict.cap}
            return {"profile": profile, "span": span, "free": free, **counts}
        case Gap():
            return {"profile": profile, "span": verdict.rule.wait, "free": free}


# ── which list, which contacts ───────────────────────────────────────────────────────────


def _list(case: Case, _: datetime) -> Verdict | None:
    contact = case.facts.contact
    match contact.list_state:
        case ListState.ACTIVE:
            return None
        case ListState.PAUSED | ListState.LOADING:
            return Verdict(code=Code.LIST_PAUSED, params={"list": contact.list_name})
        case ListState.WITHDRAWN:
            return Verdict(code=Code.LIST_WITHDRAWN, params={"list": contact.list_name})


def _filtered(case: Case, _: datetime) -> Verdict | None:
    campaign = case.facts.campaign
    if campaign.filter is None:
        return None
    found = evaluate(campaign.filter, fields_of(case.facts.contact, campaign.zone))
    if found.holds:
        return None
    params: dict[str, Param] = {"filter": str(campaign.filter)}
    if not found.unclear:
        return Verdict(code=Code.FILTERED, params=params)
    unclear = {"fields": ", ".join(found.unclear)}
    return Verdict(code=Code.FILTER_UNCLEAR, params=params | unclear)


# ── what a profile asks of the campaign ──────────────────────────────────────────────────


def _ring_time(case: Case, _: datetime) -> Verdict | None:
    rings = case.facts.campaign.ring_timeout_s
    for profile in case.bounds.profiles:
        if profile.ring is not None and rings < profile.ring.seconds:
            params: dict[str, Param] = {
                "profile": profile.name,
                "rings": rings,
                "least": profile.ring.seconds,
            }
            return Verdict(code=Code.RING_TIME, params=params)
    return None


def _caller_id(case: Case, _: datetime) -> Verdict | None:
    if case.facts.campaign.caller_id:
        return None
    asking = (profile.name for profile in case.bounds.profiles if profile.caller_id is not None)
    first = next(asking, None)
    return None if first is None else Verdict(code=Code.CALLER_ID, params={"profile": first})


def _abandon_rate(case: Case, now: datetime) -> Verdict | None:
    facts, answered = case.facts, case.facts.answered
    if answered is None or facts.campaign.mode is Mode.PREDICTIVE:
        # Its pacer keeps the share over the block (`dialer.pacing.price`): beyond it, one call for
        # each free agent. To bar it would leave the share as it is until the block ends.
        return None
    for profile in case.bounds.profiles:
        rule = profile.abandon
        if rule is None or facts.campaign.mode in rule.spares:
            continue
        if not is_allowed(rule, answered):
            params: dict[str, Param] = {
                "profile": profile.name,
                "abandoned": answered.abandoned,
                "live": answered.live,
            }
            too_many = Verdict(code=Code.ABANDON_RATE, params=params)
            if answered.ends is None:
                return too_many
            return waits(facts, now, too_many.code, params, not_before=answered.ends)
    return None


_RULES: tuple[Callable[[Case, datetime], Verdict | None], ...] = (
    _law_unknown,
    _law_unchecked,
    _legal_hours,
    _consent,
    _holiday,
    _caps,
    _list,
    _filtered,
    _ring_time,
    _caller_id,
    _abandon_rate,
)
