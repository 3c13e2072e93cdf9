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
from dialer.cli_session import (
    carry_out,
    opened,
    operator,
    settings_of,
    snapshot_of,
    tell_engine,
    utc_now,
)
from dialer.cli_times import moment, read_time
from dialer.messages import Loan
from store.agents import Agents
from store.lending import lend, take_back
from supervisor.snapshot import AgentLook, AgentView

agent_app = typer.Typer(rich_markup_mode=None)
queue_app = typer.Typer(rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
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
    json: Json = False,
) -> None:
    """During a call it takes effect after it."""
    settings = settings_of(ctx)
    if back is (queue is not None) or (back and until is not None):
        raise CommandError(_("say either QUEUE or --back"), ExitCode.USAGE)
    if queue is None:
        carry_out(_take_back(settings, [agent], json=json))
    else:
        name = known_queue(settings, queue)
        carry_out(_lend(settings, [agent], _loan(settings, name, until), json=json))


def _loan(settings: Settings, queue: str, until: str | None) -> Loan:
    now = utc_now()
    ends_at = None if until is None else read_time(until, ZoneInfo(settings.site.zone), now)
    if ends_at is not None and ends_at <= now:
        raise CommandError(_("that time is over already"), ExitCode.USAGE)
    return Loan(queue=queue, since=now, until=ends_at, by=operator())


async def _lend(settings: Settings, agents: Sequence[str], loan: Loan, *, json: bool) -> None:
    async with opened(settings) as database:
        unknown = await lend(database, agents, loan)
    if unknown:
        raise CommandError(_("there is no agent {agent}").format(agent=unknown[0]))
    await tell_engine(settings)
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


async def _take_back(settings: Settings, agents: Sequence[str], *, json: bool) -> None:
    async with opened(settings) as database:
        held = await take_back(database, agents, operator(), utc_now())
    if not held:
        raise CommandError(_("nobody of them is lent"))
    await tell_engine(settings)
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
    json: Json = False,
) -> None:
    """Agents who are signed in, by the running engine's word."""
    settings = settings_of(ctx)
    giving, taking = known_queue(settings, source), known_queue(settings, target)
    if giving == taking or (back and until is not None):
        raise CommandError(_("a queue cannot lend to itself"), ExitCode.USAGE)
    if back:
        carry_out(_group_back(settings, giving, taking, json=json))
        return
    carry_out(_group(settings, giving, _loan(settings, taking, until), agents, json=json))


async def _group(settings: Settings, giving: str, loan: Loan, count: int, *, json: bool) -> None:
    snapshot = await snapshot_of(settings)
    there = [
        view
        for view in snapshot.agents
        if giving in view.queues and view.lent_to is None and view.status != "logged_out"
    ]
    there.sort(key=lambda view: (view.look is not AgentLook.READY, -view.since_s, view.agent))
    if len(there) < count:
        said = _("{queue} has only {n} signed in who are not lent")
        raise CommandError(said.format(queue=giving, n=len(there)))
    await _lend(settings, [view.agent for view in there[:count]], loan, json=json)


async def _group_back(settings: Settings, giving: str, taking: str, *, json: bool) -> None:
    """Those whose own queue it is, and who are lent to the other."""
    async with opened(settings) as database:
        records = await Agents(database).records()
    skill = next((queue.skill for queue in settings.queues if queue.name == giving), None)
    lent = [
        record.agent
        for record in records
        if record.loan is not None
        and record.loan.queue == taking
        and (giving in record.queues or (skill is not None and skill in record.skills))
    ]
    await _take_back(settings, lent, json=json)
