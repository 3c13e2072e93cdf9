"""`waihu simulate`: what a campaign will come to, for several staffings, before a phone rings.

Owns: the command, what it makes of its figures, and what is printed. The runs are `dialer.sim`;
nothing is dialed and nothing is written but the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final

import typer

from campaigns.campaign import Campaign, Mode
from campaigns.cli.campaign_view import mode_word
from campaigns.cli.find import find_campaign
from campaigns.law.abandonment import abandon_cap
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import facts, heading, print_json, say, table
from dialer.cli_progress import progress
from dialer.cli_session import carry_out, opened, settings_of, utc_now
from dialer.cli_times import duration, iso, moment, stamp
from dialer.sim import model as usual
from dialer.sim.forecast import Figures, Interval, Plan, first_open, interval, made_up
from dialer.sim.history import LEAST_CALLS, Learned, learn
from dialer.sim.model import Model, given
from dialer.sim.picture import picture
from dialer.sim.several import forecasts
from dialer.sim.times import Lognormal, Times
from store.database import Database
from store.forecasting import WholeList, whole_list
from store.reports import Reports

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

AGENTS: Final = "10,20,40"
DAYS: Final = 14.0
SEEDS: Final = 5
LOOKS_BACK: Final = timedelta(days=30)
MOST_CONTACTS: Final = 100_000
MOST_AGENTS: Final = 1000
BAR: Final = 10
HIGHEST_CAP: Final = 10.0
"""As a campaign file may set it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the operator gave; None: not. Shares in percent, times in seconds."""

    answer_rate: float | None
    busy: float | None
    ring: float | None
    talk: float | None
    wrap: float | None
    look: float | None
    contacts: int | None
    mode: Mode | None
    cap: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What the forecast rests on. `learned`: None where the history was not asked."""

    model: Model
    learned: Learned | None


@app.command()
def simulate(
    ctx: typer.Context,
    campaign: Annotated[str, typer.Argument(help=mark("Its name, or its number."))],
    agents: Annotated[
        str, typer.Option("--agents", help=mark("Staffings to compare, e.g. 10,20,40."))
    ] = AGENTS,
    days: Annotated[
        float | None,
        typer.Option("--days", min=0.01, max=400, help=mark("How many days at most.")),
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option("--hours", min=0.05, max=9600, help=mark("The same in hours.")),
    ] = None,
    mode: Annotated[
        Mode | None, typer.Option("--mode", help=mark("In another mode than the campaign's."))
    ] = None,
    answer_rate: Annotated[
        float | None,
        typer.Option("--answer-rate", min=0, max=100, help=mark("Calls answered, in percent.")),
    ] = None,
    busy: Annotated[
        float | None, typer.Option("--busy", min=0, max=100, help=mark("Calls busy, in percent."))
    ] = None,
    ring: Annotated[
        float | None,
        typer.Option("--ring", min=0.1, max=300, help=mark("From dialing to the answer, in s.")),
    ] = None,
    talk: Annotated[
        float | None, typer.Option("--talk", min=0.1, max=7200, help=mark("A talk, in s."))
    ] = None,
    wrap: Annotated[
        float | None, typer.Option("--wrap", min=0.1, max=3600, help=mark("A wrap-up, in s."))
    ] = None,
    look: Annotated[
        float | None,
        typer.Option("--look", min=0.1, max=3600, help=mark("A look before dialing (preview).")),
    ] = None,
    contacts: Annotated[
        int | None,
        typer.Option(
            "--contacts",
            min=1,
            max=MOST_CONTACTS,
            help=mark("A made-up list of so many contacts in place of the campaign's."),
        ),
    ] = None,
    cap: Annotated[
        float | None,
        typer.Option(
            "--cap",
            min=0.1,
            max=HIGHEST_CAP,
            help=mark("Answered calls that may find no agent, in percent (predictive)."),
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help=mark("Of the first run."))] = 1,
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, max=100, help=mark("Runs for each staffing."))
    ] = SEEDS,
    picture_file: Annotated[
        Path | None, typer.Option("--picture", help=mark("Write the course as an SVG file."))
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """Nothing is dialed: the engine works in virtual time with modelled customers and agents."""
    staffings = _staffings(agents)
    if days is not None and hours is not None:
        raise CommandError(_("--days or --hours, not both"), ExitCode.USAGE)
    length_h = hours if hours is not None else (DAYS if days is None else days) * 24
    wishes = Wishes(
        answer_rate=answer_rate,
        busy=busy,
        ring=ring,
        talk=talk,
        wrap=wrap,
        look=look,
        contacts=contacts,
        mode=mode,
        cap=cap,
    )
    settings, now = settings_of(ctx), utc_now()
    plan, basis, left_out = carry_out(_prepared(settings, campaign, wishes, length_h, now))
    with progress(_("simulating")) as told:
        runs = forecasts(plan, staffings, range(seed, seed + seeds), told)
    if picture_file is not None:
        title = _("{name}: contacts left, by agents").format(name=plan.campaign.name)
        picture_file.write_text(picture(title, runs, plan.campaign.zone), encoding="utf-8")
    if json:
        _print_json(plan, basis, runs)
    else:
        _print(plan, basis, wishes, runs, left_out, now)


def _staffings(text: str) -> list[int]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words or not all(word.isascii() and word.isdigit() for word in words):
        said = _("“{text}” is no list of staffings; write 10,20,40")
        raise CommandError(said.format(text=text), ExitCode.USAGE)
    counts = sorted({int(word) for word in words if len(word) <= len(str(MOST_AGENTS))})
    if len(counts) != len(set(words)) or not 1 <= counts[0] <= counts[-1] <= MOST_AGENTS:
        said = _("a staffing is 1 to {most} agents").format(most=MOST_AGENTS)
        raise CommandError(said, ExitCode.USAGE)
    return counts


# ── what it rests on ─────────────────────────────────────────────────────────────────────


async def _prepared(
    settings: Settings, name: str, wishes: Wishes, hours: float, now: datetime
) -> tuple[Plan, Basis, int]:
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
    )
    return plan, basis, listed.left_out


