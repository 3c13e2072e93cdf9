"""`waihu`: the root of the command line.

Owns: the names of the commands, where each one lives, and the options that stand before all of
them. Loads nothing until a command is called for: `waihu --help` answers at once. Must not
know what a command does.
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command

from config.language import _, mark, speak
from dialer.cli_errors import (
    CommandError,
    ExitCode,
    say_error,
    show_fault_in_one_line,
    terminated_cleanly,
    told_plainly,
)

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A command: the module with its `app`, and its line in the help."""

    module: str
    help: str


COMMANDS: Final[dict[str, Entry]] = {
    "init": Entry(
        module="dialer.cli_init",
        help=mark("Make a site's settings, secret and database, from nothing."),
    ),
    "run": Entry(
        module="dialer.cli_run",
        help=mark("Run the engine in the foreground, for a service manager."),
    ),
    "reload": Entry(
        module="dialer.cli_reload",
        help=mark("Let the running engine read its settings again."),
    ),
    "demo": Entry(
        module="dialer.cli_demo",
        help=mark("Show it at work: a private Asterisk, simulated people, an example list."),
    ),
    "campaign": Entry(
        module="campaigns.cli.campaign",
        help=mark("Create, look at, start, pause and stop campaigns."),
    ),
    "list": Entry(
        module="campaigns.cli.lists", help=mark("Load a list of contacts, and see what was loaded.")
    ),
    "contact": Entry(
        module="campaigns.cli.contacts", help=mark("Look at one contact; make an appointment.")
    ),
    "why": Entry(
        module="campaigns.cli.why",
        help=mark("Why is this number dialed, or not, and when will it be?"),
    ),
    "dnc": Entry(module="campaigns.cli.dnc", help=mark("The do-not-call list.")),
    "watch": Entry(module="dialer.cli_watch", help=mark("Watch the work as it happens.")),
    "board": Entry(
        module="dialer.cli_board",
        help=mark("The wallboard in this terminal, with keys to act."),
    ),
    "agent": Entry(
        module="dialer.cli_agents", help=mark("Agents: who is there, breaks, dispositions.")
    ),
    "queue": Entry(module="dialer.cli_queues", help=mark("The inbound queues as they are now.")),
    "calls": Entry(
        module="dialer.cli_calls", help=mark("The calls behind a figure of the wallboard.")
    ),
    "order": Entry(
        module="campaigns.cli.orders",
        help=mark("Work orders and complaints: open, hand on, promise, solve, chase."),
    ),
    "flow": Entry(
        module="routing.cli", help=mark("IVR flows: check them, draw them, walk through one.")
    ),
    "form": Entry(
        module="dialer.cli_forms", help=mark("Questionnaires that agents ask: check them.")
    ),
    "report": Entry(module="campaigns.cli.reports", help=mark("What came of the calls.")),
    "export": Entry(
        module="campaigns.cli.exports",
        help=mark("Write results and faulty data to a file, CSV or Excel."),
    ),
    "seats": Entry(
        module="dialer.cli_seats",
        help=mark("How many agents an hour, a day or a month takes (Erlang C and A)."),
    ),
    "account": Entry(
        module="supervisor.cli_accounts",
        help=mark("Accounts for the pages and the HTTP API: add, roles, passwords, tokens."),
    ),
    "audit": Entry(
        module="campaigns.cli.audit",
        help=mark("The ledger of calls and of what operators did: look at it, check it."),
    ),
    "doctor": Entry(
        module="asterisk.cli_doctor",
        help=mark("Examine the installation; every finding comes with its cure."),
    ),
    "replay": Entry(
        module="dialer.cli_replay",
        help=mark("Run a recorded AMI stream through the engine: what it would have decided."),
    ),
    "simulate": Entry(
        module="dialer.cli_simulate",
        help=mark("Forecast a campaign for several staffings: the engine in virtual time."),
    ),
    "asterisk": Entry(
        module="asterisk.cli",
        help=mark("What Asterisk needs of us: see it, compare, install."),
    ),
}


TYPERS_WORDS: Final = (
    mark("Arguments"),
    mark("Options"),
    mark("Missing command."),
    mark("No such command {name!r}."),
    mark("[default: {}]"),
    mark("default: {default}"),
    mark("[required]"),
    mark("required"),
)
"""What Typer says of itself, through our catalogue (`config.language`)."""


