"""Each outcome of the tree (R2, R3), provoked on a real Asterisk and read back from the database.

All calls run side by side in one engine; each test then looks at one of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from random import Random

import pytest
import pytest_asyncio

from asterisk.lab.customers import Behaviour, Mix
from asterisk.lab.process import LabAsterisk
from campaigns.campaign import Campaign, CampaignState
from campaigns.contact import ContactState
from campaigns.hours import day_ends
from campaigns.outcomes import Disposition, Outcome
from dialer.app import ENGINE_ID
from dialer.effects import NoteProgress
from dialer.ids import attempt_id
from dialer.messages import Claim
from store.contacts import AttemptRecord, ContactRecord
from store.do_not_call import DoNotCall
from store.hopper import Hopper
from store.outcomes import write_effect
from store.schema import AttemptState
from tests.dialer.stage import SHANGHAI
from tests.line.people import Word
from tests.line.sip_customers import ANSWERS, REFUSALS, RINGS_ON, sip_customers
from tests.line.site import Site, number_of, utc_now

AGENTS = {str(1001 + n): ("waihu-tree",) for n in range(14)}
RING_TIMEOUT_S = 2
APPOINTMENT = (utc_now() + timedelta(days=1)).replace(second=0, microsecond=0)
TALKS = {
    Disposition.SUCCESS: "01",
    Disposition.SUCCESS_PROXY: "02",
    Disposition.UNSUCCESSFUL: "03",
    Disposition.APPOINTMENT: "04",
    Disposition.REFUSED: "05",
    Disposition.WRONG_RECORD: "06",
    Disposition.NUMBER_CHANGED: "07",
    Disposition.VACANT: "08",
    Disposition.FAX: "09",
    Disposition.MACHINE: "10",
}
SILENT_AGENT = "11"


class Next(Enum):
    """What sets the contact's next attempt."""

    DELAY = auto()
    BACKOFF = auto()
    APPOINTMENT = auto()
    NEXT_DAY = auto()
    NEVER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What an outcome leaves behind: whether it counted, the contact's state, and what is next."""

    counted: bool = True
    state: ContactState = ContactState.OPEN
    next: Next = Next.DELAY


AGAIN = Due()
DONE = Due(state=ContactState.DONE, next=Next.NEVER)
FAULTY = Due(state=ContactState.FAULTY, next=Next.NEVER)
OUR_SIDE = Due(counted=False, next=Next.BACKOFF)

LEFT_BEHIND = {
    Outcome.SUCCESS: DONE,
    Outcome.SUCCESS_PROXY: DONE,
    Outcome.REFUSED: DONE,
    Outcome.APPOINTMENT: Due(next=Next.APPOINTMENT),  # R4
    Outcome.UNSUCCESSFUL: AGAIN,  # R5
    Outcome.BUSY: AGAIN,
    Outcome.NO_ANSWER: AGAIN,
    Outcome.REJECTED: AGAIN,
    Outcome.SWITCHED_OFF: AGAIN,
    Outcome.MACHINE: AGAIN,
    Outcome.LOST: AGAIN,
    Outcome.VACANT: FAULTY,  # R6
    Outcome.FAX: FAULTY,
    Outcome.NUMBER_CHANGED: FAULTY,
    Outcome.WRONG_RECORD: FAULTY,
    Outcome.UNDISPOSED: Due(next=Next.NEXT_DAY),
    Outcome.CONGESTION: OUR_SIDE,
    Outcome.FAILED: OUR_SIDE,
    Outcome.NOT_SENT: OUR_SIDE,
}
"""What the requirements page says of each outcome, written out once more by hand."""

Day = dict[str, ContactRecord]
"""Every contact after the calls, by a name for its story."""


# ── the day ──────────────────────────────────────────────────────────────────────────────


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def day(
    switch: LabAsterisk, sipp: list[str], mix: Mix, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Day]:
    folder = tmp_path_factory.mktemp("day")
    async with Site(switch, folder, AGENTS) as site, sip_customers(sipp, folder) as sip_port:
        _prepare_words(site, mix)
        stories = await _an_earlier_run(site)
        await site.start_engine()
        await site.people.log_in(AGENTS)
        stories |= await _dial_all(site, mix, sip_port)
        for number, campaign in stories.values():
            await site.ended(number, campaign)
        await site.only_agents_remain()
        assert {answer.code for answer in site.people.answers} == {"ok"}
        listed = await DoNotCall(site.database).entries()
        assert [entry.e164 for entry in listed] == [f"+86210000{0:02}{TALKS[Disposition.REFUSED]}"]
        yield {name: await site.contact(*where) for name, where in stories.items()}


