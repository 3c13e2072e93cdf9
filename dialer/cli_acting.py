"""`waihu agent sign-out`, `listen`, `record`, `hang-up`, `listeners`: hands on living calls.

Owns: these commands and what they say. What is done, and when, is the engine's; each act stands in
the ledger (`waihu audit show`).
"""

from __future__ import annotations

from typing import Annotated

import typer

from config.language import _, mark
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import print_json, say, table
from dialer.cli_session import (
    acting_live,
    ask,
    by_operator,
    carry_out,
    opened,
    operator,
    settings_of,
)
from dialer.effects import ListenMode
from dialer.wire import Do
from supervisor.accounts import AccountState, account_name
from supervisor.words import listen_mode_word

app = typer.Typer(rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
Login = Annotated[str, typer.Argument(metavar="AGENT", help=mark("The agent's number."))]
Why = Annotated[str, typer.Option("--why", help=mark("Why; it is kept in the ledger."))]


@app.command("sign-out", help=mark("Sign an agent out; during a call it takes effect after it."))
def sign_out(
    ctx: typer.Context,
    agent: Login,
    now: Annotated[
        bool, typer.Option("--now", help=mark("At once, even in the midst of a talk."))
    ] = False,
    why: Why = "",
    json: Json = False,
) -> None:
    """The agent's phone is hung up."""
    carry_out(_sign_out(settings_of(ctx), agent, why, now=now, json=json))


async def _sign_out(settings: Settings, agent: str, why: str, *, now: bool, json: bool) -> None:
    done = await acting_live(settings).sign_out(agent, by_operator(why), now=now)
    when = str(done.facts.get("when", ""))
    if json:
        print_json({"agent": agent, "when": when})
    elif when == "now":
        say(_("Agent {agent} is signed out.").format(agent=agent))
    else:
        say(_("Agent {agent} is signed out after the call at hand.").format(agent=agent))


@app.command(help=mark("Hear an agent's talks on your phone; whisper or barge in; or stop it."))
def listen(
    ctx: typer.Context,
    agent: Annotated[
        str | None, typer.Argument(metavar="[AGENT]", help=mark("The agent's number."))
    ] = None,
    phone: Annotated[
        str, typer.Option(help=mark("The extension that rings; else your account's own."))
    ] = "",
    mode: Annotated[
        str, typer.Option(help=mark("listen, whisper (to the agent) or barge (to both)."))
    ] = ListenMode.LISTEN.value,
    off: Annotated[bool, typer.Option("--off", help=mark("Hang that phone up."))] = False,
    why: Why = "",
    json: Json = False,
) -> None:
    """Again with another mode changes it; it goes on with the agent's next talk."""
    settings = settings_of(ctx)
    phone = phone or carry_out(phone_of_operator(settings))
    if not phone or off is (agent is not None):
        raise CommandError(_("say AGENT --phone PHONE, or --off --phone PHONE"), ExitCode.USAGE)
    if agent is None:
        carry_out(_unlisten(settings, phone, why, json=json))
    else:
        carry_out(_listen(settings, agent, phone, _mode(mode), why, json=json))


async def phone_of_operator(settings: Settings) -> str:
    """The phone of the account that is called as who gives the command; empty: it has none.

    Another may be named: whoever is at this machine may do all that it can.
    """
    from store.accounts import Accounts  # noqa: PLC0415  SQLAlchemy is slow to load
    from store.errors import StoreError  # noqa: PLC0415  as above

    try:
        async with opened(settings) as database:
            found = await Accounts(database).find(account_name(operator()))
    except (StoreError, ValueError):
        return ""
    active = found is not None and found.state is AccountState.ACTIVE
    return (found.phone or "") if found is not None and active else ""


def _mode(text: str) -> ListenMode:
    try:
        return ListenMode(text)
    except ValueError:
        said = _("“{text}” is no way to listen; write listen, whisper or barge")
        raise CommandError(said.format(text=text), ExitCode.USAGE) from None


async def _listen(
    settings: Settings, agent: str, phone: str, mode: ListenMode, why: str, *, json: bool
) -> None:
    done = await acting_live(settings).listen(agent, mode, phone, by_operator(why))
    state = str(done.facts.get("state", ""))
    if json:
        print_json({"agent": agent, "phone": phone, "mode": mode.value, "state": state})
        return
    sentences = {
        "rings": _("Phone {phone} rings; once answered it hears agent {agent}: {mode}."),
        "waits": _("Phone {phone} hears agent {agent} from the next talk on: {mode}."),
        "hears": _("Phone {phone} hears agent {agent}: {mode}."),
    }
    word = listen_mode_word(mode, _)
    say(sentences.get(state, state).format(phone=phone, agent=agent, mode=word))


async def _unlisten(settings: Settings, phone: str, why: str, *, json: bool) -> None:
    done = await acting_live(settings).unlisten(phone, by_operator(why))
    if json:
        print_json({"phone": phone, "agent": str(done.facts.get("agent", ""))})
    else:
        say(_("Phone {phone} hears nobody any more.").format(phone=phone))


@app.command(help=mark("Record an agent's talk from now on; --off ends it."))
def record(
    ctx: typer.Context,
    agent: Login,
    off: Annotated[bool, typer.Option("--off", help=mark("No longer."))] = False,
    why: Why = "",
    json: Json = False,
) -> None:
    """It ends with the talk."""
    carry_out(_record(settings_of(ctx), agent, why, on=not off, json=json))


async def _record(settings: Settings, agent: str, why: str, *, on: bool, json: bool) -> None:
    done = await acting_live(settings).record(agent, by_operator(why), on=on)
    name = f"{settings.supervisors.recordings}/{done.facts.get('file', '')}.wav"
    if json:
        print_json({"agent": agent, "recording": on, "file": name})
    elif on:
        say(_("The talk of agent {agent} is recorded: {file}").format(agent=agent, file=name))
    else:
        said = _("The talk of agent {agent} is recorded no longer: {file}")
        say(said.format(agent=agent, file=name))


@app.command("hang-up", help=mark("Hang up an agent's call, or the one that is named."))
def hang_up(
    ctx: typer.Context,
    agent: Annotated[
        str | None, typer.Argument(metavar="[AGENT]", help=mark("The agent's number."))
    ] = None,
    call: Annotated[str | None, typer.Option(help=mark("The call's id, in place of it."))] = None,
    why: Why = "",
    json: Json = False,
) -> None:
    """Who has talked still says what came of it."""
    if (agent is None) is (call is None):
        raise CommandError(_("say either AGENT or --call"), ExitCode.USAGE)
    carry_out(_hang_up(settings_of(ctx), agent, call, why, json=json))


async def _hang_up(
    settings: Settings, agent: str | None, call: str | None, why: str, *, json: bool
) -> None:
    done = await acting_live(settings).hang_up(by_operator(why), agent=agent, call=call)
    ended = str(done.facts.get("call", ""))
    if json:
        print_json({"agent": agent, "call": ended})
    else:
        say(_("Call {call} is hung up.").format(call=ended))


@app.command(help=mark("Show which phones hear whom, and whose talks are recorded."))
def listeners(ctx: typer.Context, json: Json = False) -> None:
    """Ask the running engine."""
    carry_out(_listeners(settings_of(ctx), json=json))


async def _listeners(settings: Settings, *, json: bool) -> None:
    facts = (await ask(settings, Do.HEARS)).facts
    if json:
        print_json(dict(facts))
        return
    hearing, recordings = facts.get("listeners"), facts.get("recordings")
    rows = [
        (one["phone"], one["agent"], listen_mode_word(ListenMode(one["mode"]), _), one["by"])
        for one in (hearing if isinstance(hearing, list) else [])
    ]
    if rows:
        table([_("phone"), _("agent"), _("how"), _("by")], rows)
    else:
        say(_("Nobody listens."))
    if isinstance(recordings, dict) and recordings:
        table([_("agent"), _("recording")], sorted(recordings.items()))
