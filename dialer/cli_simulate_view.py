"""What `waihu simulate` shows: on what a forecast rests, and what it comes to.

Owns: the words, tables and JSON. Must not know how the figures were made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from campaigns.campaign import Campaign, Mode
from campaigns.cli.campaign_view import mode_word
from campaigns.law.abandonment import abandon_cap
from config.language import _
from dialer.cli_print import facts, heading, print_json, say, table
from dialer.cli_simulate_basis import Basis, Wishes
from dialer.cli_times import duration, iso, moment, stamp
from dialer.sim.forecast import Figures, Interval, interval
from dialer.sim.model import Model
from dialer.sim.plan import Plan
from dialer.sim.times import Times
from supervisor.statistics import THRESHOLD_S

BAR: Final = 10


def print_forecast(
    plan: Plan,
    basis: Basis,
    wishes: Wishes,
    runs: Sequence[Sequence[Figures]],
    left_out: int,
    now: datetime,
) -> None:
    """For people: what it rests on, and the tables. `left_out`: contacts beyond the most."""
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
            *_floor_facts(plan),
            (_("list"), listed),
            (_("from"), moment(plan.start, campaign.zone, now)),
            (_("for at most"), _span(plan.hours)),
        ]
    )
    heading(_("Forecast: mean of {n} runs, below it from 5 to 95 %").format(n=len(runs[0])))
    _print_table(plan, runs)
    _print_load(runs)
    if plan.inbound is not None:
        _print_callers(runs)
    if basis.model.machines.share or _is_screened(campaign):
        _print_machines(runs)


def _is_screened(campaign: Campaign) -> bool:
    """Whether the switch judges who answers: only calls for which nobody is kept."""
    return campaign.mode is Mode.PREDICTIVE and campaign.pacing.amd


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
    yield from _machine_facts(model, campaign)


def _floor_facts(plan: Plan) -> Iterable[tuple[str, str]]:
    """What is not as simple as agents who are there all the time, for this campaign alone."""
    attendance, inbound = plan.attendance, plan.inbound
    if attendance.shifts:
        shifts = (",".join(map(str, windows)) for windows in attendance.shifts)
        yield _("shifts"), _("{shifts}, by turns").format(shifts=" | ".join(shifts))
    if attendance.breaks:
        said = _("{share} of the time, {length} each").format(
            share=f"{100 * attendance.breaks:g} %", length=duration(attendance.break_s.mean)
        )
        yield _("breaks"), said
    if attendance.absent:
        said = _("{share} of the agents, another day others")
        yield _("absent"), said.format(share=f"{100 * attendance.absent:g} %")
    if inbound is not None:
        said = _("{n} callers an hour, {s} s each and wrap-up; they give up after {patience} s")
        yield (
            _("inbound"),
            said.format(
                n=f"{inbound.an_hour:g}",
                s=f"{inbound.talk_s.mean:.0f}",
                patience=f"{inbound.patience_s:.0f}",
            ),
        )


def _machine_facts(model: Model, campaign: Campaign) -> Iterable[tuple[str, str]]:
    machines = model.machines
    if machines.share or _is_screened(campaign):
        said = _("{share} of the answered").format(share=f"{100 * machines.share:.1f} %")
        if not _is_screened(campaign):
            said += _("; agents hear them, {s} s each").format(s=f"{machines.heard_s.mean:.1f}")
        yield _("machines"), said
    if _is_screened(campaign):
        told = _(
            "after {s} s; {mistaken} of persons are hung up on, {missed} of machines are missed"
        )
        yield (
            _("told apart"),
            told.format(
                s=f"{machines.verdict_s.mean:.1f}",
                mistaken=f"{100 * machines.mistaken:g} %",
                missed=f"{100 * machines.missed:g} %",
            ),
        )


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


def _print_callers(runs: Sequence[Sequence[Figures]]) -> None:
    columns = [
        _("agents"),
        _("agents there"),
        _("callers"),
        _("within {s} s").format(s=f"{THRESHOLD_S:g}"),
        _("gave up"),
    ]
    rows = [
        (
            str(of[0].agents),
            _range(interval(run.agents_there for run in of), "{:.1f}"),
            _range(interval(run.callers for run in of), "{:,.0f}"),
            _range(_percent(interval(run.in_time for run in of)), "{:.1f} %"),
            _range(_percent(interval(run.given_up for run in of)), "{:.1f} %"),
        )
        for of in runs
    ]
    table(columns, rows, right="|".join(columns))


def _print_machines(runs: Sequence[Sequence[Figures]]) -> None:
    columns = [
        _("agents"),
        _("machines of the talks"),
        _("calls hung up on"),
        _("persons among them"),
        _("of all persons"),
    ]
    rows = [
        (
            str(of[0].agents),
            _range(_percent(interval(run.machine_share for run in of)), "{:.1f} %"),
            _range(interval(run.screened_out for run in of), "{:,.0f}"),
            _range(interval(run.mistaken for run in of), "{:,.0f}"),
            _range(_percent(interval(run.mistaken_rate for run in of)), "{:.1f} %"),
        )
        for of in runs
    ]
    table(columns, rows, right="|".join(columns))


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


def print_forecast_json(plan: Plan, basis: Basis, runs: Sequence[Sequence[Figures]]) -> None:
    """For programs: the same, and each run."""
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
                "machines": model.machines.share,
                "amd": {
                    "used": _is_screened(plan.campaign),
                    "verdict_s": model.machines.verdict_s.mean,
                    "mistaken": model.machines.mistaken,
                    "missed": model.machines.missed,
                },
            },
            "forecasts": [_forecast_json(of) for of in runs],
        }
    )


def _forecast_json(of: Sequence[Figures]) -> dict[str, object]:
    names = (
        *("utilisation", "occupancy", "idle_s", "abandon_rate", "calls_an_hour"),
        *("wait_s", "wait_p95_s", "peak_calls", "peak_cps", "open"),
        *("machine_share", "screened_out", "mistaken", "mistaken_rate"),
        *("agents_there", "callers", "in_time", "given_up"),
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
        "machines": run.machines,
        "screened_out": run.screened_out,
        "mistaken": run.mistaken,
        "peak_calls": run.peak_calls,
        "peak_cps": run.peak_cps,
    }