def _prepare_words(site: Site, mix: Mix) -> None:
    words = site.people.words
    for disposition, end in TALKS.items():
        is_promise = disposition is Disposition.APPOINTMENT
        at = APPOINTMENT if is_promise else None
        words[end] = Word(disposition=disposition, appointment_at=at)
    words[SILENT_AGENT] = None
    for behaviour, disposition in {
        Behaviour.FAX: Disposition.FAX,
        Behaviour.MACHINE: Disposition.MACHINE,
        Behaviour.HANGS_UP_EARLY: Disposition.UNSUCCESSFUL,
    }.items():
        words[number_of(mix, behaviour)[-2:]] = Word(disposition=disposition)


Stories = dict[str, tuple[str, Campaign]]


async def _dial_all(site: Site, mix: Mix, sip_port: int) -> Stories:
    here = {"queue": "waihu-tree", "ring_timeout_s": RING_TIMEOUT_S, "wrap_up_s": 4}
    customers = {behaviour.value: number_of(mix, behaviour) for behaviour in Behaviour}
    customers |= {f"says_{said}": f"+8621000000{end}" for said, end in TALKS.items()}
    customers["says_nothing"] = f"+8621000000{SILENT_AGENT}"
    behind_sip = {f"sip_{code}": f"+862100000{code:03}" for code in (*REFUSALS, ANSWERS, RINGS_ON)}
    pattern = f"PJSIP/waihu-lab-sipp/sip:{{number}}@127.0.0.1:{sip_port}"
    stories: Stories = {}
    for name, numbers, dial_string in (
        ("people", customers, "Local/{number}@waihu-lab-customers/n"),
        ("sip", behind_sip, pattern),
        ("no peer", {"no_such_peer": "+862188880001"}, "PJSIP/{number}@waihu-nowhere"),
        ("no technology", {"no_such_technology": "+862188880002"}, "Nowhere/{number}"),
    ):
        campaign = await site.dial(name, numbers.values(), dial_string=dial_string, **here)
        stories |= {story: (number, campaign) for story, number in numbers.items()}
    return stories


async def _an_earlier_run(site: Site) -> Stories:
    """What a crash left: one claimed, one sent, one in a talk; the switch knows none of them."""
    numbers = [f"+8621009{n:03}{SILENT_AGENT}" for n in range(3)]
    campaign = await site.campaign("earlier", numbers, queue="waihu-tree", wrap_up_s=4)
    await site.set_state(campaign, CampaignState.RUNNING)
    random = Random(9)
    hopper = Hopper(site.database, ENGINE_ID, lambda: attempt_id(utc_now(), random))
    await hopper.recover(utc_now())
    claims, _ = await hopper.claim(campaign.id, 3, utc_now())
    claimed, sent, talking = claims
    for claim in (sent, talking):
        assert (await hopper.mark_sent(claim.attempt, "1001", utc_now())).dialable
    async with site.database.writing() as connection:
        note = NoteProgress(attempt=talking.attempt, answered_at=utc_now(), bridged_at=utc_now())
        await write_effect(connection, note)
    await site.set_state(campaign, CampaignState.PAUSED)
    return {
        name: (_number(claim), campaign)
        for name, claim in (("claimed", claimed), ("sent", sent), ("talking", talking))
    }


def _number(claim: Claim) -> str:
    return claim.e164


# ── outcome, count, contact and next time ────────────────────────────────────────────────

OUTCOMES = {
    Behaviour.ANSWERS: Outcome.SUCCESS,
    Behaviour.BUSY: Outcome.BUSY,
    Behaviour.NO_ANSWER: Outcome.NO_ANSWER,
    Behaviour.VACANT: Outcome.VACANT,
    Behaviour.NUMBER_CHANGED: Outcome.NUMBER_CHANGED,
    Behaviour.REJECTED: Outcome.REJECTED,
    Behaviour.CONGESTION: Outcome.CONGESTION,
    Behaviour.SWITCHED_OFF: Outcome.SWITCHED_OFF,
    Behaviour.FAX: Outcome.FAX,
    Behaviour.MACHINE: Outcome.MACHINE,
    Behaviour.HANGS_UP_EARLY: Outcome.UNSUCCESSFUL,
    **{f"says_{said}": Outcome(said.value) for said in Disposition},
    "says_nothing": Outcome.UNDISPOSED,
    "sip_200": Outcome.SUCCESS,
    "sip_180": Outcome.NO_ANSWER,
    "sip_404": Outcome.VACANT,
    "sip_410": Outcome.NUMBER_CHANGED,
    "sip_480": Outcome.NO_ANSWER,
    "sip_484": Outcome.VACANT,
    "sip_486": Outcome.BUSY,
    "sip_503": Outcome.CONGESTION,
    "sip_603": Outcome.REJECTED,
    "no_such_peer": Outcome.FAILED,
    "no_such_technology": Outcome.FAILED,
    "claimed": Outcome.NOT_SENT,
    "sent": Outcome.LOST,
    "talking": Outcome.UNDISPOSED,
}


