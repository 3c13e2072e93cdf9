"""A work order as operators see it: for people, and for programs.

Owns: what is shown of it. Times are on the site's clock. Must not know which command asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.cli.order_words import act_words, kind_word, level_words, state_words
from campaigns.orders.figures import OrderFigures
from campaigns.orders.order import Entry, Order
from config.language import _
from config.order_settings import OrderSettings
from dialer.cli_print import facts, heading, say, table
from dialer.cli_times import iso, moment, stamp
from store.work_orders import OrderRecord


def order_json(order: Order, now: datetime) -> dict[str, object]:
    """One order for a program."""
    told: dict[str, object] = {}
    for field in fields(order):
        value = getattr(order, field.name)
        told[field.name] = iso(value) if isinstance(value, datetime) else value
    return told | {"due_at": iso(order.due_at), "overdue": order.is_overdue(now)}


def entry_json(entry: Entry) -> dict[str, object]:
    """One line of a trail for a program."""
    return {
        "at": iso(entry.at),
        "who": entry.who,
        "act": entry.act,
        "before": entry.before,
        "after": entry.after,
        "owner": entry.owner,
        "level": entry.level,
        "note": entry.note,
    }


def figures_json(figures: OrderFigures) -> dict[str, object]:
    """The figures of one group for a program; `group` null: of all."""
    told = {field.name: getattr(figures, field.name) for field in fields(figures)}
    return told | {"group": figures.group or None}


def print_order(record: OrderRecord, orders: OrderSettings, zone: ZoneInfo, now: datetime) -> None:
    """One order with its trail for people."""
    order = record.order
    say(f"{spaced(order.number)} · {kind_word(order.kind, orders)}", style="bold")
    promised = "" if order.promised_at is None else moment(order.promised_at, zone, now)
    facts(
        [
            (_("subject"), order.subject),
            (_("text"), order.text),
            (_("state"), state_words()[order.state]),
            (_("due by"), due_text(order, zone, now)),
            (_("promised"), promised),
            (_("owner"), f"{order.owner} ({level_words()[order.level]})".lstrip()),
            (_("group"), order.group),
            (_("customer"), f"{order.name} {order.e164}".strip()),
            (_("voicemail"), order.voicemail),
            (_("referred to"), order.referred_to),
            (_("call"), order.call),
        ]
    )
    heading(_("What was done ({zone})").format(zone=zone.key))
    columns = [_("at"), _("who"), _("what"), _("owner"), _("note")]
    table(columns, [_entry_row(entry, zone) for entry in record.trail])


def _entry_row(entry: Entry, zone: ZoneInfo) -> tuple[str, ...]:
    done = act_words().get(entry.act, entry.act)
    return (stamp(entry.at, zone), entry.who, done, entry.owner, entry.note)


def print_orders(
    found: Sequence[Order], orders: OrderSettings, zone: ZoneInfo, now: datetime
) -> None:
    """A table of orders."""
    if not found:
        say(_("No work order."))
        return
    columns = [_("number"), _("kind"), _("subject"), _("state"), _("owner"), _("due by")]
    rows = [
        (
            order.number,
            kind_word(order.kind, orders),
            order.subject,
            state_words()[order.state],
            order.owner,
            due_text(order, zone, now),
        )
        for order in found
    ]
    table(columns, rows)


def print_figures(figures: Sequence[OrderFigures]) -> None:
    """A row for each group, and one for all."""
    names = [_("opened"), _("completed"), _("on time"), _("response on time"), _("still open")]
    columns = [*names, _("overdue"), _("reopened"), _("referred")]
    rows = [
        (
            one.group or _("all"),
            str(one.opened),
            str(one.completed),
            _part(one.on_time, one.judged),
            _part(one.responded_on_time, one.responded),
            str(one.still_open),
            str(one.overdue),
            str(one.reopened),
            str(one.referred),
        )
        for one in figures
    ]
    table([_("group"), *columns], rows, right="|".join(columns))


def _part(of: int, all_: int) -> str:
    return f"{of}/{all_}" + (f" ({of / all_:.0%})" if all_ >= 20 else "")  # noqa: PLR2004  a share of fewer says little


def due_text(order: Order, zone: ZoneInfo, now: datetime) -> str:
    """When the next thing is due, and that it is late."""
    if order.due_at is None:
        return ""
    said = _("overdue since {time}") if order.is_overdue(now) else "{time}"
    return said.format(time=moment(order.due_at, zone, now))


def spaced(number: str) -> str:
    """`123 456 789`, as it is read out."""
    return " ".join(number[at : at + 3] for at in range(0, len(number), 3))
