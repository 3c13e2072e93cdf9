"""A campaign as JSON and back.

Owns: the words of `campaign.definition`. Must not know SQL. Zones are kept by key, calendars
by name, windows as `09:00-12:00`, delays in seconds; id, name and state have columns of their own.
"""

from __future__ import annotations

import json
from datetime import timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.books import NO_BOOKS, Books
from campaigns.calendars import Holidays
from campaigns.campaign import Campaign, Kind, Mode
from campaigns.consent import Consent, ConsentBasis
from campaigns.filter_text import read_filter
from campaigns.law.law_choice import UNLESS_SAID, LawChoice
from campaigns.outcomes import Outcome
from campaigns.pacing_choice import AS_USUAL, PacingChoice
from campaigns.retry_policy import NumberOrder, RetryPolicy
from campaigns.serving import USUAL_PRIORITY, ServingOrder
from campaigns.windows import CallingWindows, parse


def encode_campaign(campaign: Campaign) -> str:
    """The definition of a campaign, without id and name."""
    return json.dumps(
        {
            "kind": campaign.kind.value,
            "mode": campaign.mode.value,
            "dial_string": campaign.dial_string,
            "caller_id": campaign.caller_id,
            "queue": campaign.queue,
            "ring_timeout_s": campaign.ring_timeout_s,
            "windows": [[str(window) for window in day] for day in campaign.windows.days],
            "zone": campaign.zone.key,
            "retry": _encode_retry(campaign.retry),
            "max_calls": campaign.max_calls,
            "cps": campaign.cps,
            "wrap_up_s": campaign.wrap_up_s,
            "number_format": campaign.number_format,
            "country": campaign.country,
            "number_check": campaign.number_check,
            "preview_limit_s": campaign.preview_limit_s,
            "order": campaign.order.value,
            "calendar": None if campaign.calendar is None else campaign.calendar.name,
            "holidays": campaign.holidays.value,
            "law": _encode_law(campaign.law),
            "consent": _encode_consent(campaign.consent),
            "filter": None if campaign.filter is None else str(campaign.filter),
            "pacing": _encode_pacing(campaign.pacing),
            "priority": campaign.priority,
        },
        ensure_ascii=False,
    )


@lru_cache(maxsize=256)
def decode_campaign(
    campaign_id: int, name: str, definition: str, books: Books = NO_BOOKS
) -> Campaign:
    """The campaign that `encode_campaign` wrote, what it names looked up in the books.

    Cached: every claim and mark asks for it.
    """
    words: dict[str, Any] = json.loads(definition)
    calendar = words.get("calendar")
    return Campaign(
        id=campaign_id,
        name=name,
        kind=Kind(words["kind"]),
        mode=Mode(words["mode"]),
        dial_string=words["dial_string"],
        caller_id=words["caller_id"],
        queue=words["queue"],
        ring_timeout_s=words["ring_timeout_s"],
        windows=_decode_windows(words["windows"]),
        zone=ZoneInfo(words["zone"]),
        retry=_decode_retry(words["retry"]),
        max_calls=words["max_calls"],
        cps=words["cps"],
        wrap_up_s=words["wrap_up_s"],
        number_format=words["number_format"],
        country=words["country"],
        number_check=words["number_check"],
        # A definition from before preview has neither this nor `skip_delay_s`, and one from
        # before the calendars none of what has a default here and below.
        preview_limit_s=words.get("preview_limit_s", 120),
        order=ServingOrder(words.get("order", ServingOrder.WAITING)),
        calendar=None if calendar is None else books.calendar(calendar),
        holidays=Holidays(words.get("holidays", Holidays.CLOSED)),
        law=_decode_law(words.get("law")),
        regulations=books.regulations,
        consent=_decode_consent(words.get("consent")),
        filter=read_filter(words["filter"]) if words.get("filter") else None,
        pacing=_decode_pacing(words.get("pacing")),
        priority=words.get("priority", USUAL_PRIORITY),
    )


def _encode_law(law: LawChoice) -> dict[str, Any]:
    widened = None if law.widened is None else str(law.widened)
    return {"profiles": list(law.profiles), "widened": widened, "reason": law.reason}


def _decode_law(words: dict[str, Any] | None) -> LawChoice:
    if words is None:
        return UNLESS_SAID
    return LawChoice(
        profiles=tuple(words["profiles"]),
        widened=parse(words["widened"]) if words["widened"] else None,
        reason=words["reason"],
    )


def _encode_pacing(pacing: PacingChoice) -> dict[str, Any]:
    return {
        "cap": str(pacing.cap),
        "aggressiveness": pacing.aggressiveness,
        "amd": pacing.amd,
    }


def _decode_pacing(words: dict[str, Any] | None) -> PacingChoice:
    if words is None:
        return AS_USUAL
    return PacingChoice(
        cap=Fraction(words["cap"]), aggressiveness=words["aggressiveness"], amd=words["amd"]
    )


def _encode_consent(consent: Consent | None) -> dict[str, str] | None:
    return None if consent is None else {"basis": consent.basis.value, "proof": consent.proof}


def _decode_consent(words: dict[str, str] | None) -> Consent | None:
    if words is None:
        return None
    return Consent(basis=ConsentBasis(words["basis"]), proof=words["proof"], given_at=None)


def _encode_retry(policy: RetryPolicy) -> dict[str, Any]:
    skip = policy.skip_delay
    return {
        "delay_s": policy.delay.total_seconds(),
        "daily_attempts": policy.daily_attempts,
        "max_days": policy.max_days,
        "outcome_delays_s": {
            outcome.value: delay.total_seconds() for outcome, delay in policy.outcome_delays.items()
        },
        "own_side_backoff_s": policy.own_side_backoff.total_seconds(),
        "own_side_backoff_max_s": policy.own_side_backoff_max.total_seconds(),
        "skip_delay_s": None if skip is None else skip.total_seconds(),
        "open_hours_only": policy.open_hours_only,
        "numbers": policy.numbers.value,
    }


def _decode_retry(words: dict[str, Any]) -> RetryPolicy:
    skip_s = words.get("skip_delay_s")
    return RetryPolicy(
        delay=timedelta(seconds=words["delay_s"]),
        daily_attempts=words["daily_attempts"],
        max_days=words["max_days"],
        outcome_delays={
            Outcome(outcome): timedelta(seconds=delay)
            for outcome, delay in words["outcome_delays_s"].items()
        },
        own_side_backoff=timedelta(seconds=words["own_side_backoff_s"]),
        own_side_backoff_max=timedelta(seconds=words["own_side_backoff_max_s"]),
        skip_delay=None if skip_s is None else timedelta(seconds=skip_s),
        open_hours_only=words.get("open_hours_only", False),
        numbers=NumberOrder(words.get("numbers", NumberOrder.FIRST)),
    )


def _decode_windows(days: list[list[str]]) -> CallingWindows:
    return CallingWindows(days=tuple(tuple(parse(text) for text in day) for day in days))
