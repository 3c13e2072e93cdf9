"""The words of `waihu seats`: what is wrong with a plan, and what an answer rests on.

Owns: these sentences. Must not compute anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from config.language import _
from dialer.cli_seats_answer import Answer
from dialer.cli_seats_flags import FLAGS
from dialer.cli_seats_history import FEWEST_WRAP_UPS, HISTORY_DAYS
from dialer.staffing.occupancy import Dialing
from dialer.staffing.plan_cells import PlanColumn
from dialer.staffing.plan_rows import Misfit, PlanFault

MOST_TOLD: Final = 20
_WHOLE_FROM: Final = 100


# ── what is wrong with a plan ────────────────────────────────────────────────────────────


def misfit_sentences(file: Path, misfits: Sequence[Misfit]) -> str:
    """A line for each, with its place and what to do; the first of many."""
    words = _sentences()
    lines = [f"{file.name}, {_place(one)}: {_said(one, words)}" for one in misfits[:MOST_TOLD]]
    if len(misfits) > MOST_TOLD:
        lines.append(_("and {n} more").format(n=len(misfits) - MOST_TOLD))
    return "\n".join(lines)


def _place(misfit: Misfit) -> str:
    if misfit.fault is PlanFault.MISSING or not misfit.column:
        return _("row {line}").format(line=misfit.line)
    return _("row {line}, column {column}").format(line=misfit.line, column=misfit.column)


def _said(misfit: Misfit, words: Mapping[PlanFault, str]) -> str:
    flag = ""
    if misfit.fault is PlanFault.MISSING:
        flag = FLAGS[PlanColumn(misfit.column)]
    said = words[misfit.fault]
    return said.format(text=misfit.text, column=misfit.column, flag=flag, earlier=misfit.earlier)


def _sentences() -> Mapping[PlanFault, str]:
    return {
        PlanFault.NO_VOLUME: _(
            "no column says how much there is to do; name one calls (呼入量) or records (外呼量). "
            "The columns are: {text}"
        ),
        PlanFault.TWO_COLUMNS: _("{text} means the same; leave one of them out"),
        PlanFault.BROKEN_ROW: _("the row cannot be taken apart, its quotes do not match: {text}"),
        PlanFault.BAD_DATE: _("“{text}” is no date; write 2026-11-25"),
        PlanFault.BAD_HOUR: _("“{text}” is no whole hour; write 9, 09:00 or 9:00-10:00"),
        PlanFault.BAD_FIGURE: _(
            "“{text}” is no figure that makes sense there; write it as 120 or 1,200.5"
        ),
        PlanFault.BAD_RATE: _("“{text}” is no rate above 0 and up to 100 %; write 30 or 0.3"),
        PlanFault.NO_DATE: _("the date is missing; give one in each row, or leave the column out"),
        PlanFault.TWICE: _("{text} is in row {earlier} already; put both into one row"),
        PlanFault.MISSING: _("{column} is missing; add that column, or give {flag}"),
    }


# ── what an answer rests on ──────────────────────────────────────────────────────────────


def assumptions(answer: Answer) -> list[tuple[str, str]]:
    """Names and values, in the order in which they matter."""
    told: list[tuple[str, str]] = []
    if answer.has_inbound:
        told.append((_("service level"), _level(answer)))
        told.append((_("callers"), _callers(answer)))
    if answer.has_outbound:
        told.append((_("outbound"), " · ".join(_outbound(answer))))
        told.append((_("dialer"), _dialing(answer)))
    if answer.history is not None:
        told.append((_("history"), _history(answer)))
    if answer.has_inbound and answer.has_outbound:
        told.append((_("one team"), _("callers go first, outbound calls fill the time they leave")))
    return told


def _level(answer: Answer) -> str:
    target = answer.rules.target
    said = _("{share} answered within {n} s, of answered and given up (SL3)")
    return said.format(share=percent(target.share), n=f"{target.within_s:g}")


def _callers(answer: Answer) -> str:
    """One figure where all hours share it; several hours may differ."""
    calls = [one.hour.inbound for one in answer.seats if one.hour.inbound is not None]
    handle = _one_of({one.handle_s for one in calls}, _seconds)
    patience = {one.patience_s for one in calls}
    if patience == {None}:
        return _("{aht} each; nobody gives up (Erlang C)").format(aht=handle)
    shown = _one_of({one for one in patience if one is not None}, _seconds)
    return _("{aht} each; patience {patience} (Erlang A)").format(aht=handle, patience=shown)


def _outbound(answer: Answer) -> Iterator[str]:
    works = [one.hour.outbound for one in answer.seats if one.hour.outbound is not None]
    dials = _one_of({one.dials for one in works}, number)
    yield _("dials per record {n}").format(n=dials)
    rates = {one.answer_rate for one in works}
    yield _("{rate} answered").format(rate=_one_of(rates, percent))
    handle = _one_of({one.handle_s for one in works}, _seconds)
    yield _("talk and wrap-up {handle}").format(handle=handle)


def _dialing(answer: Answer) -> str:
    """How busy outbound agents are taken to be, and why."""
    if answer.simulated is not None and answer.dialing is not None:
        runs = sorted(answer.simulated.runs.items())
        sizes = ", ".join(
            _("{n} agents {share}").format(n=size, share=percent(run.utilisation or 0.0))
            for size, run in runs
        )
        calls = sum(run.placed for _size, run in runs)
        said = _("{mode}, occupancy by simulation of {calls} calls: {sizes}")
        mode = _("predictive") if answer.dialing is Dialing.PREDICTIVE else _("progressive")
        return said.format(mode=mode, calls=f"{calls:,}", sizes=sizes)
    match answer.dialing:
        case Dialing.PREDICTIVE:
            return _("predictive, occupancy as measured by team size (docs/pacing.md)")
        case Dialing.PROGRESSIVE:
            said = _("progressive, occupancy {share} as measured (docs/pacing.md)")
            return said.format(share=percent(answer.rules.occupancy(1)))
        case None:
            return _("occupancy {share}, as given").format(share=percent(answer.rules.occupancy(1)))


def _history(answer: Answer) -> str:
    found = answer.history
    assert found is not None  # noqa: S101  asked before
    said = _("{campaign}, last {days} days: {placed} calls, {live} answered, {talks} talks")
    text = said.format(
        campaign=answer.campaign,
        days=HISTORY_DAYS,
        placed=found.placed,
        live=found.live,
        talks=found.talks,
    )
    wrap_up = (
        _("wrap-up from {n} of them").format(n=found.wrap_ups)
        if found.wrap_ups >= FEWEST_WRAP_UPS
        else _("wrap-up: the campaign's limit, too few were measured")
    )
    return f"{text}; {wrap_up}"


def reserve_text(answer: Answer) -> str:
    """What the spare seats are for."""
    said = _("{share} of them on breaks, in training, absent")
    return said.format(share=percent(answer.rules.reserve))


def _one_of(figures: set[float], shown: Callable[[float], str]) -> str:
    """`180 s`, or `120 s to 180 s` where hours differ."""
    least, most = shown(min(figures)), shown(max(figures))
    if least == most:
        return least
    return _("{least} to {most}").format(least=least, most=most)


def _seconds(seconds: float) -> str:
    return _("{n} s").format(n=number(seconds))


def number(figure: float) -> str:
    """Three digits, and all before the point: `2.19`, `66.7`, `1,200`."""
    return f"{figure:,.0f}" if figure >= _WHOLE_FROM else f"{figure:.3g}"


def percent(part: float) -> str:
    """`80 %` in a sentence."""
    return f"{100 * part:.3g} %"


def share(part: float | None) -> str:
    """`83.1 %` in a table; a dash where there is nothing to divide by."""
    return "–" if part is None else f"{100 * part:.1f} %"
