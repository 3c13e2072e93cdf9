"""`waihu simulate`: what a campaign will come to, for several staffings, before a phone rings.

Owns: the command. The runs are `dialer.sim`; nothing is dialed and nothing is written but the
picture.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from campaigns.campaign import Mode
from config.language import _, mark
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_progress import progress
from dialer.cli_session import carry_out, settings_of, utc_now
from dialer.cli_simulate_basis import MOST_CONTACTS, Wishes, prepared
from dialer.cli_simulate_view import print_forecast, print_forecast_json
from dialer.sim.picture import picture
from dialer.sim.several import forecasts

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

AGENTS: Final = "10,20,40"
DAYS: Final = 21.0
SEEDS: Final = 5
MOST_AGENTS: Final = 1000
HIGHEST_CAP: Final = 10.0
"""As a campaign file may set it."""


@app.command()
def simulate(
    ctx: typer.Context,
    campaign: Annotated[str, typer.Argument(help=mark("Its name, or its number."))],
    agents: Annotated[
        str, typer.Option("--agents", help=mark("Staffings to compare, e.g. 10,20,40."))
    ] = AGENTS,
    days: Annotated[
        float | None,
        typer.Option("--days", min=0.01, max=400, help=mark("How many days at most.")),
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option("--hours", min=0.05, max=9600, help=mark("The same in hours.")),
    ] = None,
    mode: Annotated[
        Mode | None, typer.Option("--mode", help=mark("In another mode than the campaign's."))
    ] = None,
    answer_rate: Annotated[
        float | None,
        typer.Option("--answer-rate", min=0, max=100, help=mark("Calls answered, in percent.")),
    ] = None,
    busy: Annotated[
        float | None, typer.Option("--busy", min=0, max=100, help=mark("Calls busy, in percent."))
    ] = None,
    ring: Annotated[
        float | None,
        typer.Option("--ring", min=0.1, max=300, help=mark("From dialing to the answer, in s.")),
    ] = None,
    talk: Annotated[
        float | None, typer.Option("--talk", min=0.1, max=7200, help=mark("A talk, in s."))
    ] = None,
    wrap: Annotated[
        float | None, typer.Option("--wrap", min=0.1, max=3600, help=mark("A wrap-up, in s."))
    ] = None,
    look: Annotated[
        float | None,
        typer.Option("--look", min=0.1, max=3600, help=mark("A look before dialing (preview).")),
    ] = None,
    contacts: Annotated[
        int | None,
        typer.Option(
            "--contacts",
            min=1,
            max=MOST_CONTACTS,
            help=mark("A made-up list of so many contacts in place of the campaign's."),
        ),
    ] = None,
    cap: Annotated[
        float | None,
        typer.Option(
            "--cap",
            min=0.1,
            max=HIGHEST_CAP,
            help=mark("Answered calls that may find no agent, in percent (predictive)."),
        ),
    ] = None,
    machines: Annotated[
        float | None,
        typer.Option(
            "--machines",
            min=0,
            max=100,
            help=mark("Of the answered calls, those that a machine answers, in percent."),
        ),
    ] = None,
    amd: Annotated[
        bool | None,
        typer.Option(
            "--amd/--no-amd",
            help=mark("Whether the switch tells machines from persons first (predictive)."),
            show_default=False,
        ),
    ] = None,
    amd_verdict: Annotated[
        float | None,
        typer.Option("--amd-verdict", min=0, max=6, help=mark("How long it needs, in s.")),
    ] = None,
    amd_mistaken: Annotated[
        float | None,
        typer.Option(
            "--amd-mistaken",
            min=0,
            max=99,
            help=mark("Persons whom it takes for machines and hangs up on, in percent."),
        ),
    ] = None,
    amd_missed: Annotated[
        float | None,
        typer.Option(
            "--amd-missed",
            min=0,
            max=100,
            help=mark("Machines that it takes for persons, in percent."),
        ),
    ] = None,
    shift: Annotated[
        list[str] | None,
        typer.Option(
            "--shift",
            help=mark(
                "When agents are there, e.g. 09:00-12:00,13:00-18:00; given again, the next agent "
                "takes the next shift."
            ),
        ),
    ] = None,
    breaks: Annotated[
        float | None,
        typer.Option("--breaks", min=0, max=90, help=mark("Of agents' time, breaks, in percent.")),
    ] = None,
    break_length: Annotated[
        float | None,
        typer.Option("--break-length", min=0.5, max=120, help=mark("A break, in minutes.")),
    ] = None,
    absent: Annotated[
        float | None,
        typer.Option(
            "--absent", min=0, max=99, help=mark("Agents who do not come on a day, in percent.")
        ),
    ] = None,
    inbound: Annotated[
        float | None,
        typer.Option(
            "--inbound",
            min=0,
            max=100_000,
            help=mark("Callers an hour whom the same agents answer first."),
        ),
    ] = None,
    inbound_aht: Annotated[
        float | None,
        typer.Option(
            "--inbound-aht",
            min=11,
            max=7200,
            help=mark("What a caller takes of an agent, with 10 s of wrap-up, in s."),
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help=mark("Of the first run."))] = 1,
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, max=100, help=mark("Runs for each staffing."))
    ] = SEEDS,
    picture_file: Annotated[
        Path | None, typer.Option("--picture", help=mark("Write the course as an SVG file."))
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """Nothing is dialed: the engine works in virtual time with modelled customers and agents."""
    staffings = _staffings(agents)
    if days is not None and hours is not None:
        raise CommandError(_("--days or --hours, not both"), ExitCode.USAGE)
    length_h = hours if hours is not None else (DAYS if days is None else days) * 24
    wishes = Wishes(
        answer_rate=answer_rate,
        busy=busy,
        ring=ring,
        talk=talk,
        wrap=wrap,
        look=look,
        contacts=contacts,
        mode=mode,
        cap=cap,
        machines=machines,
        amd=amd,
        amd_verdict=amd_verdict,
        amd_mistaken=amd_mistaken,
        amd_missed=amd_missed,
        shifts=tuple(shift or ()),
        breaks=breaks,
        break_length=break_length,
        absent=absent,
        inbound=inbound,
        inbound_aht=inbound_aht,
    )
    settings, now = settings_of(ctx), utc_now()
    plan, basis, left_out = carry_out(prepared(settings, campaign, wishes, length_h, now))
    with progress(_("simulating")) as told:
        runs = forecasts(plan, staffings, range(seed, seed + seeds), told)
    if picture_file is not None:
        title = _("{name}: contacts left, by agents").format(name=plan.campaign.name)
        picture_file.write_text(picture(title, runs, plan.campaign.zone), encoding="utf-8")
    if json:
        print_forecast_json(plan, basis, runs)
    else:
        print_forecast(plan, basis, wishes, runs, left_out, now)


def _staffings(text: str) -> list[int]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words or not all(word.isascii() and word.isdigit() for word in words):
        said = _("“{text}” is no list of staffings; write 10,20,40")
        raise CommandError(said.format(text=text), ExitCode.USAGE)
    counts = sorted({int(word) for word in words if len(word) <= len(str(MOST_AGENTS))})
    if len(counts) != len(set(words)) or not 1 <= counts[0] <= counts[-1] <= MOST_AGENTS:
        said = _("a staffing is 1 to {most} agents").format(most=MOST_AGENTS)
        raise CommandError(said, ExitCode.USAGE)
    return counts