def only_attempt(record: ContactRecord) -> AttemptRecord:
    (attempt,) = record.attempts
    return attempt


@pytest.mark.parametrize(("story", "outcome"), OUTCOMES.items())
def test_a_call_ends_as_what_it_was(day: Day, story: str, outcome: Outcome) -> None:  # R2, R3
    attempt = only_attempt(day[story])
    assert attempt.outcome is outcome
    assert attempt.state is AttemptState.ENDED
    assert attempt.ended_at is not None


@pytest.mark.parametrize(("story", "outcome"), OUTCOMES.items())
def test_an_outcome_counts_and_brings_the_contact_back_as_the_rules_say(
    day: Day, story: str, outcome: Outcome
) -> None:  # R4, R5, R6
    record, due = day[story], LEFT_BEHIND[outcome]
    assert only_attempt(record).counted is due.counted
    assert record.contact.state is due.state
    assert record.next_attempt_at == _next(record, due.next)


def _next(record: ContactRecord, by: Next) -> datetime | None:
    attempt = only_attempt(record)
    placed_at = attempt.sent_at or attempt.claimed_at
    match by:
        case Next.DELAY:
            return placed_at + timedelta(hours=4)
        case Next.BACKOFF:
            return placed_at + timedelta(minutes=1)
        case Next.APPOINTMENT:
            return APPOINTMENT
        case Next.NEXT_DAY:
            # In the evening the delay reaches beyond midnight: both must be over.
            tomorrow = day_ends(SHANGHAI, attempt.ended_at or placed_at)
            return max(tomorrow, placed_at + timedelta(hours=4))
        case Next.NEVER:
            return None


@pytest.mark.parametrize(
    "story", [name for name, outcome in OUTCOMES.items() if LEFT_BEHIND[outcome] is FAULTY]
)
def test_a_wrong_number_is_retired_and_a_wrong_record_is_not_the_numbers_fault(
    day: Day, story: str
) -> None:  # R6
    (number,) = day[story].contact.numbers
    outcome = OUTCOMES[story]
    assert number.retired == (None if outcome is Outcome.WRONG_RECORD else outcome)


def test_the_agents_word_is_kept_beside_the_outcome(day: Day) -> None:
    for said in Disposition:
        assert only_attempt(day[f"says_{said}"]).disposition is said
    assert only_attempt(day["says_nothing"]).disposition is None
    assert only_attempt(day["busy"]).disposition is None


def test_an_appointment_is_on_file_under_the_agent_who_made_it(day: Day) -> None:  # R4
    record = day["says_appointment"]
    assert record.appointment is not None
    assert (record.appointment.at, record.appointment.made_by) == (
        APPOINTMENT,
        only_attempt(record).agent,
    )


# ── what the switch said ─────────────────────────────────────────────────────────────────

TELLS_NO_SIP_STATUS = 16
SAID_BY_SIP = {
    404: (1, "404", "NOANSWER", 0),
    410: (22, "410", "NOANSWER", 0),
    480: (19, "480", "NOANSWER", 0),
    484: (28, "484", "NOANSWER", 0),
    486: (17, "486", "BUSY", 0),
    503: (34, "503", "CONGESTION", 0),
    603: (21, "603", "NOANSWER", 0),
}


@pytest.mark.parametrize(("status", "said"), SAID_BY_SIP.items())
def test_the_words_of_a_sip_network_are_kept(
    day: Day, status: int, said: tuple[int, str, str, int], main_version: int
) -> None:
    it = only_attempt(day[f"sip_{status}"])
    cause, sip, dial_status, reason = said
    told = "" if main_version == TELLS_NO_SIP_STATUS else sip
    assert (it.cause, it.tech_cause, it.dial_status, it.reason) == (
        cause,
        told,
        dial_status,
        reason,
    )


def test_a_ring_time_out_and_an_answer_are_told_apart_by_their_reason(day: Day) -> None:
    rang_out = only_attempt(day["sip_180"])
    answered = only_attempt(day["sip_200"])
    assert (rang_out.reason, answered.reason) == (3, 4)
    assert (rang_out.answered_at, rang_out.bridged_at) == (None, None)


def test_an_answered_call_keeps_its_times_in_order(day: Day) -> None:
    for story in ("answers", "sip_200", "fax", "says_refused"):
        it = only_attempt(day[story])
        times = [it.claimed_at, it.sent_at, it.answered_at, it.bridged_at, it.ended_at]
        known = [at for at in times if at is not None]
        assert len(known) == len(times)
        assert known == sorted(known)


@pytest.mark.parametrize("story", ["no_such_peer", "no_such_technology"])
def test_a_call_that_never_left_us_names_no_cause_of_the_network(day: Day, story: str) -> None:
    it = only_attempt(day[story])
    assert (it.cause, it.tech_cause, it.answered_at) == (None, "", None)
