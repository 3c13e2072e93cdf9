"""What a forecast rests on: the campaign, its own calls and list, and what the operator gave.

Owns: from these to a plan (`dialer.sim.forecast`). Must not know how it is asked for or shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from campaigns.campaign import Campaign, Mode
from campaigns.cli.find import find_campaign
from campaigns.windows import CallingWindows, Window, parse
from config.language import _
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_progress import progress
from dialer.cli_session import opened
from dialer.sim import model as usual
from dialer.sim.forecast import first_open, made_up
from dialer.sim.history import LEAST_CALLS, Learned, learn
from dialer.sim.model import Machines, Model, given
from dialer.sim.plan import (
    BREAK_CV,
    HANDLED_CV,
    INBOUND_WRAP_UP_S,
    Attendance,
    Inbound,
    Plan,
    first_shift,
)
from dialer.sim.times import Fixed, Lognormal
from store.database import Database
from store.forecasting import WholeList, whole_list
from store.reports import Reports

LOOKS_BACK: Final = timedelta(days=30)
MOST_CONTACTS: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the operator gave; None: not. Shares in percent, times in seconds, breaks in minutes."""

    answer_rate: float | None
    busy: float | None
    ring: float | None
    talk: float | None
    wrap: float | None
    look: float | None
    contacts: int | None
    mode: Mode | None
    cap: float | None
    machines: float | None
    amd: bool | None
    amd_verdict: float | None
    amd_mistaken: float | None
    amd_missed: float | None
    shifts: tuple[str, ...]
    breaks: float | None
    break_length: float | None
    absent: float | None
    inbound: float | None
    inbound_aht: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What the forecast rests on. `learned`: None where the history was not asked."""

    model: Model
    learned: Learned | None


async def prepared(
    settings: Settings, name: str, wishes: Wishes, hours: float, now: datetime
) -> tuple[Plan, Basis, int]:
    """What is to be run, on what it rests, and how many contacts are left out.

    Raises:
        CommandError: there is no such campaign, or too little is known of it.
    """
    attendance = _attendance(wishes)
    async with opened(settings) as database:
        record = await find_campaign(database, name, now)
        campaign = _wanted(record.campaign, wishes)
        basis = await _basis(database, campaign, wishes, now)
        start = first_open(campaign, now)
        if start is None:
            said = _("{name} has no open window: nothing would ever be dialed")
            raise CommandError(said.format(name=campaign.name), ExitCode.USAGE)
        listed = await _listed(database, campaign, wishes, now)
    if not listed.cases:
        said = _("nobody is left to be dialed in {name}; a made-up list: --contacts 1000")
        raise CommandError(said.format(name=campaign.name), ExitCode.USAGE)
    plan = Plan(
        campaign=campaign,
        model=basis.model,
        cases=listed.cases,
        start=start,
        hours=hours,
        answered=listed.answered,
        attendance=attendance,
        inbound=_inbound(wishes),
    )
    if first_shift(plan) is None:
        said = _("no --shift is open while {name} may dial")
        raise CommandError(said.format(name=campaign.name), ExitCode.USAGE)
    return plan, basis, listed.left_out


def _attendance(wishes: Wishes) -> Attendance:
    attendance = Attendance(
        shifts=tuple(_shift(text) for text in wishes.shifts),
        absent=(wishes.absent or 0.0) / 100,
        breaks=(wishes.breaks or 0.0) / 100,
    )
    if wishes.break_length is None:
        return attendance
    return replace(attendance, break_s=Lognormal(mean=wishes.break_length * 60, cv=BREAK_CV))


def _shift(text: str) -> tuple[Window, ...]:
    try:
        windows = tuple(parse(part) for part in text.split(","))
        CallingWindows.every_day(*windows)
    except ValueError as error:
        said = _("--shift {text}: write it as 09:00-12:00,13:00-18:00, in order")
        raise CommandError(said.format(text=text), ExitCode.USAGE) from error
    return windows


def _inbound(wishes: Wishes) -> Inbound | None:
    if not wishes.inbound:
        return None
    if wishes.inbound_aht is None:
        return Inbound(an_hour=wishes.inbound)
    talk_s = wishes.inbound_aht - INBOUND_WRAP_UP_S
    return Inbound(an_hour=wishes.inbound, talk_s=Lognormal(mean=talk_s, cv=HANDLED_CV))


def _wanted(campaign: Campaign, wishes: Wishes) -> Campaign:
    if wishes.mode is not None:
        campaign = replace(campaign, mode=wishes.mode)
    if wishes.contacts is not None:
        campaign = replace(campaign, filter=None)  # made-up contacts have no columns
    if wishes.cap is not None:
        cap = Fraction(str(wishes.cap)) / 100
        campaign = replace(campaign, pacing=replace(campaign.pacing, cap=cap))
    if wishes.amd is not None:
        campaign = replace(campaign, pacing=replace(campaign.pacing, amd=wishes.amd))
    return campaign


async def _listed(
    database: Database, campaign: Campaign, wishes: Wishes, now: datetime
) -> WholeList:
    with progress(_("reading the list"), shown=wishes.contacts is None) as told:
        most = MOST_CONTACTS if wishes.contacts is None else 0
        found = await whole_list(database, campaign.id, now, most, told)
    if wishes.contacts is None:
        return found
    return replace(found, cases=made_up(campaign, wishes.contacts, now), left_out=0)


async def _basis(database: Database, campaign: Campaign, wishes: Wishes, now: datetime) -> Basis:
    """The campaign's own calls, where there are enough; what was given goes before them."""
    calls = await Reports(database).call_times(campaign.id, now - LOOKS_BACK, now)
    # How often the switch errs is on no file; what it made of the calls depends on it.
    otherwise = replace(given(), machines=_machines_with(Machines(), wishes))
    learned = learn(calls, otherwise, campaign.wrap_up_s)
    if learned.thin and wishes.answer_rate is None:
        said = _(
            "{name} has made {n} calls in the last {days} days, which says too little ({least} "
            "are wanted): give figures, at least --answer-rate"
        )
        raise CommandError(
            said.format(
                name=campaign.name, n=learned.calls, days=LOOKS_BACK.days, least=LEAST_CALLS
            ),
            ExitCode.USAGE,
        )
    if learned.thin:
        return Basis(model=_with(otherwise, wishes), learned=None)
    return Basis(model=_with(learned.model, wishes), learned=learned)


