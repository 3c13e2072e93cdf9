"""`waihu agent`: who is on file, who is there, breaks, dispositions.

Owns: these commands. People on file are in the database; everything live is the engine's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from campaigns.cli.contact_view import with_offers, zone_of
from campaigns.cli.trail import note_change
from campaigns.ledger import By, EntryKind
from campaigns.outcomes import Disposition, outcome_of
from config.language import _, mark
from config.settings import Settings
from dialer import cli_acting, cli_late_words, cli_lending, cli_pop, cli_preview
from dialer.agents import is_break_reason
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_lending import known_queue, serves
from dialer.cli_print import print_json, say, table
from dialer.cli_replies import reply_text
from dialer.cli_session import (
    OK,
    acting_live,
    ask,
    by_operator,
    carry_out,
    opened,
    settings_of,
    snapshot_of,
    tell_engine,
    utc_now,
)
from dialer.cli_skills import read_skills
from dialer.cli_times import moment, read_time
from dialer.client import EngineNotRunningError
from dialer.messages import AgentRecord
from dialer.wire import Answer, Do
from store.agents import Agents
from store.contacts import Contacts
from store.database import Database
from store.whose import find_attempt, latest_attempt_of
from supervisor.snapshot import AgentView, Snapshot, to_json
from supervisor.terminal_text import duration
from supervisor.words import agent_words, outcome_words, pause_word

IN_DATABASE = "database"
"""Where a word is kept, unless the engine says otherwise."""

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

# What a phone can dial.
_LOGIN: Final = re.compile(r"[0-9]{1,20}")

app.add_typer(cli_preview.app)
app.add_typer(cli_late_words.app)
app.add_typer(cli_pop.app)
app.add_typer(cli_lending.agent_app)
app.add_typer(cli_acting.app)

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
Login = Annotated[str, typer.Argument(metavar="AGENT", help=mark("The agent's number."))]


@app.command(help=mark("Put an agent on file, or change name and queues."))
def add(
    ctx: typer.Context,
    agent: Login,
    name: Annotated[str, typer.Option(help=mark("The person's name."))] = "",
    queue: Annotated[
        list[str] | None,
        typer.Option(help=mark("A queue that the agent serves; may be repeated, first is first.")),
    ] = None,
    skill: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SKILL=LEVEL",
            help=mark("What the agent can, 1 to 9, 9 is best; queues that need it are served."),
        ),
    ] = None,
    json: Json = False,
) -> None:
    """The agent signs in by calling from a phone."""
    settings = settings_of(ctx)
    record = agent_described(settings, agent, name, queue or [], skill or [])
    carry_out(_add(settings, record, json=json))


def agent_described(
    settings: Settings, agent: str, name: str, queue: Sequence[str], skill: Sequence[str]
) -> AgentRecord:
    """The agent who serves these queues and has these skills (`repairs=3`).

    Raises:
        CommandError: there is no such queue or skill, or nothing is served.
    """
    queues = tuple(known_queue(settings, text) for text in queue)
    skills = read_skills(settings, skill, queues)
    if not _LOGIN.fullmatch(agent):
        text = _("an agent's number is 1 to 20 digits")
        raise CommandError(text, ExitCode.USAGE, reason="no_agent_number")
    if not queues and not skills:
        known = ", ".join(one.name for one in settings.queues)
        said = _("name the queues that the agent serves: --queue NAME; there are {known}")
        raise CommandError(said.format(known=known), ExitCode.USAGE)
    return AgentRecord(agent=agent, name=name or agent, queues=queues, skills=skills)


def agent_json(record: AgentRecord) -> dict[str, object]:
    """An agent on file for a program."""
    return {
        "agent": record.agent,
        "name": record.name,
        "queues": list(record.queues),
        "skills": dict(record.skills),
    }


async def agent_saved(database: Database, record: AgentRecord, by: By) -> bool:
    """Put the agent on file; True: new."""
    new = await Agents(database).save(record)
    told = {"new": new, "queues": list(record.queues), "skills": dict(record.skills)}
    await note_change(database, EntryKind.AGENT_SAVED, f"agent {record.agent}", by, **told)
    return new


async def _add(settings: Settings, record: AgentRecord, *, json: bool) -> None:
    async with opened(settings, create=True) as database:
        new = await agent_saved(database, record, by_operator())
    await tell_engine(settings)
    if json:
        print_json({"agent": agent_json(record), "added": new})
        return
    said = _("Agent {agent} {name} is added.") if new else _("Agent {agent} {name} is changed.")
    say(said.format(agent=record.agent, name=record.name))


@app.command("list", help=mark("List the agents as they are now."))
def list_all(
    ctx: typer.Context,
    everyone: Annotated[
        bool, typer.Option("--all", help=mark("Also those who are not signed in."))
    ] = False,
    json: Json = False,
) -> None:
    """Ask the running engine."""
    carry_out(_list(settings_of(ctx), everyone=everyone, json=json))


async def _list(settings: Settings, *, everyone: bool, json: bool) -> None:
    snapshot = await snapshot_of(settings)
    if json:
        shown = to_json(snapshot)
        counts = shown["agent_counts"]
        print_json({"ts": shown["ts"], "agents": shown["agents"], "counts": counts})
        return
    _print_agents(settings, snapshot, everyone=everyone)


def _print_agents(settings: Settings, snapshot: Snapshot, *, everyone: bool) -> None:
    there = [view for view in snapshot.agents if everyone or view.status != "logged_out"]
    if there:
        names = [_("agent"), _("name"), _("state"), _("for"), _("campaign"), _("attempt")]
        figures = [_("for"), _("no word yet")]
        more = [_("serves")]
        rows = [(*_row(view, snapshot.ts), serves(view, settings, snapshot.ts)) for view in there]
        table([*names, figures[1], *more], rows, right="|".join(figures))
    else:
        say(_("No agent is signed in."))
    away = len(snapshot.agents) - len(there)
    if away and there:
        say(_("{n} more are not signed in (--all shows them).").format(n=away))


def _row(view: AgentView, at: datetime) -> tuple[str, ...]:
    word = agent_words(_)[view.look]
    if view.pause_reason and view.status == "on_break":
        reason = pause_word(view.pause_reason, _)
        word = word if reason == word else f"{word} ({reason})"
    since = duration(view.lasts_s(at))
    waits = str(view.undisposed or "")
    return (view.agent, view.name, word, since, view.campaign or "", view.attempt or "", waits)


@app.command(help=mark("Show the keys for what came of a call, to pin on a desk."))
def keypad(ctx: typer.Context, json: Json = False) -> None:
    """From the settings; no engine is asked."""
    keys = settings_of(ctx).agents.keypad
    if json:
        print_json({"keypad": {key: word.value for key, word in sorted(keys.items())}})
        return
    if not keys:
        say(_("No keys are set: [agents.keypad] in waihu.toml is empty."))
        return
    words = outcome_words(_)
    rows = [(key, words[outcome_of(word)]) for key, word in sorted(keys.items())]
    table([_("keys"), _("what came of it")], rows)
    say(_("After the talk; * clears. Rising tone: saved. Falling tone, twice: not saved."))
    say(_("An appointment needs a time: give it at the desk."))


@app.command(help=mark("Send an agent on a break, or back to work (--resume)."))
def pause(
    ctx: typer.Context,
    agent: Login,
    reason: Annotated[str, typer.Option(help=mark("Why, e.g. lunch."))] = "break",
    resume: Annotated[bool, typer.Option("--resume", help=mark("The break is over."))] = False,
    why: Annotated[str, typer.Option("--why", help=mark("Why; it is kept in the ledger."))] = "",
    json: Json = False,
) -> None:
    """During a call it takes effect after it."""
    if not is_break_reason(reason.strip()):
        said = _("“{text}” cannot be a reason; write up to 40 letters or digits, e.g. lunch")
        raise CommandError(said.format(text=reason), ExitCode.USAGE)
    said_reason = None if resume else reason.strip()
    carry_out(_pause(settings_of(ctx), agent, said_reason, why, json=json))


async def _pause(
    settings: Settings, agent: str, reason: str | None, why: str, *, json: bool
) -> None:
    await acting_live(settings).pause_agent(agent, reason, by_operator(why))
    if json:
        print_json({"agent": agent, "pause_reason": reason})
    elif reason is None:
        say(_("Agent {agent} takes calls again.").format(agent=agent))
    else:
        said = _("Agent {agent} takes no more calls: {reason}.")
        say(said.format(agent=agent, reason=pause_word(reason, _)))


# ── dispositions ─────────────────────────────────────────────────────────────────────────


@app.command(help=mark("Say what came of an agent's call (success, refused …)."))
def disposition(
    ctx: typer.Context,
    agent: Login,
    word: Annotated[
        str, typer.Argument(metavar="WORD", help=mark("What came of it; a wrong word lists all."))
    ],
    at: Annotated[
        str | None, typer.Option(help=mark("For an appointment: 15:00 or 2026-11-25 15:00."))
    ] = None,
    note: Annotated[str, typer.Option(help=mark("A note on the call."))] = "",
    attempt: Annotated[
        str | None, typer.Option(help=mark("An earlier call, instead of the one at hand."))
    ] = None,
    json: Json = False,
) -> None:
    """Committed when the command returns."""
    said = read_disposition(word)
    if at is not None and said is not Disposition.APPOINTMENT:
        raise CommandError(_("--at is for appointments only"), ExitCode.USAGE)
    work = _dispose(settings_of(ctx), agent, said, at=at, note=note, attempt=attempt, json=json)
    carry_out(work)


def read_disposition(text: str) -> Disposition:
    """The disposition of that name, in English or in the language spoken.

    Raises:
        CommandError: there is none; it lists them all.
    """
    plain = text.strip().lower().replace("-", "_")
    words = {word: outcome_words(_)[outcome_of(word)] for word in Disposition}
    for word, spoken in words.items():
        if plain in {word.value, spoken.lower()}:
            return word
    known = ", ".join(
        word.value if word.value == spoken else f"{word.value} ({spoken})"
        for word, spoken in words.items()
    )
    said = _("“{text}” is no disposition; there are: {known}")
    raise CommandError(said.format(text=text, known=known), ExitCode.USAGE)


async def _dispose(
    settings: Settings,
    agent: str,
    word: Disposition,
    *,
    at: str | None,
    note: str,
    attempt: str | None,
    json: bool,
) -> None:
    said = Word(agent=agent, disposition=word, at=at, note=note, attempt=attempt)
    now = utc_now()
    async with opened(settings) as database:
        kept = await dispose(settings, database, said, now)
    if json:
        print_json(kept_json(said, kept))
        return
    spoken = outcome_words(_)[outcome_of(word)]
    time = f" {moment(kept.appointment_at, kept.zone, now)}" if kept.appointment_at else ""
    saying = _("Saved: {word}{time}.")
    if kept.where != IN_DATABASE:
        saying = _(
            "Kept: {word}{time}. The database is slow or away; your word is safe and goes in as "
            "soon as it is back."
        )
    say(saying.format(word=spoken, time=time))


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What an agent says of a call. `at`: of an appointment, on the contact's clock."""

    agent: str
    disposition: Disposition
    at: str | None = None
    note: str = ""
    attempt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where the word is safe, and the appointment that was made by it, on the contact's clock."""

    where: str
    zone: ZoneInfo
    appointment_at: datetime | None


