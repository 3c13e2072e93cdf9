"""`waihu campaign next`: whom a campaign dials next, before it does.

Owns: how the preview is shown. Must not know how it is found (`store.upcoming`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from campaigns.campaign import CampaignState
from campaigns.cli.find import find_campaign
from config.language import _
from config.settings import Settings
from dialer.cli_print import print_json, say, table
from dialer.cli_session import opened, utc_now
from dialer.cli_times import iso, moment, moment_without_zone
from dialer.messages import CampaignRecord
from store.upcoming import NextContact, Upcoming, upcoming
from supervisor.words import campaign_state_word


async def show_next(settings: Settings, name: str, count: int, *, json: bool) -> None:
    """Print the next `count` contacts of the campaign."""
    now = utc_now()
    async with opened(settings) as database:
        record = await find_campaign(database, name, now)
        found = await upcoming(database, record.campaign.id, count, now)
    if json:
        print_json(next_json(record, found))
    else:
        _print(record, found, now)


def next_json(record: CampaignRecord, found: Upcoming) -> dict[str, object]:
    """The preview for a program."""
    return {
        "campaign": record.campaign.name,
        "state": record.state.value,
        "order": record.campaign.order.value,
        "at": iso(found.at),
        "next": [
            {
                "contact": one.contact.id,
                "reference": one.contact.reference,
                "name": one.contact.name,
                "number": one.e164,
                "list": one.list_name,
                "priority": one.priority,
                "tries": one.tries,
                "due_at": iso(one.due_at),
                "appointment_at": iso(one.appointment_at),
                "agent": one.agent,
            }
            for one in found.contacts
        ],
    }


def _print(record: CampaignRecord, found: Upcoming, now: datetime) -> None:
    campaign = record.campaign
    if found.at is None or not found.contacts:
        say(
            _("Nobody of {name} is dialed next: see waihu campaign show").format(name=campaign.name)
        )
        return
    if found.at > now:
        when = moment(found.at, campaign.zone, now)
        say(_("Nobody may be dialed now. From {time} on:").format(time=when))
    _print_table(found, record, now)
    if record.state is not CampaignState.RUNNING:
        word = campaign_state_word(record.state, _)
        say(_("The campaign is {state}: nobody is dialed before it runs.").format(state=word))


def _print_table(found: Upcoming, record: CampaignRecord, now: datetime) -> None:
    """What is the same for all is not shown: eighty columns are soon full."""
    lists = {one.list_name for one in found.contacts}
    priorities = {one.priority for one in found.contacts}
    columns: list[tuple[str, Callable[[NextContact], str]]] = [
        (_("contact"), lambda one: one.contact.reference or str(one.contact.id)),
        (_("name"), lambda one: one.contact.name),
        (_("number"), lambda one: one.e164),
        (_("list"), lambda one: one.list_name if len(lists) > 1 else ""),
        (_("priority"), lambda one: str(one.priority) if len(priorities) > 1 else ""),
        (_("tried"), lambda one: str(one.tries or "")),
        (_("because of"), lambda one: _because(one, record, now)),
    ]
    shown = [(name, [cell(one) for one in found.contacts]) for name, cell in columns]
    shown = [(name, cells) for name, cells in shown if any(cells)]
    rows = [
        (str(place), *cells)
        for place, cells in enumerate(zip(*(cells for _name, cells in shown), strict=True), 1)
    ]
    figures = "|".join([_("#"), _("priority"), _("tried")])
    table([_("#"), *(name for name, _cells in shown)], rows, right=figures)


def _because(one: NextContact, record: CampaignRecord, now: datetime) -> str:
    zone = record.campaign.zone
    if one.appointment_at is not None:
        at = moment_without_zone(one.appointment_at, zone, now)
        if one.agent:
            said = _("appointment {time}, with {agent} alone")
            return said.format(time=at, agent=one.agent)
        return _("appointment {time}").format(time=at)
    if one.due_at is None:
        return ""
    return _("due since {time}").format(time=moment_without_zone(one.due_at, zone, now))
