"""The judge's short ways give the same answer as the long ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from campaigns.campaign_hours import bounds_of, due_in, hours_in, legal_hours, own_hours
from campaigns.contact import PhoneNumber
from campaigns.hours import is_open
from campaigns.judge import Code, judge
from campaigns.law.caps import calls_of, calls_to, cap_verdicts
from campaigns.law.regulation import profiles_for
from campaigns.retry import DueBy
from tests.campaigns.law_facts import (
    CAMPAIGN,
    CN_NUMBER,
    CONTACT,
    FACTS,
    FL_NUMBER,
    LOS_ANGELES,
    MORNING,
    NEW_YORK,
    SHANGHAI,
    UK_NUMBER,
    US_NUMBER,
)

numbers = st.lists(
    st.sampled_from([CN_NUMBER, US_NUMBER, FL_NUMBER, UK_NUMBER]), min_size=1, max_size=3
).map(tuple)
zones = st.sampled_from([None, SHANGHAI, NEW_YORK, LOS_ANGELES])
everywhere = st.sampled_from([(), (SHANGHAI,), (NEW_YORK, LOS_ANGELES)])
moments = st.integers(0, 10 * 24 * 60).map(lambda minutes: MORNING + timedelta(minutes=minutes))


@given(numbers=numbers, zone=zones, zones=everywhere, now=moments)
def test_who_has_no_history_waits_for_the_hours_alone(  # R5
    numbers: tuple[PhoneNumber, ...], zone: object, zones: object, now: datetime
) -> None:
    contact = replace(CONTACT, numbers=numbers, zone=zone, zones=zones)  # type: ignore[arg-type]
    bounds = bounds_of(CAMPAIGN, contact)
    due = due_in(CAMPAIGN, contact, now)
    assert is_open(bounds.hours, now) == (due.at == now)
    assert due.by in {DueBy.NEW, DueBy.WINDOW, DueBy.NEVER}
    verdict = judge(replace(FACTS, contact=contact), now)
    assert verdict.code is not Code.YES or due.at == now


@given(numbers=numbers, zone=zones, zones=everywhere, now=moments)
def test_kept_bounds_are_those_that_the_rules_give(
    numbers: tuple[PhoneNumber, ...], zone: object, zones: object, now: datetime
) -> None:
    contact = replace(CONTACT, numbers=numbers, zone=zone, zones=zones)  # type: ignore[arg-type]
    bounds = bounds_of(CAMPAIGN, contact)
    profiles = profiles_for(CAMPAIGN.law, CAMPAIGN.regulations, numbers)
    own, legal = own_hours(CAMPAIGN, contact.zone), legal_hours(CAMPAIGN, profiles, bounds.zones)
    assert (bounds.profiles, bounds.own, bounds.legal) == (profiles, own, legal)
    # The short way of the hours: open in all means open in each.
    assert is_open(bounds.hours, now) == (is_open(own, now) and is_open(legal, now))
    assert hours_in(CAMPAIGN, contact.zone).layers[0] == own.layers[0]


@given(numbers=numbers, now=moments)
def test_where_nothing_was_placed_no_limit_says_no(
    numbers: tuple[PhoneNumber, ...], now: datetime
) -> None:
    contact = replace(CONTACT, numbers=numbers)
    bounds = bounds_of(CAMPAIGN, contact)
    to_number = calls_to(numbers[0].e164, ())
    placed = to_number, calls_of(contact)
    assert cap_verdicts(bounds.profiles, *placed, CAMPAIGN.mode, bounds.zones, now) == ()
