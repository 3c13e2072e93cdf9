"""`waihu list`: the lists of a campaign: loaded, looked at, paused, withdrawn.

Owns: these commands, but for the loading itself (`campaigns.cli.list_import`,
`campaigns.cli.list_watch`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from campaigns.campaign import Campaign
from campaigns.cli.campaign_view import campaign_json, print_loads
from campaigns.cli.find import find_campaign
from campaigns.cli.list_import import load
from campaigns.cli.list_watch import watch
from campaigns.cli.sentences import contact_state_words, list_state_words
from campaigns.cli.trail import note_change
from campaigns.contact import ContactState, ListState
from campaigns.ledger import By, EntryKind
from config.language import _, mark
from config.settings import Settings
from dialer.cli_print import heading, print_json, say, table
from dialer.cli_session import by_operator, carry_out, opened, settings_of, tell_engine, utc_now
from dialer.cli_times import iso
from dialer.messages import CampaignRecord
from store.database import Database
from store.dead_loads import clear_up
from store.lists import ListImport, ListRecord, Lists

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Json = Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))]
CampaignName = Annotated[str, typer.Argument(help=mark("Its name, or its number."))]
ListName = Annotated[str, typer.Argument(metavar="LIST", help=mark("The list's name."))]

app.command(
    "import", help=mark("Load a list (CSV, XLSX, XLS; in any usual encoding) into a campaign.")
)(load)
app.command("watch", help=mark("Load what comes into a folder, each file once, until Ctrl-C."))(
    watch
)


@app.command(help=mark("Show a campaign's lists, where their contacts stand, and what was loaded."))
def show(ctx: typer.Context, campaign: CampaignName, json: Json = False) -> None:
    """The lists, the contacts by state, and the loads."""
    carry_out(_show(settings_of(ctx), campaign, json=json))


@app.command(help=mark("Stop calling a list's contacts for now; living calls go on."))
def pause(ctx: typer.Context, campaign: CampaignName, name: ListName) -> None:
    """The second judgement obeys at once."""
    carry_out(_set_state(settings_of(ctx), campaign, name, ListState.PAUSED))


@app.command(help=mark("Call a paused or withdrawn list's contacts again."))
def resume(ctx: typer.Context, campaign: CampaignName, name: ListName) -> None:
    """The contacts go on where they stood."""
    carry_out(_set_state(settings_of(ctx), campaign, name, ListState.ACTIVE))


@app.command(help=mark("Take a list out of its campaign; what was called stays on file."))
def withdraw(ctx: typer.Context, campaign: CampaignName, name: ListName) -> None:
    """Its contacts are not dialed any more; living calls end as they would."""
    carry_out(_set_state(settings_of(ctx), campaign, name, ListState.WITHDRAWN))


@app.command(help=mark("Give a list a part of the campaign's calls; 0: no part is kept."))
def share(
    ctx: typer.Context,
    campaign: CampaignName,
    name: ListName,
    parts: Annotated[int, typer.Argument(min=0, help=mark("Beside the other lists' parts."))],
) -> None:
    """Lists of 2 and 1 parts are called two to one."""
    carry_out(_set_share(settings_of(ctx), campaign, name, parts or None))


@app.command(help=mark("Throw away what was left by loads that died half-way."))
def discard(ctx: typer.Context) -> None:
    """The next load would do it as well."""
    count = carry_out(_discard(settings_of(ctx)))
    say(_("{n} dead loads were thrown away.").format(n=count))


async def _set_state(settings: Settings, campaign: str, name: str, state: ListState) -> None:
    async with opened(settings) as database:
        record = await find_campaign(database, campaign, utc_now())
        await change_list(database, record.campaign, name, by_operator(), state=state)
    await tell_engine(settings)
    said = _("list {name}: {state}")
    say(said.format(name=name, state=list_state_words()[state]))


async def _set_share(settings: Settings, campaign: str, name: str, parts: int | None) -> None:
    async with opened(settings) as database:
        record = await find_campaign(database, campaign, utc_now())
        await change_list(database, record.campaign, name, by_operator(), parts=parts or 0)
    await tell_engine(settings)
    if parts is None:
        say(_("list {name}: no part is kept").format(name=name))
    else:
        say(_("list {name}: {n} parts").format(name=name, n=parts))


async def change_list(
    database: Database,
    campaign: Campaign,
    name: str,
    by: By,
    *,
    state: ListState | None = None,
    parts: int | None = None,
) -> None:
    """Pause, resume or withdraw a list, or give it a part (0: none is kept); None leaves it.

    Raises:
        UnknownListError: the campaign has none of that name.
    """
    lists, told = Lists(database), dict[str, object]()
    if state is not None:
        await lists.set_state(campaign.id, name, state)
        told["state"] = state.value
    if parts is not None:
        await lists.set_share(campaign.id, name, parts or None)
        told["parts"] = parts
    if told:
        await note_change(database, EntryKind.LIST_CHANGED, campaign.name, by, list=name, **told)


async def _discard(settings: Settings) -> int:
    async with opened(settings) as database:
        return await clear_up(database, utc_now())


async def _show(settings: Settings, name: str, *, json: bool) -> None:
    async with opened(settings) as database:
        record = await find_campaign(database, name, utc_now())
        lists = await Lists(database).records(record.campaign.id)
        loads = await Lists(database).imports(record.campaign.id)
    if json:
        print_json(lists_json(record, lists, loads))
        return
    say(f"{record.campaign.name}", style="bold")
    _print_lists(lists, loads, record.campaign)


def lists_json(
    record: CampaignRecord, lists: Sequence[ListRecord], loads: Sequence[ListImport]
) -> dict[str, object]:
    """A campaign's lists and loads for a program."""
    return {
        "campaign": campaign_json(record),
        "states": _states(lists),
        "lists": [list_json(one) for one in lists],
        "loads": [load_json(one) for one in loads],
    }


def _states(lists: Sequence[ListRecord]) -> dict[str, int]:
    """All lists' contacts by state."""
    counts = {state: sum(one.contacts.get(state, 0) for one in lists) for state in ContactState}
    return {state.value: count for state, count in counts.items() if count}


def list_json(record: ListRecord) -> dict[str, object]:
    """One list for a program."""
    return {
        "name": record.name,
        "state": record.state.value,
        "share": record.share,
        "created_at": iso(record.created_at),
        "contacts": {state.value: count for state, count in record.contacts.items()},
    }


def load_json(load: ListImport) -> dict[str, object]:
    """One load for a program."""
    return {
        "at": iso(load.at),
        "file": load.file_name,
        "sha256": load.sha256,
        "rows": load.rows_read,
        "added": load.added,
        "duplicates": load.duplicates,
        "refused": load.refused,
    }


def _print_lists(
    lists: Sequence[ListRecord], loads: Sequence[ListImport], campaign: Campaign
) -> None:
    if not lists and not loads:
        say(_("Nothing was loaded yet: waihu list import FILE --campaign NAME"))
        return
    states = [state for state in ContactState if any(one.contacts.get(state) for one in lists)]
    words, list_words = contact_state_words(), list_state_words()
    figures = [_("contacts"), *(words[state] for state in states)]
    rows = [
        (
            one.name,
            list_words[one.state],
            str(one.share or ""),
            str(sum(one.contacts.values())),
            *(str(one.contacts.get(state, 0)) for state in states),
        )
        for one in lists
    ]
    share_word = _("parts")
    table(
        [_("list"), _("state"), share_word, *figures], rows, right="|".join([share_word, *figures])
    )
    if loads:
        heading(_("Loads ({zone})").format(zone=campaign.zone.key))
        print_loads(loads, campaign)