async def dispose(settings: Settings, database: Database, said: Word, now: datetime) -> Kept:
    """Give the word; it is safe on return. Without an engine an earlier call's goes on file.

    Raises:
        CommandError: it is refused, with what is possible.
        EngineNotRunningError: none runs, and no call is named.
    """
    hand = said.attempt or await _call_at_hand(settings, said.agent)
    zone = await _zone_of_call(settings, database, said.agent, hand)
    at = None if said.at is None else read_time(said.at, zone, now)
    try:
        answer = await ask(
            settings,
            Do.DISPOSE,
            agent=said.agent,
            attempt=said.attempt,
            disposition=said.disposition.value,
            appointment_at=at.isoformat() if at else None,
            note=said.note,
        )
    except EngineNotRunningError:
        if said.attempt is None:
            raise
        word, attempt = said.disposition, said.attempt
        await cli_late_words.amend_on_file(
            database, attempt, word, at=at, note=said.note, zone=zone, now=now
        )
        return Kept(where=IN_DATABASE, zone=zone, appointment_at=at)
    _refuse_unless_ok(answer, said.agent, zone, now)
    where = str(answer.facts.get("kept", IN_DATABASE))
    return Kept(where=where, zone=zone, appointment_at=at)


def kept_json(said: Word, kept: Kept) -> dict[str, object]:
    """What was kept for a program."""
    at = kept.appointment_at
    return {
        "agent": said.agent,
        "disposition": said.disposition.value,
        "appointment_at": at.isoformat() if at else None,
        "kept": kept.where,
    }


async def _call_at_hand(settings: Settings, agent: str) -> str | None:
    snapshot = await snapshot_of(settings)
    view = next((one for one in snapshot.agents if one.agent == agent), None)
    return view.attempt if view else None


def _refuse_unless_ok(answer: Answer, agent: str, zone: ZoneInfo, now: datetime) -> None:
    if answer.code == OK:
        return
    offers = [answer.facts[name] for name in ("before", "after") if name in answer.facts]
    nearest = [datetime.fromisoformat(str(offer)) for offer in offers]
    text = with_offers(reply_text(answer, agent), nearest, zone, now)
    raise CommandError(text, reason=answer.code)


async def _zone_of_call(
    settings: Settings, database: Database, agent: str, attempt: str | None
) -> ZoneInfo:
    """The contact's zone: of the call at hand, else of the agent's latest."""
    if attempt is not None:
        made = await find_attempt(database, attempt)
    else:
        made = await latest_attempt_of(database, agent)
    if made is None:
        return ZoneInfo(settings.site.zone)
    return zone_of(await Contacts(database).show(made.contact_id))
