"""How a campaign is shown, to people and to programs.

Owns: the table of campaigns, one campaign in full, and their JSON. Must not look anything up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from itertools import groupby

from campaigns.calendars import Holidays
from campaigns.campaign import Campaign, Kind, Mode
from campaigns.campaign_hours import hours_in
from campaigns.cli.engine_told import engine_text
from campaigns.cli.sentences import basis_words
from campaigns.cli.standing import print_standing, standing_json
from campaigns.cli.standstill import Scene, Standstill
from campaigns.hours import next_open
from campaigns.law.abandonment import abandon_cap
from campaigns.law.law_choice import AUTO
from campaigns.serving import ServingOrder
from campaigns.windows import CallingWindows
from config.language import _
from dialer.cli_print import facts, heading, say, table
from dialer.cli_times import duration, iso, moment, moment_without_zone, stamp, weekday
from dialer.messages import CampaignRecord
from store.lists import ListImport
from supervisor.words import campaign_state_word, outcome_words


def kind_word(kind: Kind) -> str:
    """What the campaign is for."""
    return {Kind.CALLBACK: _("call-back"), Kind.SALES: _("sales")}[kind]


def mode_word(mode: Mode) -> str:
    """Who waits for whom."""
    return {
        Mode.PREVIEW: _("preview: the agent sees the contact first"),
        Mode.PROGRESSIVE: _("progressive: a call for each free agent"),
        Mode.PREDICTIVE: _("predictive: more calls than agents are free, within the cap"),
    }[mode]


def order_word(order: ServingOrder) -> str:
    """Who of those who may be dialed is dialed first."""
    return {
        ServingOrder.WAITING: _("who has been due longest"),
        ServingOrder.OLDEST: _("who came first onto the list"),
        ServingOrder.NEWEST: _("who came last onto the list"),
        ServingOrder.LEAST_TRIED: _("who was called least"),
        ServingOrder.RANDOM: _("in random order"),
    }[order]


def campaign_json(record: CampaignRecord) -> dict[str, object]:
    """One campaign for a program; times in ISO 8601, UTC."""
    campaign = record.campaign
    return {
        "id": campaign.id,
        "name": campaign.name,
        "state": record.state.value,
        "kind": campaign.kind.value,
        "mode": campaign.mode.value,
        "queue": campaign.queue,
        "zone": campaign.zone.key,
        "dial_string": campaign.dial_string,
        "caller_id": campaign.caller_id,
        "ring_timeout_s": campaign.ring_timeout_s,
        "wrap_up_s": campaign.wrap_up_s,
        "max_calls": campaign.max_calls,
        "cps": campaign.cps,
        "calendar": None if campaign.calendar is None else campaign.calendar.name,
        "holidays": campaign.holidays.value,
        "windows": [[str(window) for window in day] for day in campaign.windows.days],
        "retry": _retry_json(campaign),
        "preview": {
            "limit_s": campaign.preview_limit_s,
            "skip_delay_s": campaign.retry.skip_wait.total_seconds(),
        },
        "contacts": record.contacts,
        "open": record.open_contacts,
        "due": record.due_contacts,
        "next_due_at": iso(record.next_due_at),
        "order": campaign.order.value,
        "priority": campaign.priority,
        "predictive": {
            "abandon_percent": percent_of(campaign.pacing.cap),
            "cap_percent": percent_of(abandon_cap(campaign)),
            "aggressiveness": campaign.pacing.aggressiveness,
            "amd": campaign.pacing.amd,
        },
        "standing": standing_json(record),
    }


def _retry_json(campaign: Campaign) -> dict[str, object]:
    policy = campaign.retry
    return {
        "delay_s": policy.delay.total_seconds(),
        "open_hours_only": policy.open_hours_only,
        "numbers": policy.numbers.value,
        "daily_attempts": policy.daily_attempts,
        "max_days": policy.max_days,
        "delays_s": {
            outcome.value: delay.total_seconds() for outcome, delay in policy.outcome_delays.items()
        },
    }


def next_due_text(record: CampaignRecord, now: datetime, *, zone: bool = True) -> str:
    """When the next contact falls due: now, a time, or nothing where nobody is left.

    The index says when judging is worth the trouble; no call comes before the window opens.
    """
    campaign = record.campaign
    hint = record.next_due_at
    at = next_open(hours_in(campaign, None), max(hint, now)) if hint else None
    if at is None:
        return "–"
    if at <= now:
        return _("now")
    word = moment if zone else moment_without_zone
    return word(at, campaign.zone, now)


def print_campaigns(records: Sequence[CampaignRecord], now: datetime) -> None:
    """The table of all campaigns."""
    columns = [_("#"), _("campaign"), _("kind"), _("state"), _("queue")]
    figures = [_("contacts"), _("open"), _("due")]
    rows = [
        (
            str(record.campaign.id),
            record.campaign.name,
            kind_word(record.campaign.kind),
            campaign_state_word(record.state, _),
            record.campaign.queue,
            str(record.contacts),
            str(record.open_contacts),
            str(record.due_contacts),
            next_due_text(record, now),
        )
        for record in records
    ]
    table([*columns, *figures, _("next due")], rows, right="|".join([*figures, _("#")]))


def print_campaign(scene: Scene, stands: Standstill | None, loads: Sequence[ListImport]) -> None:
    """One campaign in full: whether it dials, whom it may, by which rules."""
    record, campaign = scene.record, scene.record.campaign
    state = campaign_state_word(record.state, _)
    say(f"{campaign.name} · {kind_word(campaign.kind)} · {state}", style="bold")
    say(_answer(scene, stands))
    due = next_due_text(record, scene.now)
    step = "" if stands is None else stands.step
    facts([(_("next step"), step), (_("engine"), engine_text(scene.engine)), (_("next due"), due)])
    print_standing(record)
    facts(_rules(campaign))
    if loads:
        heading(_("Loads ({zone})").format(zone=campaign.zone.key))
        print_loads(loads, campaign)


def _answer(scene: Scene, stands: Standstill | None) -> str:
    if stands is not None:
        return _("Nobody is dialed just now: {why}.").format(why=stands.why)
    if scene.record.campaign.mode is Mode.PREVIEW:
        said = _("Agents may ask for contacts (waihu agent next): {n} may be dialed now.")
    else:
        said = _("It dials: {n} contacts may be dialed now.")
    return said.format(n=f"{scene.record.due_contacts:,}")


def standstill_json(stands: Standstill | None) -> dict[str, object]:
    """Whether it dials, for a program."""
    if stands is None:
        return {"dials": True}
    return {"dials": False, "code": str(stands.code), "why": stands.why, "step": stands.step}


def _rules(campaign: Campaign) -> Iterable[tuple[str, str]]:
    policy = campaign.retry
    tries = _("every {delay}, at most {cap} a day, on at most {days} days").format(
        delay=duration(policy.delay.total_seconds()),
        cap=policy.daily_attempts,
        days=policy.max_days,
    )
    words = outcome_words(_)
    others = ", ".join(
        f"{words[outcome]} {duration(delay.total_seconds())}"
        for outcome, delay in policy.outcome_delays.items()
    )
    yield (
        _("calling windows"),
        _("{windows} ({zone})").format(
            windows=windows_text(campaign.windows), zone=campaign.zone.key
        ),
    )
    yield from _law(campaign)
    yield _("public holidays"), calendar_text(campaign)
    yield _("mode"), mode_word(campaign.mode)
    if campaign.mode is Mode.PREVIEW:
        yield (
            _("look at a contact"),
            _("at most {time}").format(time=duration(campaign.preview_limit_s)),
        )
        yield _("a skipped one rests"), duration(policy.skip_wait.total_seconds())
    if campaign.mode is Mode.PREDICTIVE:
        yield _("pacing"), pacing_text(campaign)
    yield _("tries"), tries
    yield _("order"), order_word(campaign.order)
    yield _("other delays"), others
    yield _("queue"), campaign.queue
    yield _("dialed as"), campaign.dial_string
    yield _("caller ID"), campaign.caller_id
    yield _("rings for"), duration(campaign.ring_timeout_s)
    yield _("wrap-up"), _("at most {time}").format(time=duration(campaign.wrap_up_s))
    limits = _("{calls} at once, {cps} new ones a second")
    yield _("calls"), limits.format(calls=campaign.max_calls, cps=f"{campaign.cps:g}")


def percent_of(part: Fraction) -> float:
    """The part in percent."""
    return float(part * 100)


def pacing_text(campaign: Campaign) -> str:
    """How boldly a predictive campaign dials, and under which cap."""
    said = _("at most {percent} of those who answer find no agent; {part} of that is spent")
    text = said.format(
        percent=f"{percent_of(abandon_cap(campaign)):g} %",
        part=f"{campaign.pacing.aggressiveness:.0%}",
    )
    return f"{text}; AMD" if campaign.pacing.amd else text


def _law(campaign: Campaign) -> Iterable[tuple[str, str]]:
    law, ground = campaign.law, campaign.consent
    yield _("regulations"), ", ".join(map(_profile_word, law.profiles)) or _("none")
    if law.widened is not None:
        yield _("legal hours widened"), f"{law.widened} · {law.reason}"
    if ground is not None:
        basis = basis_words()[ground.basis]
        yield _("ground"), " · ".join(filter(None, (basis, ground.proof)))
    yield _("whom it wants"), "" if campaign.filter is None else str(campaign.filter)


def _profile_word(name: str) -> str:
    return _("those of each number's country") if name == AUTO else name


def calendar_text(campaign: Campaign) -> str:
    """Whose public holidays the campaign keeps, how, and until when they are known."""
    calendar = campaign.calendar
    if calendar is None:
        return _("none")
    kept = {
        Holidays.CLOSED: _("{calendar}, closed on them"),
        Holidays.AS_SUNDAY: _("{calendar}, as on a Sunday"),
    }[campaign.holidays].format(calendar=calendar.name)
    if calendar.last is None:
        return kept
    return _("{kept}; known until {last}").format(kept=kept, last=calendar.last)


def windows_text(windows: CallingWindows) -> str:
    """`Mon–Fri 09:00-12:00 14:00-20:00; Sat 10:00-12:00`."""
    parts = []
    for day_windows, days in groupby(range(7), key=lambda day: windows.days[day]):
        span = list(days)
        if day_windows:
            first, last = weekday(span[0]), weekday(span[-1])
            name = first if len(span) == 1 else f"{first}–{last}"
            parts.append(f"{name} {' '.join(str(window) for window in day_windows)}")
    return "; ".join(parts)


def print_loads(loads: Sequence[ListImport], campaign: Campaign) -> None:
    """The lists that were loaded, oldest first."""
    figures = [_("rows"), _("added"), _("duplicates"), _("not loaded")]
    rows = [
        (
            stamp(load.at, campaign.zone),
            load.file_name,
            str(load.rows_read),
            str(load.added),
            str(load.duplicates),
            str(load.refused),
        )
        for load in loads
    ]
    table([_("at"), _("file"), *figures], rows, right="|".join(figures))