class LazyGroup(TyperGroup):
    """A group whose commands are loaded when they are called."""

    def list_commands(self, ctx: Context) -> list[str]:
        """Return the names, in the order of a campaign manager's day."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Load the command; None if there is none of that name."""
        del ctx
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: Command = get_command(importlib.import_module(entry.module).app)
        command.name, command.help = cmd_name, entry.help
        _translate(command)
        return command

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """Find the command. The names are lent to Typer for its "did you mean"."""
        names: dict[str, Any] = dict.fromkeys(COMMANDS)
        self.commands = names
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the commands without loading any."""
        del ctx
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(entry.help)) for name, entry in COMMANDS.items()])


def _translate(command: Any) -> None:
    """Put the command's own and its options' help into the language spoken now."""
    command.help = _(command.help) if command.help else command.help
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = _(parameter.help)
    command.get_help_option = _with_translated_help(command.get_help_option)
    for inner in getattr(command, "commands", {}).values():
        _translate(inner)


def _with_translated_help(find: Any) -> Any:
    def help_option(ctx: Context) -> Any:
        option = find(ctx)
        if option is not None:
            option.help = _(mark("Show this message and exit."))
        return option

    return help_option


app = typer.Typer(
    cls=LazyGroup, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)


def _show_version(value: bool) -> None:
    if value:
        from importlib.metadata import version  # noqa: PLC0415  slow, and seldom asked

        typer.echo(f"waihu {version('waihu')}")
        raise typer.Exit


@app.callback(
    help=mark("Call routing and outbound dialing beside Asterisk: whom to call, and when.")
)
def _root(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            help=mark("The settings file; without it WAIHU_CONFIG, ./waihu.toml, /etc/waihu …")
        ),
    ] = None,
    version: Annotated[  # noqa: ARG001  answered before anything else runs
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help=mark("Show the version.")
        ),
    ] = False,
) -> None:
    ctx.obj = config


def command_line(arguments: Sequence[str]) -> int:
    """Carry out one command line; return its exit code, or raise SystemExit with it."""
    root = get_command(app)
    _translate(root)
    with told_plainly():
        _refuse_what_is_no_text(arguments)
        result = _invoke(root, list(arguments))
    return result if isinstance(result, int) else ExitCode.OK


def _refuse_what_is_no_text(arguments: Sequence[str]) -> None:
    """Bytes that are not UTF-8 go into no database and onto no screen, also as a file's name."""
    for text in arguments:
        if not text.isascii() and text.encode(errors="replace").decode() != text:
            shown = text.encode(errors="replace").decode()
            raise CommandError(_("“{text}” is not UTF-8").format(text=shown), ExitCode.USAGE)


def _invoke(root: Any, arguments: list[str]) -> object:
    """Run it, and tell wrong usage in the house's way."""
    from typer._click.exceptions import ClickException, NoArgsIsHelpError  # noqa: PLC0415

    try:
        return root.main(arguments or ["--help"], prog_name="waihu", standalone_mode=False)
    except NoArgsIsHelpError as error:
        sys.stdout.write(f"{error.format_message()}\n")
        return ExitCode.USAGE
    except ClickException as error:
        say_error(_usage_text(error))
        path = getattr(getattr(error, "ctx", None), "command_path", "waihu")
        say_error(_("how it is used: {command} --help").format(command=path))
        return ExitCode.USAGE


def _usage_text(error: Any) -> str:
    """What is wrong with the command line; the commonest two in the language spoken."""
    from typer._click.exceptions import MissingParameter, NoSuchOption  # noqa: PLC0415

    match error:
        case MissingParameter() if error.param is not None:
            name = error.param.get_error_hint().strip("'")
            return _("{name} is missing").format(name=name)
        case NoSuchOption():
            return _("there is no option {name}").format(name=error.option_name)
        case _:
            return str(error.format_message())


def main() -> None:
    """Run the console script."""
    speak(None)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows a question mark.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.excepthook = show_fault_in_one_line
    with terminated_cleanly():
        raise SystemExit(command_line(sys.argv[1:]))
