"""From the settings of work orders to the policy that their rules go by.

Owns: the turning. Must not know the rules (`campaigns.orders`).
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from campaigns.layers import Layer
from campaigns.orders.order import Level, OrderKind, OrderPolicy
from config.calendar_file import CalendarShelf
from config.errors import ConfigError
from config.order_settings import OrderGroupSettings
from config.settings import Settings
from config.week import parse_day, week_of


def order_policy(settings: Settings, today: date) -> OrderPolicy:
    """What the orders of this site go by. Blocks: it reads the calendar's files.

    Raises:
        ConfigError: nobody knows the calendar, or a file of it is wrong.
    """
    orders = settings.orders
    calendar = None
    if orders.calendar is not None:
        calendar = CalendarShelf(settings.paths.calendars, today).calendar(orders.calendar)
        if not calendar.is_known:
            raise ConfigError(
                f"orders.calendar: nothing is known of the public holidays of {calendar.name}"
            )
    return OrderPolicy(
        hours=Layer(
            windows=week_of({days: parse_day(texts) for days, texts in orders.windows.items()}),
            zone=ZoneInfo(settings.site.zone),
            calendar=calendar,
        ),
        kinds={
            name: OrderKind(
                complaint=kind.complaint,
                investigate_days=kind.investigate_days,
                solve_days=kind.solve_days,
                follow_up_days=kind.follow_up_days,
            )
            for name, kind in orders.kinds.items()
        },
        group=orders.group,
        owners={name: _owners(group) for name, group in orders.groups.items()},
        escalate_days=orders.escalate_days,
    )


def _owners(group: OrderGroupSettings) -> dict[Level, str]:
    return {level: getattr(group, level.value) for level in Level}
