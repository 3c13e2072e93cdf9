"""The law in the judge: precedence, no exemption, no guess, an `until` to be relied on."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.campaign import CampaignState
from campaigns.consent import Consent, ConsentBasis
from campaigns.contact import Appointment, ContactState, ListState
from campaigns.filter_text import read_filter
from campaigns.judge import Code, Facts, judge
from campaigns.kinds import Kind, Mode
from campaigns.law.abandonment import Answered
from campaigns.law.law_choice import LawChoice
from campaigns.law.regulation import Regulations
from campaigns.outcomes import NotSent, Outcome
from campaigns.retry_policy import RetryPolicy
from campaigns.windows import CallingWindows, parse
from tests.campaigns.law_facts import (
    ALL_DAY,
    CHINA_2026,
    CN_NUMBER,
    FACTS,
    FL_NUMBER,
    LOS_ANGELES,
    MORNING,
    NEW_YORK,
    UK_NUMBER,
    US_NUMBER,
    at,
    attempt,
    calls,
    facts,
    in_america,
)

FIVE_TODAY = calls(CN_NUMBER.e164, [at(f"23 08:0{minute}") for minute in range(5)])


def code(given_facts: Facts, now: datetime = MORNING) -> Code:
    return judge(given_facts, now).code


def test_with_everything_in_order_it_is_yes_until_the_window_closes() -> None:
    verdict = judge(FACTS, MORNING)
    assert verdict.code is Code.YES
    assert verdict.until == at("23 12:00")


def test_a_yes_ends_with_the_legal_hours_if_they_end_first() -> None:
    late = judge(facts(c_windows=ALL_DAY), at("23 20:00"))
    assert (late.code, late.until) == (Code.YES, at("23 21:00"))


# ── a check that cannot be made is a no ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("unsure", "no"),
    [
        (facts(c_regulations=Regulations()), Code.LAW_UNKNOWN),
        (facts(c_law=LawChoice(profiles=("auto", "mars"))), Code.LAW_UNKNOWN),
        (facts(number_calls=None), Code.LAW_UNCHECKED),
        (in_america(US_NUMBER, answered=None), Code.LAW_UNCHECKED),
        (in_america(FL_NUMBER, number_calls=None), Code.LAW_UNCHECKED),
        (facts(c_calendar=replace(CHINA_2026, last=at("22 12:00").date())), Code.CALENDAR_ENDS),
    ],
)
def test_a_check_that_cannot_be_made_is_a_no(unsure: Facts, no: Code) -> None:
    assert code(unsure, at("24 01:00") if unsure.contact.numbers[0] != CN_NUMBER else MORNING) is no


# ── nothing is exempt, and the strictest wins ────────────────────────────────────────────


def test_an_appointment_lifts_the_campaigns_cap_and_never_the_laws() -> None:
    promised = Appointment(id=1, at=MORNING)
    mine = tuple(attempt(at(f"23 09:{minute}")) for minute in (10, 20, 30))
    assert code(facts(k_appointment=promised, k_attempts=mine)) is Code.YES
    capped = judge(facts(k_appointment=promised, number_calls=FIVE_TODAY), MORNING)
    assert capped.code is Code.NUMBER_CAP
    assert capped.until == at("24 09:00")


def test_florida_ends_an_hour_before_the_rest_of_the_country() -> None:
    evening = at("23 20:30", NEW_YORK)
    assert code(in_america(US_NUMBER), evening) is Code.YES
    verdict = judge(in_america(FL_NUMBER), evening)
    assert (verdict.code, verdict.params["profile"]) == (Code.LEGAL_HOURS, "us-fl")
    assert verdict.until == at("24 08:00", NEW_YORK)


def test_a_number_that_may_be_on_either_coast_has_the_hours_that_both_have() -> None:
    both = in_america(US_NUMBER, k_zones=(NEW_YORK, LOS_ANGELES))
    assert code(both, at("23 08:30", NEW_YORK)) is Code.LEGAL_HOURS
    assert code(both, at("23 08:00", LOS_ANGELES)) is Code.YES
    assert code(both, at("23 18:30", LOS_ANGELES)) is Code.LEGAL_HOURS
    assert judge(both, at("23 12:00", NEW_YORK)).until == at("23 21:00", NEW_YORK)


def test_hours_that_never_meet_are_told_apart_from_none() -> None:
    night = CallingWindows.every_day(parse("22:00-24:00"))
    assert code(facts(c_windows=night), at("23 22:30")) is Code.LEGAL_HOURS
    assert code(facts(c_windows=night)) is Code.HOURS_APART
    assert code(facts(c_windows=CallingWindows(days=((),) * 7))) is Code.NO_WINDOW


def test_widened_hours_are_open_where_they_may_be_widened() -> None:
    early = LawChoice(widened=parse("07:00-22:00"), reason="approved on 2026-11-20")
    assert code(facts(c_windows=ALL_DAY, c_law=early), at("23 07:30")) is Code.YES
    assert code(in_america(US_NUMBER, c_law=early), at("23 07:30", NEW_YORK)) is Code.LEGAL_HOURS


# ── consent ──────────────────────────────────────────────────────────────────────────────

NO_PROOF = Consent(basis=ConsentBasis.CONSENT, proof="", given_at=None)
PROVED = Consent(basis=ConsentBasis.REQUEST, proof="recording 4711", given_at=None)
CONTRACT = Consent(basis=ConsentBasis.CONTRACT, proof="contract 7", given_at=None)


@pytest.mark.parametrize(
    ("kind", "of_campaign", "own", "says"),
    [
        (Kind.CALLBACK, None, None, Code.CONSENT),
        (Kind.CALLBACK, CONTRACT, None, Code.YES),
        (Kind.CALLBACK, None, CONTRACT, Code.YES),
        (Kind.CALLBACK, None, NO_PROOF, Code.YES),
        (Kind.SALES, CONTRACT, None, Code.CONSENT),
        (Kind.SALES, PROVED, None, Code.CONSENT),  # a campaign cannot consent for a person
        (Kind.SALES, None, CONTRACT, Code.CONSENT),
        (Kind.SALES, None, NO_PROOF, Code.CONSENT_PROOF),
        (Kind.SALES, None, PROVED, Code.YES),
    ],
)
def test_china_asks_for_a_ground_by_kind_of_campaign(
    kind: Kind, of_campaign: Consent | None, own: Consent | None, says: Code
) -> None:
    assert code(facts(c_kind=kind, c_consent=of_campaign, k_consent=own)) is says


def test_where_no_profile_asks_no_ground_is_needed() -> None:
    there = in_america(US_NUMBER, c_kind=Kind.SALES, c_consent=None)
    assert code(there, at("23 10:00", NEW_YORK)) is Code.YES


# ── what a profile asks of the campaign ──────────────────────────────────────────────────


def test_over_three_percent_progressive_stops_and_preview_goes_on() -> None:
    now, over = at("23 10:00", NEW_YORK), Answered(live=100, abandoned=4)
    assert code(in_america(US_NUMBER, answered=over), now) is Code.ABANDON_RATE
    assert code(in_america(US_NUMBER, answered=over, c_mode=Mode.PREVIEW), now) is Code.YES
    assert code(in_america(US_NUMBER, answered=Answered(live=100, abandoned=3)), now) is Code.YES


def test_nor_is_predictive_barred_whose_pacer_keeps_the_share() -> None:
    """It dials one to one beyond it: with no calls at all the share would never come down."""
    now, over = at("23 10:00", NEW_YORK), Answered(live=100, abandoned=4)
    there = in_america(US_NUMBER, answered=over, c_mode=Mode.PREDICTIVE)
    assert code(there, now) is Code.YES


def test_a_short_ring_and_a_hidden_number_are_refused() -> None:
    now = at("23 10:00", NEW_YORK)
    assert code(in_america(US_NUMBER, c_ring_timeout_s=14), now) is Code.RING_TIME
    assert code(in_america(US_NUMBER, c_caller_id=""), now) is Code.CALLER_ID


# ── precedence ───────────────────────────────────────────────────────────────────────────


def test_the_reasons_come_in_the_order_of_precedence() -> None:
    night = at("2026-11-24 22:00")
    amiss: dict[str, Any] = {
        "do_not_call": "refused",
        "k_state": ContactState.DONE,
        "c_law": LawChoice(profiles=("auto", "mars")),
        "c_consent": None,
        "c_calendar": CHINA_2026,
        "number_calls": calls(CN_NUMBER.e164, [at(f"24 08:0{minute}") for minute in range(5)]),
        "k_list_state": ListState.PAUSED,
        "c_filter": read_filter("tries > 3"),
        "k_appointment": Appointment(id=1, at=at("25 10:00")),
    }
    mended: list[tuple[str, object, datetime | None]] = [
        ("do_not_call", None, None),
        ("k_state", ContactState.OPEN, None),
        ("c_law", LawChoice(), None),
        ("", None, at("24 10:00")),
        ("c_consent", CONTRACT, None),
        ("c_calendar", None, None),
        ("number_calls", (), None),
        ("k_list_state", ListState.ACTIVE, None),
        ("c_filter", None, at("24 13:00")),
        ("", None, at("24 15:00")),
        ("k_appointment", None, None),
    ]
    now, told = night, [code(facts(**amiss), night)]
    for name, value, later in mended:
        now = later or now
        amiss |= {name: value} if name else {}
        told.append(code(facts(**amiss), now))
    assert told == [
        Code.DO_NOT_CALL,
        Code.CONTACT_DONE,
        Code.LAW_UNKNOWN,
        Code.LEGAL_HOURS,
        Code.CONSENT,
        Code.HOLIDAY,
        Code.NUMBER_CAP,
        Code.LIST_PAUSED,
        Code.FILTERED,
        Code.OUTSIDE_WINDOW,
        Code.APPOINTMENT,
        Code.YES,
    ]


def test_a_paused_campaign_is_told_before_the_law() -> None:
    assert code(facts(campaign_state=CampaignState.PAUSED, c_consent=None)) is (
        Code.CAMPAIGN_PAUSED
    )


def test_a_no_at_the_moment_of_sending_leaves_its_reason() -> None:
    assert judge(facts(c_windows=ALL_DAY), at("23 22:00")).not_sent is NotSent.WINDOW
    assert judge(facts(number_calls=FIVE_TODAY), MORNING).not_sent is NotSent.RULES


# ── until: when none of the rules objects ────────────────────────────────────────────────


def test_an_entry_that_expires_says_when_the_contact_may_be_dialed_again() -> None:
    barred = facts(do_not_call="asked for a rest", do_not_call_until=at("23 12:30"))
    assert judge(barred, MORNING).until == at("23 14:00")
    assert judge(facts(do_not_call="refused"), MORNING).until is None


def test_whose_days_are_used_up_is_told_so_and_not_that_it_waits() -> None:
    over: dict[str, Any] = {
        "c_retry": RetryPolicy(max_days=1),
        "k_attempts": (attempt(at("20 10:00")),),
    }
    assert code(facts(c_windows=ALL_DAY, **over), at("23 22:00")) is Code.CONTACT_EXHAUSTED
    assert code(facts(number_calls=FIVE_TODAY, **over)) is Code.CONTACT_EXHAUSTED
    barred = judge(facts(do_not_call="rest", do_not_call_until=at("24 00:00"), **over), MORNING)
    assert (barred.code, barred.until) == (Code.DO_NOT_CALL, None)


def test_until_counts_every_rule_and_not_only_the_one_that_is_told() -> None:
    # Night now; at 08:00 the law opens, at 09:00 the window, but the number is free on the 25th.
    often = calls(CN_NUMBER.e164, [at(f"24 00:0{minute}") for minute in range(5)])
    verdict = judge(facts(number_calls=often), at("24 00:30"))
    assert verdict.code is Code.LEGAL_HOURS
    assert verdict.params["opens"] == at("24 08:00")
    assert verdict.until == at("25 09:00")


MINUTES = st.integers(0, 4 * 24 * 60)
TIME_CODES = {
    Code.LEGAL_HOURS,
    Code.HOLIDAY,
    Code.NUMBER_CAP,
    Code.NUMBER_GAP,
    Code.ABANDON_LOCK,
    Code.OUTSIDE_WINDOW,
    Code.APPOINTMENT,
    Code.DELAY,
    Code.DAILY_CAP,
}


@given(
    now=MINUTES,
    by_others=st.lists(MINUTES, max_size=8),
    by_us=st.lists(MINUTES, max_size=4),
    appointment=st.none() | MINUTES,
    number=st.sampled_from([CN_NUMBER, FL_NUMBER, UK_NUMBER]),
    outcome=st.sampled_from([Outcome.BUSY, Outcome.ABANDONED]),
)
def test_at_until_it_is_yes_and_a_moment_before_it_is_no(
    *,
    now: int,
    by_others: list[int],
    by_us: list[int],
    appointment: int | None,
    number: Any,
    outcome: Outcome,
) -> None:
    start = at("22 00:00")
    moment = start + timedelta(minutes=now)
    ours = sorted(start + timedelta(minutes=one) for one in by_us if one <= now)
    others = [start + timedelta(minutes=one) for one in by_others if one <= now]
    promised = None if appointment is None else start + timedelta(minutes=appointment)
    placed = calls(number.e164, others, outcome) + calls(number.e164, ours)
    situation = facts(
        c_calendar=CHINA_2026,
        k_zones=(NEW_YORK, LOS_ANGELES) if number is FL_NUMBER else (),
        k_zone=NEW_YORK if number is FL_NUMBER else None,
        k_numbers=(number,),
        k_attempts=tuple(attempt(one) for one in ours),
        k_appointment=None if promised is None else Appointment(id=1, at=promised),
        number_calls=placed,
    )
    verdict = judge(situation, moment)
    if verdict.code is Code.YES:
        return
    assert verdict.code in TIME_CODES
    assert verdict.until is not None
    assert verdict.until > moment
    assert code(situation, verdict.until) is Code.YES
    assert code(situation, verdict.until - timedelta(seconds=1)) is not Code.YES
