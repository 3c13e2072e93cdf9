"""The judge: one verdict, by the first rule in the order of precedence that says no."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.campaign import Campaign, CampaignState, Kind, Mode
from campaigns.contact import Appointment, Contact, ContactState, PastAttempt, PhoneNumber
from campaigns.judge import Code, EngineFacts, Facts, judge
from campaigns.outcomes import Outcome, rule_of
from campaigns.retry import RetryPolicy
from campaigns.windows import CallingWindows, parse

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI).astimezone(UTC)


def attempt(text: str, outcome: Outcome = Outcome.BUSY) -> PastAttempt:
    counted = rule_of(outcome).counted
    return PastAttempt(placed_at=shanghai(text), outcome=outcome, number_id=1, counted=counted)


MORNING = shanghai("23 10:00")
NOON = shanghai("23 12:30")
AFTERNOON = shanghai("23 15:00")
OFFICE = CallingWindows(
    days=((parse("09:00-12:00"), parse("14:00-20:00")),) * 5 + ((),) * 2,
)
CAMPAIGN = Campaign(
    id=1,
    name="autumn",
    kind=Kind.CALLBACK,
    mode=Mode.PROGRESSIVE,
    dial_string="PJSIP/{number}@trunk",
    caller_id="4005550100",
    queue="waihu-callback",
    ring_timeout_s=30,
    windows=OFFICE,
    zone=SHANGHAI,
    retry=RetryPolicy(outcome_delays={Outcome.BUSY: timedelta(minutes=10)}),
    max_calls=10,
    cps=2.0,
    wrap_up_s=60,
)
CONTACT = Contact(
    id=1,
    campaign_id=1,
    zone=None,
    state=ContactState.OPEN,
    numbers=(PhoneNumber(id=1, e164="+862155550001", position=1),),
    attempts=(),
    appointment=None,
)
RETIRED = (PhoneNumber(id=1, e164="+862155550001", position=1, retired=Outcome.VACANT),)
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
)


def with_contact(**changes: object) -> Facts:
    return replace(FACTS, contact=replace(CONTACT, **changes))  # type: ignore[arg-type]  # fields by name


def with_engine(**changes: object) -> Facts:
    return replace(FACTS, engine=replace(ENGINE, **changes))  # type: ignore[arg-type]  # same


def predictive(facts: Facts) -> Facts:
    return replace(facts, campaign=replace(facts.campaign, mode=Mode.PREDICTIVE))


def test_a_predictive_campaign_dials_while_all_agents_are_busy() -> None:
    assert judge(predictive(with_engine(agents_free=0)), MORNING).code is Code.YES


def test_a_new_contact_of_a_running_campaign_may_be_dialed_until_the_window_closes() -> None:
    verdict = judge(FACTS, MORNING)
    assert verdict.code is Code.YES
    assert verdict.dialable
    assert verdict.until == shanghai("23 12:00")


def test_at_the_claim_the_engine_is_not_asked() -> None:
    assert judge(replace(FACTS, engine=None), MORNING).dialable


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (replace(FACTS, do_not_call="refused"), Code.DO_NOT_CALL),
        (with_contact(state=ContactState.DONE), Code.CONTACT_DONE),
        (with_contact(state=ContactState.FAULTY), Code.CONTACT_FAULTY),
        (with_contact(state=ContactState.EXHAUSTED), Code.CONTACT_EXHAUSTED),
        (with_contact(state=ContactState.WITHDRAWN), Code.CONTACT_WITHDRAWN),
        (with_contact(numbers=RETIRED), Code.NO_NUMBER),
        (with_contact(numbers=()), Code.NO_NUMBER),
        (replace(with_contact(numbers=RETIRED), number_id=1), Code.NUMBER_RETIRED),
        (replace(FACTS, number_id=9), Code.NO_NUMBER),
        (replace(FACTS, in_call=True), Code.IN_CALL),
        (replace(FACTS, campaign_state=CampaignState.READY), Code.CAMPAIGN_NOT_STARTED),
        (replace(FACTS, campaign_state=CampaignState.PAUSED), Code.CAMPAIGN_PAUSED),
        (replace(FACTS, campaign_state=CampaignState.STOPPED), Code.CAMPAIGN_STOPPED),
        (with_engine(link_up=False), Code.LINK_DOWN),
        (with_engine(stopping=True), Code.STOPPING),
        (with_engine(agents_free=0), Code.AGENTS_BUSY),
        (predictive(with_engine(agents_free=0, agents_logged_in=0)), Code.NO_AGENTS),
        (with_engine(agents_free=0, agents_logged_in=0), Code.NO_AGENTS),
        (with_engine(max_calls_reached=True), Code.MAX_CALLS),
    ],
)
def test_one_thing_amiss_is_the_reason_and_nothing_of_it_passes_by_itself(
    facts: Facts, code: Code
) -> None:
    verdict = judge(facts, MORNING)
    assert verdict.code is code
    assert not verdict.dialable
    assert verdict.until is None


@pytest.mark.parametrize(
    ("attempts", "now", "code", "until"),
    [
        ((), NOON, Code.OUTSIDE_WINDOW, "23 14:00"),
        ((attempt("23 09:30", Outcome.NO_ANSWER),), MORNING, Code.DELAY, "23 14:00"),
        (
            (attempt("23 09:00"), attempt("23 09:10"), attempt("23 09:20")),
            MORNING,
            Code.DAILY_CAP,
            "24 09:00",
        ),
        (
            (attempt("23 09:30"), attempt("23 09:40"), attempt("23 09:50")),
            MORNING,  # the very mark of the last one
            Code.DAILY_CAP,
            "24 09:00",
        ),
        ((attempt("23 09:00", Outcome.UNDISPOSED),), AFTERNOON, Code.UNDISPOSED, "24 09:00"),
        ((attempt("23 10:00", Outcome.FAILED),), MORNING, Code.BACKOFF, "23 10:01"),
    ],
)
def test_a_contact_that_waits_knows_until_when(
    *, attempts: tuple[PastAttempt, ...], now: datetime, code: Code, until: str
) -> None:  # R5
    verdict = judge(with_contact(attempts=attempts), now)
    assert verdict.code is code
    assert verdict.until == shanghai(until)
    assert judge(with_contact(attempts=attempts), shanghai(until)).dialable


def test_an_appointment_holds_the_contact_for_its_time() -> None:  # R4
    facts = with_contact(appointment=Appointment(id=1, at=AFTERNOON))
    assert judge(facts, MORNING).code is Code.APPOINTMENT
    assert judge(facts, MORNING).until == AFTERNOON
    assert judge(facts, AFTERNOON).dialable


def test_outside_the_window_a_yes_is_promised_for_when_the_retry_rule_agrees() -> None:  # R5
    facts = with_contact(attempts=(attempt("23 11:30", Outcome.NO_ANSWER),))
    verdict = judge(facts, NOON)
    assert verdict.code is Code.OUTSIDE_WINDOW
    assert verdict.params == {"opens": shanghai("23 14:00")}
    assert verdict.until == shanghai("23 15:30")


def test_the_contacts_own_zone_decides_the_window() -> None:
    verdict = judge(with_contact(zone=NEW_YORK), MORNING)
    assert verdict.code is Code.OUTSIDE_WINDOW
    assert verdict.until == shanghai("23 22:00")  # 09:00 in New York


def test_a_campaign_without_windows_says_so() -> None:
    nowhere = replace(CAMPAIGN, windows=CallingWindows(days=((),) * 7))
    assert judge(replace(FACTS, campaign=nowhere), MORNING).code is Code.NO_WINDOW


def test_days_used_up_are_seen_before_anybody_wrote_it_down() -> None:
    one_day = replace(CAMPAIGN, retry=RetryPolicy(max_days=1))
    facts = replace(with_contact(attempts=(attempt("20 10:00"),)), campaign=one_day)
    verdict = judge(facts, MORNING)
    assert verdict.code is Code.CONTACT_EXHAUSTED
    assert verdict.params == {"days": 1}


def test_where_the_dialplan_cannot_take_the_calls_nobody_is_dialed() -> None:
    assert judge(with_engine(dialplan_lacks=True), MORNING).code is Code.DIALPLAN


def test_an_open_breaker_tells_when_it_closes() -> None:
    until = MORNING + timedelta(seconds=30)
    facts = with_engine(breaker_until=until)
    assert judge(facts, MORNING).code is Code.BREAKER
    assert judge(facts, MORNING).until == until
    assert judge(facts, until).dialable


def test_the_reasons_come_in_the_order_of_precedence() -> None:
    everything_amiss = replace(
        FACTS,
        do_not_call="refused",
        contact=replace(CONTACT, state=ContactState.DONE, numbers=RETIRED),
        in_call=True,
        campaign_state=CampaignState.PAUSED,
        engine=EngineFacts(
            link_up=False,
            stopping=True,
            store_ok=False,
            agents_logged_in=0,
            agents_free=0,
            calls_in_flight=10,
            max_calls_reached=True,
            breaker_until=shanghai("24 09:00"),
        ),
    )
    facts, engine = everything_amiss, everything_amiss.engine
    assert engine is not None
    closed = replace(facts, do_not_call=None)
    numberless = replace(closed, contact=replace(CONTACT, numbers=RETIRED))
    waiting = replace(
        numberless,
        contact=replace(CONTACT, appointment=Appointment(id=1, at=shanghai("23 16:00"))),
    )
    paused = replace(waiting, in_call=False)
    running = replace(paused, campaign_state=CampaignState.RUNNING)
    due = replace(running, contact=CONTACT)
    linked = replace(engine, link_up=True)
    going = replace(linked, stopping=False)
    writing = replace(going, store_ok=True)
    whole = replace(writing, breaker_until=None)
    staffed = replace(whole, agents_logged_in=1, agents_free=1)
    told = [
        judge(facts, NOON).code,
        judge(closed, NOON).code,
        judge(numberless, NOON).code,
        judge(waiting, NOON).code,
        judge(paused, NOON).code,
        judge(running, NOON).code,
        judge(running, AFTERNOON).code,
        *(
            judge(replace(due, engine=it), MORNING).code
            for it in (engine, linked, going, writing, whole)
        ),
        judge(replace(due, engine=staffed), MORNING).code,
    ]
    assert told == [
        Code.DO_NOT_CALL,
        Code.CONTACT_DONE,
        Code.NO_NUMBER,
        Code.IN_CALL,
        Code.CAMPAIGN_PAUSED,
        Code.OUTSIDE_WINDOW,
        Code.APPOINTMENT,
        Code.LINK_DOWN,
        Code.STOPPING,
        Code.STORE_AWAY,
        Code.BREAKER,
        Code.NO_AGENTS,
        Code.MAX_CALLS,
    ]
