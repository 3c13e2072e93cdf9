"""A working day of 100 agents in virtual time: how long it takes, and what it comes to.

Run by hand: `python benchmarks/simulate_day.py [AGENTS] [HOURS]`. The reference is the time that
passes: the same day on real telephones.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.campaign import Campaign, Kind, Mode
from campaigns.retry import RetryPolicy
from campaigns.windows import CallingWindows, parse
from dialer.sim.forecast import forecast
from dialer.sim.model import given

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CONTACTS_AN_AGENT = 800
"""More than a day needs: the list never runs dry."""


def campaign(mode: Mode) -> Campaign:
    return Campaign(
        id=1,
        name="day",
        kind=Kind.CALLBACK,
        mode=mode,
        dial_string="PJSIP/{number}@trunk",
        caller_id="4008000000",
        queue="waihu-callback",
        ring_timeout_s=28,
        windows=CallingWindows.every_day(parse("09:00-19:00")),
        zone=ZoneInfo("Asia/Shanghai"),
        retry=RetryPolicy(delay=timedelta(hours=4)),
        max_calls=2000,
        cps=50,
        wrap_up_s=60,
    )


def main() -> None:
    defaults = ("100", "8")
    agents_given, hours_given = (*sys.argv[1:], *defaults[len(sys.argv) - 1 :])
    agents, hours = int(agents_given), float(hours_given)
    print(f"{agents} agents, {hours:g} hours, 30 % answered, talks of 120 s, wrap-ups of 20 s")
    for mode in (Mode.PROGRESSIVE, Mode.PREDICTIVE):
        began = time.perf_counter()
        contacts = CONTACTS_AN_AGENT * agents
        figures = forecast(campaign(mode), given(), agents, 1, hours, START, contacts)
        took_s = time.perf_counter() - began
        print(
            f"{mode.value:12} {took_s:6.1f} s for {figures.placed:,} calls: "
            f"utilisation {100 * (figures.utilisation or 0):.1f} %, "
            f"abandoned {100 * (figures.abandon_rate or 0):.2f} %, "
            f"at once {figures.peak_calls}, a second {figures.peak_cps}; "
            f"{hours * 3600 / took_s:,.0f} times as fast as it would happen"
        )


if __name__ == "__main__":
    main()