def _with(model: Model, wishes: Wishes) -> Model:
    """The model with what the operator gave in place of its own."""
    if wishes.answer_rate is not None or wishes.busy is not None:
        answered = model.answered[0] if wishes.answer_rate is None else wishes.answer_rate / 100
        busy = usual.BUSY_RATE if wishes.busy is None else wishes.busy / 100
        if answered + busy > 1 and wishes.busy is not None:
            said = _("answered and busy calls together are more than all")
            raise CommandError(said, ExitCode.USAGE)
        fresh = given(answer_rate=answered, busy_rate=busy)
        model = replace(model, answered=(answered,), ends=fresh.ends)
    shapes = (
        ("answer_s", wishes.ring, usual.RING_CV),
        ("talk_s", wishes.talk, usual.TALK_CV),
        ("wrap_up_s", wishes.wrap, usual.WRAP_UP_CV),
        ("look_s", wishes.look, usual.LOOK_CV),
    )
    for name, mean, cv in shapes:
        if mean is not None:
            model = replace(model, **{name: Lognormal(mean=mean, cv=cv)})  # type: ignore[arg-type]  # its own
    return replace(model, machines=_machines_with(model.machines, wishes))


def _machines_with(machines: Machines, wishes: Wishes) -> Machines:
    if wishes.machines is not None:
        machines = replace(machines, share=wishes.machines / 100)
    if wishes.amd_verdict is not None:
        machines = replace(machines, verdict_s=Fixed(mean=wishes.amd_verdict))
    if wishes.amd_mistaken is not None:
        machines = replace(machines, mistaken=wishes.amd_mistaken / 100)
    if wishes.amd_missed is not None:
        machines = replace(machines, missed=wishes.amd_missed / 100)
    return machines
