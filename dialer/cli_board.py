"""`waihu board`: the wallboard in the terminal, with keys to act.

Owns: the command, and what the board is given to work with. What it shows and does is
`supervisor.terminal_board`'s.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from config.language import _, mark, translate
from config.settings import Settings
from dialer.cli_acting import phone_of_operator
from dialer.cli_errors import CommandError, ExitCode, known_error
from dialer.cli_session import acting, ask, by_operator, carry_out, settings_of, utc_now

if TYPE_CHECKING:
    from supervisor.terminal_board.board import Board

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def board(
    ctx: typer.Context,
    phone: Annotated[
        str,
        typer.Option(
            help=mark("The extension that rings when you listen in; else your account's.")
        ),
    ] = "",
) -> None:
    """Until q; it waits for an engine that is away, and finds it again."""
    settings = settings_of(ctx)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        said = _("the board needs a terminal; for a pipe there is: waihu watch")
        raise CommandError(said, ExitCode.USAGE)
    fault = board_of(settings, phone or carry_out(phone_of_operator(settings))).run()
    if fault is not None:
        raise CommandError(fault, ExitCode.UNREACHABLE)


def board_of(settings: Settings, phone: str = "") -> Board:
    """The board of a site; run, it gives the sentence of what it could not go on for."""
    from supervisor.terminal_board.board import Board, Surroundings  # noqa: PLC0415  slow to load
    from supervisor.terminal_board.feed import pictures  # noqa: PLC0415  as above
    from supervisor.terminal_board.hands import Hands  # noqa: PLC0415  as above

    hands = Hands(
        acting=partial(acting, settings), ask=partial(ask, settings), by=by_operator, _=translate
    )
    around = Surroundings(
        pictures=partial(pictures, settings.paths.socket),
        hands=hands,
        utc_now=utc_now,
        failure=_sentence,
        translate=translate,
        phone=phone,
    )
    return Board(around)


def _sentence(error: BaseException) -> str | None:
    """What the command line would say of an error; None of a bug of ours."""
    known = known_error(error)
    return None if known is None else known[0].splitlines()[0]
