"""`waihu campaign pace`: why a predictive campaign dials as it does, and its steering.

Owns: what is shown of the pacer's decisions, and the change of its wishes while it runs. Must not
know how a decision is made (`dialer.pacing.predictive`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from campaigns.campaign import Campaign, Mode
from campaigns.cli.campaign_view import mode_word, pacing_text
from config.language import _
from config.settings import Settings
from dialer.acting import Wish
from dialer.cli_print import facts, heading, print_json, say, table
from dialer.cli_session import OK, acting, ask, by_operator
from dialer.client import EngineNotRunningError
from dialer.pacing import Limit
from dialer.wire import Do
from supervisor.snapshot import PaceView, pace_from_json, pace_to_json
from supervisor.words import campaign_state_word, limit_sentences

_NONE_LEFT = 1.0
AMD_ERROR = 0.04
"""Of 100 persons some 4 are taken for machines, as AMD is usually tuned: a guess, not a measure."""


async def show_pace(
    settings: Settings, name: str, wish: Wish, why: str, *, last: int, json: bool
) -> None:
    """Change what is wished for, then show the last decisions."""
    async with acting(settings) as acts:
        record = (await acts.steer(name, wish, by_operator(why))).record
    campaign = record.campaign
    views = await decisions_of(settings, campaign.name)
    if json:
        print_json(pace_json(campaign, views, last))
        return
    state = campaign_state_word(record.state, _)
    say(f"{campaign.name} · {mode_word(campaign.mode)} · {state}", style="bold")
    if campaign.mode is not Mode.PREDICTIVE:
        said = _(
            "Only predictive campaigns are paced: waihu campaign pace {name} --mode predictive"
        )
        say(said.format(name=campaign.name))
    elif not views:
        say(_no_decision(engine_runs=views is not None))
    else:
        _print(campaign, views[:last])


def pace_json(campaign: Campaign, views: Sequence[PaceView] | None, last: int) -> dict[str, object]:
    """The last decisions for a program."""
    shown = [pace_to_json(view) for view in (views or ())[:last]]
    known = {"campaign": campaign.name, "mode": campaign.mode.value}
    return {**known, "engine_running": views is not None, "decisions": shown}


async def decisions_of(settings: Settings, campaign: str) -> Sequence[PaceView] | None:
    """What the engine has decided, newest first; None where none runs."""
    try:
        answer = await ask(settings, Do.PACE, campaign=campaign)
    except EngineNotRunningError:
        return None
    found = answer.facts.get("decisions") if answer.code == OK else ()
    return [pace_from_json(one) for one in found] if isinstance(found, list) else ()


def _no_decision(*, engine_runs: bool) -> str:
    if not engine_runs:
        return _("No engine is running, so nothing is decided: waihu run")
    return _("Nothing was decided yet: the engine begins when it hears the switch.")


# ── for people ───────────────────────────────────────────────────────────────────────────


def _print(campaign: Campaign, views: Sequence[PaceView]) -> None:
    now = views[0]
    facts(
        [
            (_("pacing"), pacing_text(campaign)),
            (_("today"), _share(now.day_answered, now.day_abandoned)),
            (_("this block"), _share(now.block_answered, now.block_abandoned)),
            (_("may still be lost"), _left(now.left)),
            (_("AMD"), _amd(now) if campaign.pacing.amd else ""),
            (_("agents"), _agents(now)),
            (_("calls"), _calls(now)),
            (_("one more call"), _next_call(now)),
            (_("so"), limit_sentence(now.limit)),
        ]
    )
    heading(_("The last {n} s, newest first ({zone})").format(n=len(views), zone=campaign.zone.key))
    columns = [
        _("time"),
        _("placed"),
        _("free"),
        _("in flight"),
        _("to answer"),
        _("to be free"),
        _("adds"),
        _("may add"),
        _("why not more"),
    ]
    table(
        columns,
        [
            (
                f"{view.at.astimezone(campaign.zone):%H:%M:%S}",
                str(view.placed or ""),
                str(view.free),
                str(view.in_flight),
                f"{view.expected_answers:.1f}",
                f"{view.expected_free:.1f}",
                f"{view.risk:.3f}",
                f"{view.price:.3f}",
                limit_word(view.limit),
            )
            for view in views
        ],
        right="|".join(columns[1:-1]),
    )


def _share(answered: int, abandoned: int) -> str:
    if not answered:
        return _("nobody has answered yet")
    said = _("{answered} answered, {abandoned} of them found no agent: {share}")
    share = f"{abandoned / answered:.2%}"
    return said.format(answered=f"{answered:,}", abandoned=f"{abandoned:,}", share=share)


def _left(left: float) -> str:
    if left < 0:
        return _("none: {n} too many; each free agent gets one call").format(n=f"{-left:.1f}")
    if left < _NONE_LEFT:
        return _("not one yet")
    return _("{n} calls").format(n=f"{int(left):,}")


def _amd(view: PaceView) -> str:
    """What it costs: nobody hears who was hung up, so it is reckoned by the usual error."""
    mistaken = view.persons * AMD_ERROR / (1 - AMD_ERROR)
    said = _(
        "{machines} hung up as machines, {persons} persons; "
        "with its usual error some {n} of the former were people"
    )
    return said.format(
        machines=f"{view.machines:,}",
        persons=f"{view.persons:,}",
        n=f"{min(mistaken, view.machines):.0f}",
    )


def _agents(view: PaceView) -> str:
    said = _("{free} free, {coming} more to come within half a minute")
    return said.format(free=view.free, coming=f"{view.expected_free:.1f}")


def _calls(view: PaceView) -> str:
    said = _("{flight} in flight, {answers} answers to come, {waiting} waiting; {rate} answer")
    return said.format(
        flight=view.in_flight,
        answers=f"{view.expected_answers:.1f}",
        waiting=view.waiting,
        rate=f"{view.answer_rate:.0%}",
    )


def _next_call(view: PaceView) -> str:
    said = _("would add {risk} lost ones for each person reached; {price} is allowed")
    return said.format(risk=f"{view.risk:.3f}", price=f"{view.price:.3f}")


def limit_sentence(limit: str) -> str:
    """What kept a decision from being larger."""
    return limit_sentences(_).get(limit, limit)


def limit_word(limit: str) -> str:
    """The same in a word or two."""
    words: Mapping[str, str] = {
        Limit.PRICE: _("risk"),
        Limit.BUDGET: _("cap used up"),
        Limit.AGENTS: _("no agent"),
        Limit.MAX_CALLS: _("calls at once"),
        Limit.CPS: _("calls a second"),
        Limit.AT_ONCE: _("few agents"),
        Limit.LIST: _("list"),
        Limit.PAUSED: _("paused"),
        Limit.LINK: _("link"),
        Limit.STORE: _("database"),
        Limit.BREAKER: _("breaker"),
        Limit.DIALPLAN: _("dialplan"),
        Limit.STOPPING: _("stopping"),
    }
    return words.get(limit, limit)
