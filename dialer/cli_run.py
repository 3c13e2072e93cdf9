"""`waihu run`: the engine in the foreground, for a service manager.

Owns: where its log goes and that a second engine, a missing secret or a taken port end it with
one clear line. The engine itself is `dialer.app`.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from config.language import _, mark
from config.settings import Settings
from dialer.cli_print import say
from dialer.cli_session import carry_out, settings_of

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def run(
    ctx: typer.Context,
    log_to_stderr: Annotated[
        bool,
        typer.Option("--log-to-stderr", help=mark("Log there, not to the file of the settings.")),
    ] = False,
) -> None:
    """Run until SIGTERM or Ctrl-C; a second one hangs up the calls left. SIGHUP: reload."""
    from dialer import logs  # noqa: PLC0415  with the engine, slow to load
    from dialer.app import serve  # noqa: PLC0415  as above

    settings = settings_of(ctx)
    # A bug ends the process with its traceback, for the service manager's journal.
    sys.excepthook = sys.__excepthook__
    logs.set_up(None if log_to_stderr else settings.paths.log)
    where = "stderr" if log_to_stderr else str(settings.paths.log)

    def tell_ready(_loop: object) -> None:
        said = _("The engine of {site} is running (process {pid}); log: {log}")
        say(said.format(site=settings.site.name, pid=os.getpid(), log=where))

    def tell_pages(url: str, as_set: bool) -> None:
        say(_("Pages: {url}").format(url=url))
        if not as_set:
            say(_("Only this machine reaches them until there is an administrator. Add one with"))
            say(_("waihu account add NAME --role admin – and start the engine anew."))

    def read_again() -> Settings:
        anew = settings_of(ctx)
        if not log_to_stderr:
            logs.reopen(settings.paths.log)
        return anew

    work = serve(settings, on_ready=tell_ready, read_again=read_again, on_pages=tell_pages)
    carry_out(work)
    say(_("The engine has stopped; nothing is lost."))
