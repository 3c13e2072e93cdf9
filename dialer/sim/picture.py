"""The course of a forecast as a picture: contacts that are left, over time, for each staffing.

Owns: the drawing, SVG that stands by itself. Must not know where figures come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from dialer.sim.forecast import Figures

WIDTH, HEIGHT = 880, 420
LEFT, RIGHT, TOP, BOTTOM = 80, 130, 48, 52
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Okabe and Ito's, which all eyes tell apart."""

_HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
    'font-family="sans-serif" font-size="13">'
)
MOST_MARKS = 10
A_DAY = timedelta(days=1)


def picture(title: str, forecasts: Sequence[Sequence[Figures]], zone: ZoneInfo) -> str:
    """One line a run; runs of one staffing, which is written at their end, share a colour.

    The clock of the axis is `zone`'s. `forecasts`: for each staffing its runs, at least one.
    """
    runs = [run for of in forecasts for run in of]
    begins = min(run.course[0][0] for run in runs)
    ends = max(run.course[-1][0] for run in runs)
    frame = _Frame(begins, max(ends, begins + timedelta(minutes=1)), max(r.contacts for r in runs))
    parts = [
        _HEAD,
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="26" font-size="16" font-weight="bold">{escape(title)}</text>',
        *frame.axes(zone),
    ]
    for n, of in enumerate(forecasts):
        colour = COLOURS[n % len(COLOURS)]
        parts += [frame.line(run, colour) for run in of]
        last = of[0].course[-1]
        x, y = frame.x(last[0]), frame.y(last[1])
        parts.append(
            f'<text x="{x + 6:.1f}" y="{y - 6 - 15 * n * (last[1] == 0):.1f}" fill="{colour}" '
            f'font-weight="bold">{of[0].agents}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


class _Frame:
    """The plane: times to the right, contacts upwards."""

    def __init__(self, begins: datetime, ends: datetime, most: int) -> None:
        self._begins, self._ends, self._most = begins, ends, max(most, 1)

    def x(self, at: datetime) -> float:
        whole = (self._ends - self._begins).total_seconds()
        return LEFT + (WIDTH - LEFT - RIGHT) * (at - self._begins).total_seconds() / whole

    def y(self, contacts: int) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * contacts / self._most

    def line(self, run: Figures, colour: str) -> str:
        points = " ".join(f"{self.x(at):.1f},{self.y(left):.1f}" for at, left in run.course)
        return (
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" '
            'stroke-opacity="0.6"/>'
        )

    def axes(self, zone: ZoneInfo) -> list[str]:
        bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
        drawn = [
            f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#444444"/>',
        ]
        for part in range(5):
            contacts = self._most * part // 4
            y = self.y(contacts)
            drawn += [
                f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#dddddd"/>',
                f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{contacts:,}</text>',
            ]
        for at, words in self._marks(zone):
            x = self.x(at)
            drawn += [
                f'<path d="M{x:.1f} {bottom}v5" stroke="#444444"/>',
                f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{words}</text>',
            ]
        return drawn

    def _marks(self, zone: ZoneInfo) -> list[tuple[datetime, str]]:
        """Whole days; whole hours where it is one day."""
        begins, ends = self._begins.astimezone(zone), self._ends.astimezone(zone)
        if ends - begins <= A_DAY:
            step, form = timedelta(hours=max(1, round((ends - begins).seconds / 36_000))), "%H:%M"
            at = begins.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        else:
            step, form = A_DAY * (1 + (ends - begins).days // MOST_MARKS), "%m-%d"
            at = begins.replace(hour=0, minute=0, second=0, microsecond=0) + A_DAY
        marks = []
        while at <= ends:
            marks.append((at, at.strftime(form)))
            at += step
        return marks
