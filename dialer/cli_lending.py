"""`waihu agent lend`, `waihu queue lend`: agents serve another group's queue for a while (R17).

Owns: these commands, and what an agent serves, in words. Loans are in the database, where they
outlive the engine; a running one is told at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from config.language import _, mark
from config.settings import Settings
from config.words import QUEUE_PREFIX, queue_name
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import print_json, say
from dialer.cli_session import acting, by_operator, carry_out, settings_of
from dialer.cli_times import moment, read_time
from dialer.messages import Loan
from supervisor.snapshot import AgentView

agent_app = typer.Typer(rich_markup_mode=None)
queue_app = typer.Typer(rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
Why = Annotated[str, typer.Option("--why", help=mark("Why; it is kept in the ledger."))]
Until = Annotated[
    str | None,
    typer.Option(help=mark("Until when: 15:00 or 2026-11-25 15:00; else until taken back.")),
]


def known_queue(settings: Settings, text: str) -> str:
    """The full name of a queue in the settings.

    Raises:
        CommandError: there is none of that name; it lists them all.
    """
    try:
        name = queue_name(text)
    except ValueError as error:
        raise CommandError(str(error), ExitCode.USAGE) from None
    known = [queue.name for queue in settings.queues]
    if name not in known:
        said = _("the queue {queue} is not in the settings; they have: {known}")
        raise CommandError(said.format(queue=name, known=", ".join(known)), ExitCode.USAGE)
    return name


def serves(view: AgentView, settings: Settings, now: datetime) -> str:
    """The queues that an agent serves now, each with the level there; or to which one lent."""
    if view.lent_to is not None:
        lent = _("lent to {queue}").format(queue=_short(view.lent_to))
        zone = ZoneInfo(settings.site.zone)
        return lent if view.lent_until is None else f"{lent} – {moment(view.lent_until, zone, now)}"
    skills = {queue.name: queue.skill for queue in settings.queues}
    names = []
    for queue in view.queues:
        level = view.skills.get(skills.get(queue) or "")
        names.append(f"{_short(queue)} {level}" if level else _short(queue))
    return ", ".join(names)


def _short(queue: str) -> str:
    return queue.removeprefix(QUEUE_PREFIX)


# ── one agent ────────────────────────────────────────────────────────────────────────────


@agent_app.command("lend", help=mark("Let an agent serve another queue only, or take one back."))
def lend_agent(
    ctx: typer.Context,
    agent: Annotated[str, typer.Argument(metavar="AGENT", help=mark("The agent's number."))],
    queue: Annotated[
        str | None, typer.Argument(metavar="QUEUE", help=mark("The queue that needs help."))
    ] = None,
    until: Until = None,
    back: Annotated[
        bool, typer.Option("--back", help=mark("The agent serves the own queues again."))
    ] = False,
    why: Why = "",
    json: Json = False,
) -> None:
    """During a call it takes effect after it."""
    settings = settings_of(ctx)
    if back is (queue is not None) or (back and until is not None):
        raise CommandError(_("say either QUEUE or --back"), ExitCode.USAGE)
    if queue is None:
        carry_out(_take_back(settings, agent, why, json=json))
    else:
        carry_out(_lend(settings, agent, queue, until, why, json=json))


def _ends_at(settings: Settings, until: str | None, now: datetime) -> datetime | None:
    return None if until is None else read_time(until, ZoneInfo(settings.site.zone), now)


async def _lend(
    settings: Settings, agent: str, queue: str, until: str | None, why: str, *, json: bool
) -> None:
    by = by_operator(why)
    async with acting(settings) as acts:
        loan = await acts.lend([agent], queue, by, _ends_at(settings, until, by.at))
    _say_lent(settings, [agent], loan, json=json)


def _say_lent(settings: Settings, agents: Sequence[str], loan: Loan, *, json: bool) -> None:
    until = None if loan.until is None else loan.until.isoformat()
    if json:
        print_json({"lent": list(agents), "queue": loan.queue, "until": until})
        return
    names = ", ".join(agents)
    if loan.until is None:
        say(_("{agents} serve {queue} until taken back.").format(agents=names, queue=loan.queue))
        return
    time = moment(loan.until, ZoneInfo(settings.site.zone), loan.since)
    said = _("{agents} serve {queue} until {time}.")
    say(said.format(agents=names, queue=loan.queue, time=time))


async def _take_back(settings: Settings, agent: str, why: str, *, json: bool) -> None:
    async with acting(settings) as acts:
        held = await acts.take_back([agent], by_operator(why))
    _say_back(held, json=json)


def _say_back(held: Sequence[str], *, json: bool) -> None:
    if json:
        print_json({"taken_back": list(held)})
    else:
        say(_("{agents} serve their own queues again.").format(agents=", ".join(held)))


# ── a group ──────────────────────────────────────────────────────────────────────────────


@queue_app.command("lend", help=mark("Lend agents of one queue to another, or take them back."))
def lend_group(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", help=mark("The queue that gives."))],
    target: Annotated[str, typer.Argument(metavar="TO", help=mark("The queue that needs help."))],
    agents: Annotated[int, typer.Option(min=1, help=mark("How many; who is free goes first."))] = 1,
    until: Until = None,
    back: Annotated[
        bool, typer.Option("--back", help=mark("All who were lent so come back."))
    ] = False,
    why: Why = "",
    json: Json = False,
) -> None:
    """Agents who are signed in, by the running engine's word."""
    settings = settings_of(ctx)
    if back and until is not None:
        raise CommandError(_("say either QUEUE or --back"), ExitCode.USAGE)
    if back:
        carry_out(_group_back(settings, source, target, why, json=json))
    else:
        carry_out(_group(settings, source, target, agents, until, why, json=json))


async def _group(  # one argument a word of the command
    settings: Settings,
    source: str,
    target: str,
    count: int,
    until: str | None,
    why: str,
    *,
    json: bool,
) -> None:
    by = by_operator(why)
    async with acting(settings) as acts:
        ends_at = _ends_at(settings, until, by.at)
        lent, loan = await acts.lend_group(source, target, count, by, ends_at)
    _say_lent(settings, lent, loan, json=json)


async def _group_back(
    settings: Settings, source: str, target: str, why: str, *, json: bool
) -> None:
    """Those whose own queue it is, and who are lent to the other."""
    async with acting(settings) as acts:
        held = await acts.take_group_back(source, target, by_operator(why))
    _say_back(held, json=json)
