"""`waihu queue next`: who would get the next call of a queue, and why.

Owns: the command and its words. The choice is the running engine's (`routing.choice`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from config.language import _, mark
from config.settings import Settings
from dialer.cli_lending import Json, known_queue
from dialer.cli_print import print_json, say, table
from dialer.cli_session import ask, carry_out, settings_of
from dialer.wire import Do
from routing.choice import Reason
from supervisor.terminal_text import duration

app = typer.Typer(rich_markup_mode=None)


@app.command("next", help=mark("Show who would get a queue's next call, and why."))
def next_agents(
    ctx: typer.Context,
    queue: Annotated[str, typer.Argument(metavar="QUEUE", help=mark("The queue."))],
    last_agent: Annotated[
        str, typer.Option(help=mark("For a caller whom this agent has talked to last."))
    ] = "",
    json: Json = False,
) -> None:
    """Of the agents who are at work, by the running engine's word."""
    settings = settings_of(ctx)
    carry_out(_next(settings, known_queue(settings, queue), last_agent, json=json))


async def _next(settings: Settings, queue: str, last_agent: str, *, json: bool) -> None:
    answer = await ask(settings, Do.CHOICE, queue=queue, last_agent=last_agent)
    if json:
        print_json({"queue": queue, **answer.facts})
        return
    order, others = _seen(answer.facts, "order"), _seen(answer.facts, "others")
    if not order:
        say(_("Nobody: a call would wait."))
    rows = [(str(place), *_row(one)) for place, one in enumerate(order, start=1)]
    rows += [("", *_row(one)) for one in others]
    if rows:
        names = [_("place"), _("agent"), _("level"), _("idle for"), _("why")]
        table(names, rows, right="|".join((_("place"), _("level"), _("idle for"))))


def _seen(facts: Mapping[str, object], name: str) -> list[dict[str, Any]]:
    found = facts.get(name)
    return found if isinstance(found, list) else []


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    word = _words().get(one["reason"], one["reason"])
    lent = _("lent")
    why = f"{word} · {lent}" if one["lent"] else word
    idle = "–" if one["reason"] == Reason.NOT_FREE else duration(one["idle_s"])
    return (one["agent"], str(one["level"]), idle, why)


def _words() -> dict[str, str]:
    return {
        Reason.LAST_AGENT: _("talked to the caller last"),
        Reason.LEVEL: _("by the level, then longest idle"),
        Reason.IDLE: _("longest idle"),
        Reason.NOT_FREE: _("not free"),
        Reason.LEVEL_TOO_LOW_YET: _("level too low for a new call"),
        Reason.KEPT_FOR_ANOTHER: _("kept for another caller"),
        Reason.WAITS_FOR_LAST_AGENT: _("the caller waits for another agent first"),
    }
