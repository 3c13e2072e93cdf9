"""One campaign and one contact under the law, to be changed by the tests.

Whatever is not changed is in order: a Monday morning in Shanghai, consent on file, nothing placed.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.calendars import Calendar
from campaigns.campaign import Campaign, CampaignState
from campaigns.consent import Consent, ConsentBasis
from campaigns.contact import Contact, ContactState, PastAttempt, PhoneNumber
from campaigns.judge import EngineFacts, Facts
from campaigns.kinds import Kind, Mode
from campaigns.law.abandonment import Answered
from campaigns.law.caps import NumberCall
from campaigns.law.law_choice import LawChoice
from campaigns.outcomes import Outcome, rule_of
from campaigns.retry_policy import RetryPolicy
from campaigns.windows import CallingWindows, parse
from config.regulation_file import load_regulations

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
LONDON = ZoneInfo("Europe/London")
LAWS = load_regulations()

CN_NUMBER = PhoneNumber(id=1, e164="+862155550001", position=1, country="CN")
US_NUMBER = PhoneNumber(id=1, e164="+12125550001", position=1, country="US")
FL_NUMBER = PhoneNumber(id=1, e164="+13055550001", position=1, country="US")
UK_NUMBER = PhoneNumber(id=1, e164="+442075550001", position=1, country="GB")

CAMPAIGN = Campaign(
    id=1,
    name="autumn",
    kind=Kind.CALLBACK,
    mode=Mode.PROGRESSIVE,
    dial_string="PJSIP/{number}@trunk",
    caller_id="4005550100",
    queue="waihu-callback",
    ring_timeout_s=30,
    windows=CallingWindows.every_day(parse("09:00-12:00"), parse("14:00-20:00")),
    zone=SHANGHAI,
    retry=RetryPolicy(),
    max_calls=10,
    cps=2.0,
    wrap_up_s=60,
    law=LawChoice(),
    regulations=LAWS,
    consent=Consent(basis=ConsentBasis.CONTRACT, proof="contract 2026-17", given_at=None),
)
CONTACT = Contact(
    id=1,
    campaign_id=1,
    zone=None,
    state=ContactState.OPEN,
    numbers=(CN_NUMBER,),
    attempts=(),
    appointment=None,
    list_name="november",
)
ENGINE = EngineFacts(
    link_up=True,
    stopping=False,
    agents_logged_in=3,
    agents_free=1,
    calls_in_flight=2,
    max_calls_reached=False,
)
FACTS = Facts(
    campaign=CAMPAIGN,
    campaign_state=CampaignState.RUNNING,
    contact=CONTACT,
    do_not_call=None,
    in_call=False,
    engine=ENGINE,
    number_calls=(),
    answered=Answered(live=0, abandoned=0),
)
ALL_DAY = CallingWindows.every_day(parse("00:00-24:00"))
CHINA_2026 = Calendar(
    name="CN",
    holidays=frozenset({date(2026, 11, 24)}),
    first=date(2026, 1, 1),
    last=date(2026, 12, 31),
)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """`23 10:00` in November 2026, or `2026-12-31 20:00`."""
    full = text if len(text) > len("23 10:00") else f"2026-11-{text}"
    return datetime.fromisoformat(full).replace(tzinfo=zone).astimezone(UTC)


MORNING = at("23 10:00")


def facts(**changes: Any) -> Facts:
    """Fields of the facts, of the campaign (`c_…`) and of the contact (`k_…`) by name."""
    of_campaign = {name[2:]: new for name, new in changes.items() if name.startswith("c_")}
    of_contact = {name[2:]: new for name, new in changes.items() if name.startswith("k_")}
    own = {name: new for name, new in changes.items() if name[:2] not in {"c_", "k_"}}
    return replace(
        FACTS,
        campaign=replace(CAMPAIGN, **of_campaign),
        contact=replace(CONTACT, **of_contact),
        **own,
    )


def in_america(number: PhoneNumber, zone: ZoneInfo = NEW_YORK, **changes: Any) -> Facts:
    """The same for a contact there, whose campaign dials all day."""
    there = {"c_windows": ALL_DAY, "c_zone": zone, "k_numbers": (number,)}
    return facts(**(there | changes))


def attempt(placed: datetime, outcome: Outcome = Outcome.BUSY) -> PastAttempt:
    return PastAttempt(
        placed_at=placed, outcome=outcome, number_id=1, counted=rule_of(outcome).counted
    )


def calls(
    e164: str, placed: Sequence[datetime], outcome: Outcome = Outcome.BUSY
) -> tuple[NumberCall, ...]:
    """Calls of another campaign to that number."""
    return tuple(
        NumberCall(e164=e164, placed_at=one, campaign_id=9, contact_id=7, outcome=outcome)
        for one in placed
    )
