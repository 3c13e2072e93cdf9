"""The demo dials, and its hotline is open, at any hour of any year: nothing can forbid it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from asterisk.lab.callers import LANGUAGES, NEEDS
from asterisk.lab.demo import QUEUES, DemoFolders, open_hotline
from campaigns.books import NO_BOOKS
from campaigns.campaign_hours import hours_in
from campaigns.hours import is_open
from campaigns.law.consent_gate import consent_objection
from campaigns.law.regulation import profiles_of_countries
from config.calendar_file import CalendarShelf
from config.campaign_file import CampaignFile
from config.regulation_file import load_regulations
from routing.flow import Flow
from routing.flow_run import begin, opens, step
from routing.flow_talk import Began, Caller, Done, Listen, Pressed, ToQueue
from routing.loader import Surroundings, load_flow

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
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


@given(st.datetimes(datetime(2026, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  hypothesis adds the zone
def test_its_hotline_is_open(at: datetime) -> None:
    flow = demo_flow()
    assert all(opens(hours, at) for hours in flow.hours.values())


def test_its_callers_go_through_the_hotline_to_its_queues() -> None:
    """Each with the keys that simulated callers press, thinking apart."""
    flow, ends = demo_flow(), set[str]()
    for language, need in product(LANGUAGES, NEEDS):
        keys = iter([*language, *need.replace("w", "").replace("202611#", "")])
        state, action = step(flow, begin(flow, Caller(number="21000090001")), Began(), NOW)
        while not isinstance(action, ToQueue):
            came = Pressed(next(keys, "")) if isinstance(action, Listen) else Done()
            state, action = step(flow, state, came, NOW)
        ends.add(action.queue)
    assert ends <= set(QUEUES)


@cache
def demo_flow() -> Flow:
    """The flow as the demo's engine reads it."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "examples").symlink_to(ROOT / "examples")
        folders = DemoFolders(checkout=Path(folder))
        folders.run.mkdir()
        open_hotline(folders)
        site = Surroundings(
            zone="Asia/Shanghai",
            calendar=CalendarShelf(None, NOW.date()).calendar,
            queues=frozenset(QUEUES),
        )
        return load_flow(folders.flows / "hotline.toml", site)
