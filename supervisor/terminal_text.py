"""Pieces of a terminal screen: lines of an exact width, shapes, colours, durations, figures.

Owns: how a single thing looks. Widths are terminal columns, so Chinese text takes two a sign.
Must not know what is on the screen. Colours are Okabe and Ito's, safe for the common kinds of
colour blindness; orange and vermilion are kept for alarms, and no state is told by colour alone.
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from dialer.cli_text import SIGNS
from supervisor.kpi import Figure
from supervisor.snapshot import AgentLook

GREEN, SKY, BLUE, PURPLE = "#009E73", "#56B4E9", "#0072B2", "#CC79A7"
GREY, AMBER, VERMILION = "#6E6E6E", "#E69F00", "#D55E00"
QUIET = "bright_black"

SHAPES: dict[AgentLook, str] = {
    AgentLook.READY: "○",
    AgentLook.RESERVED: "◔",
    AgentLook.TALKING: "●",
    AgentLook.WRAP_UP: "✎",
    AgentLook.PAUSED: "▮",
    AgentLook.SIGNING_IN: "↥",
    AgentLook.SIGNED_OUT: "–",
    AgentLook.UNKNOWN: "?",
}
BLOCKS: dict[AgentLook, str] = {
    AgentLook.READY: f"black on {GREEN}",
    AgentLook.RESERVED: f"black on {SKY}",
    AgentLook.TALKING: f"white on {BLUE}",
    AgentLook.WRAP_UP: f"black on {PURPLE}",
    AgentLook.PAUSED: f"white on {GREY}",
    AgentLook.SIGNING_IN: f"white on {GREY}",
    AgentLook.SIGNED_OUT: QUIET,
    AgentLook.UNKNOWN: f"black on {AMBER}",
}

HOUR_S = 3600

FEW = 20
"""Below so many calls a rate is shown as 3/7: a percentage would say more than is known."""

EIGHTHS = " ▏▎▍▌▋▊▉"


def shown(text: str) -> str:
    """`text` with signs in place of what a terminal would obey: names and faults are others'."""
    return text.translate(SIGNS)


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` columns: cut with an ellipsis, or filled with blanks."""
    text = shown(text)
    if cell_len(text) <= width:
        return set_cell_size(text, max(width, 0))
    return set_cell_size(set_cell_size(text, max(width - 1, 0)).rstrip() + "…", max(width, 0))


def fit_right(text: str, width: int) -> str:
    """`text` at the right end of exactly `width` columns."""
    return fit(" " * max(width - cell_len(text), 0) + text, width)


def line(*parts: Text | str | tuple[str, str]) -> Text:
    """One line that never wraps."""
    text = Text.assemble(*(_part_shown(part) for part in parts))
    text.no_wrap, text.overflow = True, "crop"
    return text


def _part_shown(part: Text | str | tuple[str, str]) -> Text | str | tuple[str, str]:
    match part:
        case str():
            return shown(part)
        case (text, style):
            return (shown(text), style)
        case _:
            return part


def cut(text: Text, width: int) -> Text:
    """The line in at most `width` columns."""
    text.truncate(width, overflow="ellipsis")
    return text


def justified(left: Text, right: Text, width: int) -> Text:
    """Both ends of one line; where they do not fit, the left one is cut."""
    room = max(width - right.cell_len - 1, 0)
    left = cut(left.copy(), room)
    return cut(line(left, " " * (room - left.cell_len + 1), right), width)


def duration(seconds: float) -> str:
    """`0:08`, `12:34`, `1:02:03`."""
    minutes, rest = divmod(int(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def short_duration(seconds: float) -> str:
    """A duration in five columns: `0:08`, `12:34`, `1h02`."""
    if seconds < HOUR_S:
        return duration(seconds)
    hours, minutes = divmod(int(seconds) // 60, 60)
    return f"{hours}h{minutes:02}"


def rate(figure: Figure) -> str:
    """A rate: `–` where there is none, `3/7` for few calls, else `83 % (n 120)`."""
    if figure.value is None:
        return "–"
    if figure.n < FEW:
        return f"{figure.numerator:g}/{figure.denominator:g}"
    return f"{figure.value * 100:.0f} % (n {figure.n})"


def mean_seconds(figure: Figure) -> str:
    """A duration: `–` where there is none, else `4.2 s`."""
    return "–" if figure.value is None else f"{figure.value:.1f} s"


def bar(share: float, width: int) -> str:
    """A bar of `share` of `width` columns, to the eighth; what is more than 0 is visible."""
    eighths = round(max(min(share, 1.0), 0.0) * width * 8)
    if share > 0:
        eighths = max(eighths, 1)
    full, rest = divmod(eighths, 8)
    return "█" * full + (EIGHTHS[rest] if rest else "")


def track(share: float, width: int) -> tuple[str, str]:
    """Both parts of a progress bar, done and to do; heavy and light, so that grey shows it."""
    done = int(max(min(share, 1.0), 0.0) * width)
    return "━" * done, "─" * (width - done)
