"""`waihu agent pop`: who is calling, at the moment an agent is offered the call (R11).

Owns: the command and its form. What is on file, and when it is told, is the engine's
(`dialer.popping`).
"""

from __future__ import annotations

import json as json_text
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from campaigns.cli.order_words import kind_word, state_words
from campaigns.orders.states import State
from campaigns.outcomes import Outcome
from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import facts, print_json, say
from dialer.cli_session import ask, carry_out, settings_of
from dialer.cli_times import stamp
from dialer.client import EngineClient
from dialer.popping import WITHDRAWN
from dialer.wire import Do
from supervisor.words import outcome_words

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

LATEST: Final = 3

Pop = Mapping[str, Any]


@app.command(help=mark("Who is calling: the latest pop of an agent, or each as it comes."))
def pop(
    ctx: typer.Context,
    agent: Annotated[
        str | None, typer.Argument(metavar="[AGENT]", help=mark("The agent's number; else all."))
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help=mark("Until Ctrl-C, or until the engine goes away."))
    ] = False,
    json: Annotated[
        bool,
        typer.Option("--json", help=mark("JSON for a program; with --follow one object a line.")),
    ] = False,
) -> None:
    """Ask the running engine."""
    settings = settings_of(ctx)
    with suppress(KeyboardInterrupt):
        work = _follow(settings, agent, json=json) if follow else _show(settings, agent, json=json)
        carry_out(work)


async def _show(settings: Settings, agent: str | None, *, json: bool) -> None:
    answer = await ask(settings, Do.POP, agent=agent)
    pops: Any = answer.facts.get("pops", [])
    if json:
        print_json({"pops": pops})
        return
    if not pops:
        say(_("No call has been offered yet."))
    for one in pops:
        _print(one, settings)


async def _follow(settings: Settings, agent: str | None, *, json: bool) -> None:
    async with EngineClient(settings.paths.socket) as engine:
        async for answer in engine.follow(Do.POPS, agent=agent):
            if json:
                sys.stdout.write(json_text.dumps(answer.facts, ensure_ascii=False) + "\n")
                sys.stdout.flush()
            else:
                _print(answer.facts, settings)
    raise CommandError(_("the engine has gone"), ExitCode.UNREACHABLE)


# ── for people ───────────────────────────────────────────────────────────────────────────


def _print(pop: Pop, settings: Settings) -> None:
    zone = ZoneInfo(settings.site.zone)
    at = datetime.fromisoformat(pop["at"]).astimezone(zone)
    if pop.get(WITHDRAWN):
        say(_("{time} {agent} has not taken the call").format(time=f"{at:%H:%M:%S}", **pop))
        return
    way = _("is called by") if pop["direction"] == "inbound" else _("is to speak to")
    names = " / ".join(dict.fromkeys(one["name"] for one in pop["people"] if one["name"]))
    unknown = _("nobody we know") if pop["on_file"] else _("the database does not answer")
    number = f"…{pop['number_end']}" if pop["number_end"] else _("number withheld")
    say(f"{at:%H:%M:%S} {pop['agent']} {way} {names or unknown} ({number})", style="bold")
    facts(
        [
            (_("why"), " · ".join(_why(pop))),
            *_fields(pop["people"]),
            (_("do not call"), _("yes") if pop["do_not_call"] else ""),
            *((_("work order"), _order_line(one, settings)) for one in pop["work_orders"]),
            *((_("before"), _past_line(one, zone)) for one in pop["history"][:LATEST]),
            (_("say"), pop["script"] or ""),
        ]
    )


def _why(pop: Pop) -> list[str]:
    return [str(pop[name]) for name in ("campaign", "queue", "subject") if pop[name]]


def _fields(people: Sequence[Pop]) -> list[tuple[str, str]]:
    """The cells of whoever it is; of several nobody knows whose would be true."""
    return list(people[0]["custom"].items()) if len(people) == 1 else []


def _order_line(order: Pop, settings: Settings) -> str:
    state = state_words()[State(order["state"])]
    late = _("overdue") if order["overdue"] else ""
    kind = kind_word(order["kind"], settings.orders)
    return _line(order["number"], kind, order["subject"], state, late)


def _past_line(past: Pop, zone: ZoneInfo) -> str:
    at = stamp(datetime.fromisoformat(past["at"]), zone)
    return _line(at, past["where"], _past_word(past), past["agent"] or "", past["note"])


def _past_word(past: Pop) -> str:
    """An outcome of ours, or what became of a caller in a queue."""
    what = str(past["what"])
    if past["direction"] == "inbound":
        return {"answered": _("answered"), "abandoned": _("given up")}.get(what, what)
    with suppress(ValueError):
        return outcome_words(_)[Outcome(what)]
    return what


def _line(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