def _wanted(campaign: Campaign, wishes: Wishes) -> Campaign:
    if wishes.mode is not None:
        campaign = replace(campaign, mode=wishes.mode)
    if wishes.cap is not None:
        cap = Fraction(str(wishes.cap)) / 100
        campaign = replace(campaign, pacing=replace(campaign.pacing, cap=cap))
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
    learned = learn(calls, given(), campaign.wrap_up_s)
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
        return Basis(model=_with(given(), wishes), learned=None)
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
    return model


# ── for people ───────────────────────────────────────────────────────────────────────────


def _print(
    plan: Plan,
    basis: Basis,
    wishes: Wishes,
    runs: Sequence[Sequence[Figures]],
    left_out: int,
    now: datetime,
) -> None:
    campaign = plan.campaign
    say(f"{campaign.name} · {mode_word(campaign.mode)}", style="bold")
    kind = _("made-up") if wishes.contacts is not None else _("open")
    listed = _("{n} contacts ({kind})").format(n=f"{len(plan.cases):,}", kind=kind)
    if left_out:
        listed += _("; {n} more are left out").format(n=f"{left_out:,}")
    facts(
        [
            (_("rests on"), _rests_on(basis, wishes, plan)),
            *_model_facts(basis.model, campaign),
            (_("list"), listed),
            (_("from"), moment(plan.start, campaign.zone, now)),
            (_("for at most"), _span(plan.hours)),
        ]
    )
    heading(_("Forecast: mean of {n} runs, below it from 5 to 95 %").format(n=len(runs[0])))
    _print_table(plan, runs)
    _print_load(runs)


def _rests_on(basis: Basis, wishes: Wishes, plan: Plan) -> str:
    own = (wishes.answer_rate, wishes.busy, wishes.ring, wishes.talk, wishes.wrap, wishes.look)
    learned = basis.learned
    if learned is None:
        return _("given figures, and usual ones where none were given")
    first, last = learned.first_at, learned.last_at
    said = _("{n} calls of its own, {talks} talks, {wraps} wrap-ups").format(
        n=f"{learned.calls:,}", talks=f"{learned.talks:,}", wraps=f"{learned.wrap_ups:,}"
    )
    if first is not None and last is not None:
        zone = plan.campaign.zone
        said += f" ({stamp(first, zone)[:16]} – {stamp(last, zone)[:16]})"
    return said + (_("; and given figures") if any(one is not None for one in own) else "")


def _span(hours: float) -> str:
    days = hours / 24
    return _("{n} days").format(n=f"{days:g}") if days > 1 else duration(round(hours * 60) * 60)


def _model_facts(model: Model, campaign: Campaign) -> Iterable[tuple[str, str]]:
    rates = ", ".join(f"{100 * rate:.1f} %" for rate in model.answered)
    tried = _("by the number of the try") if len(model.answered) > 1 else ""
    yield _("answered"), f"{rates} {tried}".rstrip()
    yield _("to the answer"), _mean(model.answer_s)
    yield _("talk"), _mean(model.talk_s)
    yield _("wrap-up"), _mean(model.wrap_up_s)
    if campaign.mode is Mode.PREVIEW:
        yield _("look"), _mean(model.look_s)
    if campaign.mode is Mode.PREDICTIVE:
        yield _("cap"), f"{float(abandon_cap(campaign) * 100):g} %"


def _mean(times: Times) -> str:
    return f"{times.mean:.1f} s"


