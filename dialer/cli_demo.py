"""`waihu demo`: the whole thing at work, in a private Asterisk with simulated people.

Owns: the command; what it does is `asterisk.lab.demo`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from campaigns.kinds import Mode
from config.language import mark
from dialer.cli_errors import CommandError

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def demo(
    folder: Annotated[
        Path, typer.Option(help=mark("The checkout; what the demo makes goes to .run in it."))
    ] = Path(),
    fresh: Annotated[
        bool, typer.Option("--fresh", help=mark("Forget the last run and begin anew."))
    ] = False,
    mode: Annotated[
        Mode | None, typer.Option(help=mark("How it dials: progressive or predictive."))
    ] = None,
) -> None:
    """Dial the example list until nothing more is due."""
    from asterisk.lab.demo import main  # noqa: PLC0415  with engine and lab, slow to load
    from asterisk.lab.process import LabFailed  # noqa: PLC0415  as above

    try:
        main(folder.resolve(), fresh=fresh, mode=mode)
    except LabFailed as error:
        raise CommandError(str(error)) from None
