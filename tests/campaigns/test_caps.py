"""The law's caps: every limit against a naive count, in any zone, across clock changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.contact import Contact, ContactState, PastAttempt
from campaigns.kinds import Mode
from campaigns.law.caps import CapVerdict, NumberCall, Placed, calls_of, calls_to, cap_verdicts
from campaigns.law.regulation import Cap, Gap, Limit, Per, Profile, Sure
from campaigns.outcomes import RULES, Branch, Outcome
from config.regulation_file import load_regulations

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
HONOLULU = ZoneInfo("Pacific/Honolulu")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
LAWS = load_regulations()
START = datetime(2026, 10, 30, tzinfo=UTC)  # clocks change in New York on 1 November


def law(*limits: Limit) -> Profile:
    caps = tuple(limit for limit in limits if isinstance(limit, Cap))
    gaps = tuple(limit for limit in limits if isinstance(limit, Gap))
    return Profile(
        name="law",
        title="",
        version="1",
        digest="",
        countries=frozenset(),
        caps=caps,
        gaps=gaps,
    )


def cap(calls: int, within: timedelta | None, per: Per = Per.NUMBER) -> Cap:
    return Cap(source="x", sure=Sure.LOW, calls=calls, per=per, within=within)


def gap(wait: timedelta, after: frozenset[Outcome] | None = None) -> Gap:
    return Gap(source="x", sure=Sure.LOW, wait=wait, per=Per.NUMBER, after=after)


def placed(*at: datetime, outcome: Outcome | None = Outcome.BUSY) -> tuple[Placed, ...]:
    return tuple(Placed(at=one, outcome=outcome) for one in at)


def judged(
    profile: Profile,
    calls: Sequence[Placed],
    now: datetime,
    *zones: ZoneInfo,
    mode: Mode = Mode.PROGRESSIVE,
) -> tuple[CapVerdict, ...]:
    return cap_verdicts([profile], calls, calls, mode, zones or (SHANGHAI,), now)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI).astimezone(UTC)


# ── against a naive count ────────────────────────────────────────────────────────────────

MINUTES = st.lists(st.integers(0, 6 * 24 * 60), max_size=12)
SPANS = st.sampled_from([None, timedelta(hours=24), timedelta(hours=1), timedelta(days=3)])
ZONES = st.sampled_from([(SHANGHAI,), (NEW_YORK,), (LORD_HOWE,), (NEW_YORK, HONOLULU)])


def naive_says_no(
    limit: Cap, at: Sequence[datetime], zones: Sequence[ZoneInfo], now: datetime
) -> bool:
    if limit.within is not None:
        return sum(now - limit.within < one <= now for one in at) >= limit.calls
    return any(
        sum(one.astimezone(zone).date() == now.astimezone(zone).date() for one in at) >= limit.calls
        for zone in zones
    )


@given(minutes=MINUTES, calls=st.integers(1, 5), within=SPANS, zones=ZONES, later=st.data())
def test_a_cap_says_what_a_naive_count_says_then_and_at_every_later_moment(
    minutes: list[int],
    calls: int,
    within: timedelta | None,
    zones: tuple[ZoneInfo, ...],
    later: st.DataObject,
) -> None:
    at = [START + timedelta(minutes=minute) for minute in minutes]
    last = max(at, default=START)
    now = last + timedelta(minutes=later.draw(st.integers(0, 5 * 24 * 60)))
    limit = cap(calls, within)
    found = judged(law(limit), placed(*at), now, *zones)
    assert bool(found) == naive_says_no(limit, at, zones, now)
    if found:
        (verdict,) = found
        assert verdict.calls >= verdict.cap == calls
        assert not naive_says_no(limit, at, zones, verdict.free_at)
        assert naive_says_no(limit, at, zones, verdict.free_at - timedelta(seconds=1))


@given(minutes=MINUTES, later=st.integers(0, 10_000), more=st.integers(0, 10_000))
def test_once_free_it_stays_free_until_another_call(
    minutes: list[int], later: int, more: int
) -> None:
    at = [START + timedelta(minutes=minute) for minute in minutes]
    now = max(at, default=START) + timedelta(minutes=later)
    profile = law(cap(2, None), cap(3, timedelta(days=2)), gap(timedelta(minutes=1)))
    if not judged(profile, placed(*at), now):
        assert not judged(profile, placed(*at), now + timedelta(minutes=more))


@given(minutes=MINUTES, extra=st.integers(0, 6 * 24 * 60), calls=st.integers(1, 4))
def test_another_call_never_frees(minutes: list[int], extra: int, calls: int) -> None:
    at = [START + timedelta(minutes=minute) for minute in minutes]
    another = START + timedelta(minutes=extra)
    now = max([*at, another])
    profile = law(cap(calls, timedelta(days=1)))
    before, after = judged(profile, placed(*at), now), judged(profile, placed(*at, another), now)
    if before:
        assert after
        assert after[0].free_at >= before[0].free_at


# ── worked ───────────────────────────────────────────────────────────────────────────────


def test_china_five_a_day_reset_at_the_local_midnight() -> None:
    (china,) = [one for one in LAWS.profiles if one.name == "cn"]
    calls = placed(*(shanghai(f"23 {hour:02}:00") for hour in (9, 11, 14, 16, 18)))
    (verdict,) = judged(china, calls, shanghai("23 19:00"))
    assert (verdict.calls, verdict.cap, verdict.free_at) == (5, 5, shanghai("24 00:00"))
    assert judged(china, calls[1:], shanghai("23 19:00")) == ()
    assert judged(china, calls, shanghai("24 00:00")) == ()


def test_china_once_a_minute() -> None:
    (china,) = [one for one in LAWS.profiles if one.name == "cn"]
    called = shanghai("23 10:00")
    (verdict,) = judged(china, placed(called), called + timedelta(seconds=59))
    assert verdict.free_at == called + timedelta(seconds=60)
    assert judged(china, placed(called), called + timedelta(seconds=60)) == ()


def test_a_day_of_25_hours_is_one_day() -> None:
    early = datetime(2026, 11, 1, 0, 30, tzinfo=NEW_YORK).astimezone(UTC)
    (verdict,) = judged(law(cap(1, None)), placed(early), early + timedelta(hours=24), NEW_YORK)
    assert verdict.free_at == datetime(2026, 11, 2, tzinfo=NEW_YORK)


def test_a_number_that_may_be_in_two_zones_waits_for_the_later_midnight() -> None:
    called = datetime(2026, 11, 20, 12, tzinfo=NEW_YORK).astimezone(UTC)
    (verdict,) = judged(law(cap(1, None)), placed(called), called, NEW_YORK, HONOLULU)
    assert verdict.free_at == datetime(2026, 11, 21, tzinfo=HONOLULU)


def test_after_an_abandoned_call_an_agent_may_call_by_hand_and_the_dialer_may_not() -> None:
    (uk,) = [one for one in LAWS.profiles if one.name == "uk-ofcom"]
    called = shanghai("23 10:00")
    calls = placed(called, outcome=Outcome.ABANDONED)
    (verdict,) = judged(uk, calls, called + timedelta(hours=71))
    assert verdict.free_at == called + timedelta(hours=72)
    assert judged(uk, calls, called + timedelta(hours=71), mode=Mode.PREVIEW) == ()
    assert judged(uk, placed(called), called + timedelta(hours=1)) == ()


@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_every_call_counts_but_those_that_failed_on_our_side(outcome: Outcome | None) -> None:
    called = shanghai("23 10:00")
    call = NumberCall(
        e164="+862155550001", placed_at=called, campaign_id=9, contact_id=4, outcome=outcome
    )
    ours = outcome is not None and RULES[outcome].branch is Branch.OWN_SIDE
    assert len(calls_to("+862155550001", [call])) == (0 if ours else 1)
    assert calls_to("+862155550002", [call]) == ()


def test_a_lost_call_counts_for_the_contact_and_one_that_was_never_sent_does_not() -> None:
    def past(outcome: Outcome) -> PastAttempt:
        return PastAttempt(
            placed_at=shanghai("23 10:00"), outcome=outcome, number_id=1, counted=False
        )

    contact = Contact(
        id=1,
        campaign_id=1,
        zone=None,
        state=ContactState.OPEN,
        numbers=(),
        attempts=(past(Outcome.LOST), past(Outcome.NOT_SENT), past(Outcome.SKIPPED)),
        appointment=None,
    )
    assert [call.outcome for call in calls_of(contact)] == [Outcome.LOST]


def test_a_debt_rests_for_seven_days_after_a_conversation() -> None:
    (debts,) = [one for one in LAWS.profiles if one.name == "us-reg-f"]
    called = shanghai("23 10:00")
    talked = cap_verdicts(
        [debts],
        (),
        placed(called, outcome=Outcome.UNSUCCESSFUL),
        Mode.PROGRESSIVE,
        (NEW_YORK,),
        called,
    )
    assert [verdict.free_at for verdict in talked] == [called + timedelta(days=7)]


def test_limits_of_several_laws_all_hold() -> None:
    called = shanghai("23 10:00")
    mild, strict = law(cap(2, None)), replace(law(cap(1, timedelta(hours=48))), name="strict")
    verdicts = cap_verdicts(
        [mild, strict], placed(called), (), Mode.PROGRESSIVE, (SHANGHAI,), called
    )
    assert [verdict.profile.name for verdict in verdicts] == ["strict"]