def _print_table(plan: Plan, runs: Sequence[Sequence[Figures]]) -> None:
    columns = [_("agents"), _("all called once"), _("list done")]
    figures = [_("calls/h"), _("utilisation"), _("between talks"), _("abandoned")]
    rows = [
        (
            str(of[0].agents),
            _when([run.called_at for run in of], plan),
            _done(of, plan),
            _range(interval(run.calls_an_hour for run in of), "{:,.0f}"),
            _bar(interval(run.utilisation for run in of)),
            _range(interval(run.idle_s for run in of), "{:.1f} s"),
            _range(_percent(interval(run.abandon_rate for run in of)), "{:.2f} %"),
        )
        for of in runs
    ]
    table([*columns, *figures], rows, right="|".join([_("agents"), *figures]))


def _print_load(runs: Sequence[Sequence[Figures]]) -> None:
    columns = [_("agents"), _("occupancy"), _("answered wait"), _("wait p95")]
    most = [_("calls at once, at most"), _("calls a second, at most")]
    rows = [
        (
            str(of[0].agents),
            _range(_percent(interval(run.occupancy for run in of)), "{:.1f} %"),
            _range(interval(run.wait_s for run in of), "{:.2f} s"),
            _range(interval(run.wait_p95_s for run in of), "{:.2f} s"),
            _range(interval(run.peak_calls for run in of), "{:.0f}"),
            _range(interval(run.peak_cps for run in of), "{:.0f}"),
        )
        for of in runs
    ]
    table([*columns, *most], rows, right="|".join([*columns, *most]))


def _range(found: Interval | None, form: str) -> str:
    if found is None:
        return "–"
    mean = form.format(found.mean)
    low, high = form.format(found.low), form.format(found.high)
    return mean if low == high else f"{mean}\n{low.split(' ')[0]}–{high}"


def _percent(found: Interval | None) -> Interval | None:
    if found is None:
        return None
    return Interval(mean=100 * found.mean, low=100 * found.low, high=100 * found.high)


def _bar(share: Interval | None) -> str:
    """The figure with a bar as long as it."""
    text = _range(_percent(share), "{:.1f} %")
    if share is None:
        return text
    full = round(share.mean * BAR)
    return f"{'█' * full}{'░' * (BAR - full)} {text}"


def _when(times: Sequence[datetime | None], plan: Plan) -> str:
    """The time that half of the runs keep, and the latest; how many do not come to it."""
    zone = plan.campaign.zone
    known = sorted(at for at in times if at is not None)
    if len(known) * 2 <= len(times):
        return _("not in this time")
    middle, latest = known[(len(times) - 1) // 2], known[-1]
    said = stamp(middle, zone)[5:16]
    if len(known) < len(times):
        never = _("not in {n} of {of} runs").format(n=len(times) - len(known), of=len(times))
        return f"{said}\n{never}"
    return said if latest == middle else f"{said}\n≤ {stamp(latest, zone)[5:16]}"


def _done(of: Sequence[Figures], plan: Plan) -> str:
    said = _when([run.done_at for run in of], plan)
    left = interval(run.open for run in of)
    if all(run.done_at is not None for run in of) or left is None:
        return said
    return _("{said}\n{n} left").format(said=said, n=f"{left.mean:,.0f}")


# ── for programs ─────────────────────────────────────────────────────────────────────────


def _print_json(plan: Plan, basis: Basis, runs: Sequence[Sequence[Figures]]) -> None:
    model, learned = basis.model, basis.learned
    print_json(
        {
            "campaign": plan.campaign.name,
            "mode": plan.campaign.mode.value,
            "start": iso(plan.start),
            "hours": plan.hours,
            "contacts": len(plan.cases),
            "model": {
                "calls": 0 if learned is None else learned.calls,
                "talks": 0 if learned is None else learned.talks,
                "wrap_ups": 0 if learned is None else learned.wrap_ups,
                "answered": list(model.answered),
                "ends": {outcome.value: share for outcome, share in model.ends.items()},
                "answer_s": model.answer_s.mean,
                "talk_s": model.talk_s.mean,
                "wrap_up_s": model.wrap_up_s.mean,
                "look_s": model.look_s.mean,
            },
            "forecasts": [_forecast_json(of) for of in runs],
        }
    )


def _forecast_json(of: Sequence[Figures]) -> dict[str, object]:
    names = (
        *("utilisation", "occupancy", "idle_s", "abandon_rate", "calls_an_hour"),
        *("wait_s", "wait_p95_s", "peak_calls", "peak_cps", "open"),
    )
    intervals = {name: _interval_json(interval(getattr(r, name) for r in of)) for name in names}
    return {"agents": of[0].agents, **intervals, "runs": [_run_json(run) for run in of]}


def _interval_json(found: Interval | None) -> dict[str, float] | None:
    return None if found is None else {"mean": found.mean, "p5": found.low, "p95": found.high}


def _run_json(run: Figures) -> dict[str, object]:
    return {
        "seed": run.seed,
        "called_at": iso(run.called_at),
        "done_at": iso(run.done_at),
        "open": run.open,
        "held": run.held,
        "placed": run.placed,
        "answered": run.answered,
        "connected": run.connected,
        "abandoned": run.abandoned,
        "peak_calls": run.peak_calls,
        "peak_cps": run.peak_cps,
    }
