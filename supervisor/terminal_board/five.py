"""Band 1: the five figures side by side, the one under the cursor ready to be explained.

Owns: how they are drawn and moved among. What they say is `supervisor.terminal_board.figures`'.
"""

from __future__ import annotations

from typing import ClassVar, Final

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from supervisor.terminal_board.band import CURSOR, CURSOR_GROUND
from supervisor.terminal_board.drawn import FILLS, QUIET, SIGNS
from supervisor.terminal_board.figures import Headline
from supervisor.terminal_text import fit, line

SPARKS: Final = "▁▂▃▄▅▆▇█"
TRENDS: Final = {-1: " ↘", 0: "", 1: " ↗"}
CHART: Final = "#5f7483"
CHARTED_FROM: Final = 4
"""With so many lines, the last one is a chart of the last hour."""


class Five(Widget, can_focus=True):
    """The figures of a picture."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up,k", "go(-1)", show=False),
        Binding("right,down,j", "go(1)", show=False),
        Binding("enter", "open", show=False),
    ]

    class Opened(Message):
        """Enter, or a double click, on a figure."""

        def __init__(self, headline: Headline) -> None:
            self.headline = headline
            super().__init__()

    def __init__(self, *, id: str) -> None:  # noqa: A002  the framework's word
        super().__init__(id=id)
        self._headlines: list[Headline] = []
        self._is_old = False
        self._at = 0

    def show(self, headlines: list[Headline], *, is_old: bool = False) -> None:
        """Show these from now on; an old picture has no colours (I10)."""
        self._headlines, self._is_old = headlines, is_old
        self.refresh()

    def render(self) -> Text:
        """Titles, values, details, and a chart where there is room."""
        if not self._headlines:
            return Text("")
        widths = _widths(self.size.width, len(self._headlines))
        rows = [self._titles(widths), self._values(widths), self._details(widths)]
        if self.size.height >= CHARTED_FROM:
            rows.append(self._charts(widths))
        text = Text("\n").join(rows[: self.size.height])
        return Text(text.plain, style=QUIET) if self._is_old else text

    def _titles(self, widths: list[int]) -> Text:
        cells = []
        for at, (one, width) in enumerate(zip(self._headlines, widths, strict=True)):
            here = self.has_focus and at == self._at
            sign = CURSOR if here else " "
            cells.append((fit(f"{sign}{one.title}", width), CURSOR_GROUND if here else QUIET))
        return line(*cells)

    def _values(self, widths: list[int]) -> Text:
        """On the colour of its alarm, with its sign; else bold."""
        cells: list[Text] = []
        for one, width in zip(self._headlines, widths, strict=True):
            sign = f" {SIGNS[one.level]}" if one.level else ""
            text = fit(f"{sign} {one.value}{TRENDS[one.trend]}", width - 1)
            cells.append(line((text, FILLS[one.level] if one.level else "bold"), " "))
        return line(*cells)

    def _details(self, widths: list[int]) -> Text:
        pairs = zip(self._headlines, widths, strict=True)
        return line(*((fit(f" {one.detail}", width), QUIET) for one, width in pairs))

    def _charts(self, widths: list[int]) -> Text:
        pairs = zip(self._headlines, widths, strict=True)
        return line(
            *((fit(f" {spark(one.spark, width - 2)}", width), CHART) for one, width in pairs)
        )

    def action_go(self, by: int) -> None:
        """To the figure beside."""
        self._at = min(max(self._at + by, 0), max(len(self._headlines) - 1, 0))
        self.refresh()

    def action_open(self) -> None:
        """Explain the figure."""
        if self._headlines:
            self.post_message(self.Opened(self._headlines[self._at]))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; twice: explain it."""
        edge = 0
        for at, width in enumerate(_widths(self.size.width, len(self._headlines))):
            edge += width
            if event.x < edge:
                self._at = at
                break
        self.refresh()
        if event.chain > 1:
            self.action_open()

    def on_focus(self) -> None:
        """The cursor comes into sight."""
        self.refresh()

    def on_blur(self) -> None:
        """And goes."""
        self.refresh()


def _widths(width: int, count: int) -> list[int]:
    """Equal parts of the width; the first ones have what is left over."""
    each, more = divmod(max(width, count), max(count, 1))
    return [each + (at < more) for at in range(count)]


def spark(values: tuple[float, ...], width: int) -> str:
    """The last values as small bars, the highest of them full."""
    last = values[-max(width, 0) :] if width > 0 else ()
    most = max(last, default=0.0)
    if most <= 0:
        return SPARKS[0] * len(last)
    return "".join(SPARKS[round((len(SPARKS) - 1) * max(value, 0.0) / most)] for value in last)
