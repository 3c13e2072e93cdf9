"""`waihu why` gives the true reason in one line: prepared situations, each with its sentence.

The issue asks for thirty. Each row is a situation, the moment, the code and the English sentence
that the command prints after the contact's name. Times are on the contact's clock.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from campaigns.campaign import CampaignState
from campaigns.cli.verdict_text import verdict_sentence
from campaigns.consent import Consent, ConsentBasis
from campaigns.contact import Appointment, ContactState, ListState
from campaigns.filter_text import read_filter
from campaigns.judge import Code, Facts, judge
from campaigns.kinds import Kind
from campaigns.law.abandonment import Answered
from campaigns.law.law_choice import LawChoice
from campaigns.outcomes import Outcome
from campaigns.windows import CallingWindows, parse
from config import language
from tests.campaigns.law_facts import (
    ALL_DAY,
    CHINA_2026,
    CN_NUMBER,
    ENGINE,
    FACTS,
    FL_NUMBER,
    MORNING,
    NEW_YORK,
    SHANGHAI,
    UK_NUMBER,
    US_NUMBER,
    at,
    attempt,
    calls,
    facts,
    in_america,
)

NOON, EVENING = at("23 12:30"), at("23 15:00")
CN, FL = CN_NUMBER.e164, FL_NUMBER.e164
FIVE_TODAY = calls(CN, [at(f"23 08:0{minute}") for minute in range(5)])
THREE_TODAY = tuple(attempt(at(f"23 0{hour}:00")) for hour in (7, 8, 9))
DEBT = LawChoice(profiles=("auto", "us-reg-f"))
NO_PROOF = Consent(basis=ConsentBasis.CONSENT, proof="", given_at=None)
US_MORNING = at("23 10:00", NEW_YORK)


class Row(NamedTuple):
    """A situation, when it is judged, and what is said of it."""

    name: str
    facts: Facts
    now: datetime
    code: Code
    sentence: str


def engine(**changes: object) -> Facts:
    return replace(FACTS, engine=replace(ENGINE, **changes))  # type: ignore[arg-type]  # by name


TABLE = (
    Row("nothing in the way", FACTS, MORNING, Code.YES, "may be dialed now"),
    # Do-not-call.
    Row(
        "refused",
        facts(do_not_call="refused"),
        MORNING,
        Code.DO_NOT_CALL,
        "is on the do-not-call list (the person refused further calls)",
    ),
    Row(
        "barred by the company, before everything else",
        facts(do_not_call="12321 complaint", c_consent=None, number_calls=FIVE_TODAY),
        at("23 23:00"),
        Code.DO_NOT_CALL,
        "is on the do-not-call list (12321 complaint)",
    ),
    # The contact and the campaign.
    Row(
        "reached",
        facts(k_state=ContactState.DONE),
        MORNING,
        Code.CONTACT_DONE,
        "is done: the contact was reached, or wants no more calls",
    ),
    Row(
        "faulty data (R6)",
        facts(k_state=ContactState.FAULTY),
        MORNING,
        Code.CONTACT_FAULTY,
        "is faulty data: not dialed again until it is corrected",
    ),
    Row(
        "exhausted",
        facts(k_state=ContactState.EXHAUSTED, k_attempts=THREE_TODAY),
        MORNING,
        Code.CONTACT_EXHAUSTED,
        "was tried on 1 days, all that the campaign allows; it can be reopened",
    ),
    Row(
        "no good number (R6)",
        facts(k_numbers=(replace(CN_NUMBER, retired=Outcome.VACANT),)),
        MORNING,
        Code.NO_NUMBER,
        "has no number left to dial",
    ),
    Row(
        "in a call",
        facts(in_call=True),
        MORNING,
        Code.IN_CALL,
        "is being called right now",
    ),
    Row(
        "campaign not started",
        facts(campaign_state=CampaignState.READY),
        MORNING,
        Code.CAMPAIGN_NOT_STARTED,
        "waits: the campaign has not been started",
    ),
    Row(
        "campaign paused",
        facts(campaign_state=CampaignState.PAUSED),
        MORNING,
        Code.CAMPAIGN_PAUSED,
        "waits: the campaign is paused",
    ),
    # The law.
    Row(
        "a regulation that nobody has",
        facts(c_law=LawChoice(profiles=("mars",))),
        MORNING,
        Code.LAW_UNKNOWN,
        "is not dialed: the regulation mars is nowhere to be found",
    ),
    Row(
        "calls to the number not looked up",
        facts(number_calls=None),
        MORNING,
        Code.LAW_UNCHECKED,
        "is not dialed: what cn asks for cannot be looked up just now",
    ),
    Row(
        "night in China",
        facts(c_windows=ALL_DAY),
        at("23 21:30"),
        Code.LEGAL_HOURS,
        "waits: outside the legal hours (cn), which begin tomorrow 08:00",
    ),
    Row(
        "after eight in Florida",
        in_america(FL_NUMBER),
        at("23 20:30", NEW_YORK),
        Code.LEGAL_HOURS,
        "waits: outside the legal hours (us-fl), which begin tomorrow 08:00",
    ),
    Row(
        "a window in the night",
        facts(c_windows=CallingWindows.every_day(parse("22:00-23:00"))),
        MORNING,
        Code.HOURS_APART,
        "is never dialed: its calling windows and legal hours have no time in common",
    ),
    Row(
        "no ground for the call",
        facts(c_consent=None),
        MORNING,
        Code.CONSENT,
        "may not be called: cn wants a ground (consent, contract, request) "
        "and there is none on file",
    ),
    Row(
        "a sales call on a contract alone",
        facts(c_kind=Kind.SALES),
        MORNING,
        Code.CONSENT,
        "may not be called: cn wants a ground (consent, request) and there is none on file",
    ),
    Row(
        "consent without a proof",
        facts(c_kind=Kind.SALES, k_consent=NO_PROOF),
        MORNING,
        Code.CONSENT_PROOF,
        "may not be called: cn wants its consent proved and there is no proof on file",
    ),
    Row(
        "a holiday",
        facts(c_calendar=CHINA_2026),
        at("24 10:00"),
        Code.HOLIDAY,
        "waits: a public holiday (CN); the window opens tomorrow 09:00",
    ),
    Row(
        "past the calendar",
        facts(c_calendar=CHINA_2026),
        at("2027-01-04 10:00"),
        Code.CALENDAR_ENDS,
        "waits: the public holidays of CN are known until 2026-12-31 only; after that "
        "nobody is called before a new calendar is there",
    ),
    Row(
        "five calls today, by all campaigns",
        facts(number_calls=FIVE_TODAY),
        MORNING,
        Code.NUMBER_CAP,
        "waits until tomorrow 00:00: its number was called 5 times within a local day, cn allows 5",
    ),
    Row(
        "an appointment does not lift the law's cap",
        facts(number_calls=FIVE_TODAY, k_appointment=Appointment(id=1, at=MORNING)),
        MORNING,
        Code.NUMBER_CAP,
        "waits until tomorrow 00:00: its number was called 5 times within a local day, cn allows 5",
    ),
    Row(
        "three calls in 24 hours in Florida",
        in_america(
            FL_NUMBER,
            number_calls=calls(FL, [US_MORNING - timedelta(hours=hour) for hour in (20, 1, 2)]),
        ),
        US_MORNING,
        Code.NUMBER_CAP,
        "waits until today 14:00: its number was called 3 times within 24 h, us-fl allows 3",
    ),
    Row(
        "another campaign called a moment ago",
        facts(number_calls=calls(CN, [MORNING - timedelta(seconds=20)])),
        MORNING,
        Code.NUMBER_GAP,
        "waits until today 10:00: cn wants 1 min between two calls to a number",
    ),
    Row(
        "seven calls in seven days for one debt",
        in_america(
            US_NUMBER,
            c_law=DEBT,
            k_attempts=tuple(
                attempt(US_MORNING - timedelta(days=day, hours=1)) for day in range(6, -1, -1)
            ),
        ),
        US_MORNING,
        Code.CONTACT_CAP,
        "waits until tomorrow 09:00: it was called 7 times within 168 h, us-reg-f allows 7",
    ),
    Row(
        "a conversation about a debt",
        in_america(
            US_NUMBER,
            c_law=DEBT,
            k_attempts=(attempt(US_MORNING - timedelta(days=1), Outcome.UNSUCCESSFUL),),
        ),
        US_MORNING,
        Code.REST,
        "waits until 2026-11-29 Sun 10:00: us-reg-f wants 168 h of rest after such a call",
    ),
    Row(
        "abandoned in the United Kingdom",
        facts(
            k_numbers=(UK_NUMBER,),
            number_calls=calls(UK_NUMBER.e164, [at("22 10:00")], Outcome.ABANDONED),
        ),
        MORNING,
        Code.ABANDON_LOCK,
        "waits until 2026-11-25 Wed 10:00: we abandoned a call to it, after which uk-ofcom "
        "wants 72 h",
    ),
    # The list and the filter.
    Row(
        "list paused",
        facts(k_list_state=ListState.PAUSED),
        MORNING,
        Code.LIST_PAUSED,
        "waits: its list november is paused",
    ),
    Row(
        "list withdrawn",
        facts(k_list_state=ListState.WITHDRAWN),
        MORNING,
        Code.LIST_WITHDRAWN,
        "is not dialed: its list november was withdrawn",
    ),
    Row(
        "not wanted",
        facts(c_filter=read_filter('城市 = "上海"'), k_custom={"城市": "北京"}),
        MORNING,
        Code.FILTERED,
        'is not among those that the campaign wants: 城市 = "上海"',
    ),
    Row(
        "nobody can tell whether it is wanted",
        facts(c_filter=read_filter("age >= 30")),
        MORNING,
        Code.FILTER_UNCLEAR,
        "is not among those that the campaign wants: age >= 30 (missing, or of another type: age)",
    ),
    # What a profile asks of the campaign.
    Row(
        "rings too short",
        in_america(US_NUMBER, c_ring_timeout_s=12),
        US_MORNING,
        Code.RING_TIME,
        "is not dialed: the campaign rings for 12 s, us-tsr wants 15 s",
    ),
    Row(
        "no caller number",
        in_america(US_NUMBER, c_caller_id=""),
        US_MORNING,
        Code.CALLER_ID,
        "is not dialed: the campaign shows no caller number, which us-tsr wants",
    ),
    Row(
        "too many abandoned",
        in_america(US_NUMBER, answered=Answered(live=1000, abandoned=31)),
        US_MORNING,
        Code.ABANDON_RATE,
        "is not dialed: 31 of 1000 answers were abandoned, more than us-tsr allows; "
        "preview may go on",
    ),
    # The campaign's own hours, appointments and R5.
    Row(
        "between two windows",
        FACTS,
        NOON,
        Code.OUTSIDE_WINDOW,
        "waits: outside the calling window, which opens today 14:00",
    ),
    Row(
        "an appointment (R4)",
        facts(k_appointment=Appointment(id=1, at=at("24 19:30"))),
        MORNING,
        Code.APPOINTMENT,
        "has an appointment tomorrow 19:30 and is not dialed before",
    ),
    Row(
        "four hours since the last call (R5)",
        facts(k_attempts=(attempt(at("23 11:00")),)),
        at("23 14:30"),
        Code.DELAY,
        "waits since the last call, until today 15:00",
    ),
    Row(
        "three dials today (R5)",
        facts(k_attempts=THREE_TODAY),
        EVENING,
        Code.DAILY_CAP,
        "was dialed 3 times today; 3 a day are allowed",
    ),
    # The engine.
    Row(
        "link down",
        engine(link_up=False),
        MORNING,
        Code.LINK_DOWN,
        "waits: the link to Asterisk is down",
    ),
    Row(
        "all agents busy",
        engine(agents_free=0),
        MORNING,
        Code.AGENTS_BUSY,
        "waits: all 3 agents are busy",
    ),
)


@pytest.fixture(autouse=True)
def spoken() -> Iterator[None]:
    language.speak("en")
    yield
    language.speak(None)


def clock_of(row: Row) -> ZoneInfo:
    return row.facts.contact.zone or row.facts.campaign.zone


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_true_reason_in_one_line(row: Row) -> None:
    verdict = judge(row.facts, row.now)
    assert verdict.code is row.code
    assert verdict_sentence(verdict, clock_of(row), row.now) == row.sentence


@pytest.mark.parametrize("tongue", ["zh-CN", "zh-TW"])
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_in_chinese_no_english_is_left(row: Row, tongue: str) -> None:
    language.speak(tongue)
    said = verdict_sentence(judge(row.facts, row.now), clock_of(row), row.now)
    assert "waits" not in said
    assert " is " not in said
    assert "{" not in said


def test_there_are_thirty_of_them_and_of_the_laws_every_one() -> None:
    assert len(TABLE) >= 30
    told = {row.code for row in TABLE}
    assert {SHANGHAI, NEW_YORK} == {clock_of(row) for row in TABLE}
    laws = list(Code)[list(Code).index(Code.LAW_UNKNOWN) : list(Code).index(Code.NO_WINDOW)]
    assert set(laws) - told == {Code.CONTACT_GAP}  # no shipped profile has one
