"""The demo dials at any hour of any year: nothing in its campaign can forbid it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from campaigns.books import NO_BOOKS
from campaigns.campaign_hours import hours_in
from campaigns.hours import is_open
from campaigns.law.consent_gate import consent_objection
from campaigns.law.regulation import profiles_of_countries
from config.campaign_file import CampaignFile
from config.regulation_file import load_regulations

ROOT = Path(__file__).parents[2]
LAW = load_regulations()
CAMPAIGN = CampaignFile.load(ROOT / "examples" / "callback.toml").campaign(
    0, "Asia/Shanghai", books=replace(NO_BOOKS, regulations=LAW)
)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  hypothesis adds the zone
def test_no_window_no_law_and_no_calendar_closes_it(at: datetime) -> None:
    assert is_open(hours_in(CAMPAIGN, None, (), ("CN",)), at)


def test_its_ground_will_do_for_a_call_back() -> None:
    profiles = profiles_of_countries(CAMPAIGN.law, LAW, ("CN",))
    assert profiles
    assert consent_objection(profiles, CAMPAIGN.kind, CAMPAIGN.consent, None) is None
