"""A band of the board: a heading, and rows under it among which a cursor moves.

Owns: scrolling, the cursor, keys and mouse within one band. The cursor stays on what it is on,
wherever that moves to. Only what is in sight is drawn, so that hundreds of agents cost no more than
a screen of them. Must not know what a row says.
"""

from __future__ import annotations

from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from supervisor.terminal_board.bands import Draw, Row, Shown
from supervisor.terminal_board.drawn import HEADING_GROUND
from supervisor.terminal_board.order import Subject

CURSOR: Final = "▸"
CURSOR_GROUND: Final = "on #2f4454"
FOCUSED_GROUND: Final = "on #173a52"


class Band(ScrollView, can_focus=True):
    """One band. `cell`: the least width of a cell; 0: one row a line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "go(-1)", show=False),
        Binding("down,j", "go(1)", show=False),
        Binding("left", "aside(-1)", show=False),
        Binding("right", "aside(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,g", "end(-1)", show=False),
        Binding("end,G", "end(1)", show=False),
        Binding("enter", "open", show=False),
    ]

    class Opened(Message):
        """Enter, or a double click, on a row."""

        def __init__(self, band: Band, subject: Subject) -> None:
            self.band = band
            self.subject = subject
            super().__init__()

    def __init__(self, *, id: str, cell: int = 0) -> None:  # noqa: A002  the framework's word
        super().__init__(id=id)
        self._cell = cell
        self._heading: Draw = lambda width: Text(" " * width)
        self._rows: tuple[Row, ...] = ()
        self._at = 0

    def show(self, shown: Shown) -> None:
        """Show these rows from now on; the cursor stays with its subject where that is there."""
        before, rows = self.subject, shown.rows
        self._heading, self._rows = shown.heading, rows
        subjects = [row.subject for row in rows]
        if before is not None and before in subjects:
            self._at = subjects.index(before)
        self._at = self._near(min(self._at, max(len(rows) - 1, 0)), 1)
        self._fit()

    @property
    def subject(self) -> Subject | None:
        """What the cursor is on."""
        return self._rows[self._at].subject if self._at < len(self._rows) else None

    def lines_at(self, width: int) -> int:
        """How many lines of this width it would take to show everything, the heading included."""
        return 1 + -(-len(self._rows) // self._cells_in(width))

    def find(self, subject: Subject) -> bool:
        """Put the cursor on it; False: it is not there."""
        for at, row in enumerate(self._rows):
            if row.subject == subject:
                self._move(at)
                return True
        return False

    # ── drawing ──────────────────────────────────────────────────────────────────────────

    @property
    def _abreast(self) -> int:
        return self._cells_in(self._room)

    def _cells_in(self, width: int) -> int:
        return max(width // self._cell, 1) if self._cell else 1

    @property
    def _room(self) -> int:
        return max(self.size.width, 1)

    def render_line(self, y: int) -> Strip:
        """One line of the screen; the first is the heading, which does not scroll."""
        if y == 0:
            return self._strip(self._headed())
        first = (y - 1 + self.scroll_offset.y) * self._abreast
        cells = [self._drawn(at) for at in range(first, first + self._abreast)]
        return self._strip(Text.assemble(*cells, end=""))

    def _headed(self) -> Text:
        text = self._heading(self._room)
        text.stylize_before(FOCUSED_GROUND if self.has_focus else HEADING_GROUND)
        if self.has_focus:
            text.stylize(Style(underline=True))
        return text

    def _drawn(self, at: int) -> Text:
        width = self._room // self._abreast
        if at >= len(self._rows):
            return Text(" " * width)
        text = self._rows[at].draw(width)
        return _under_cursor(text) if at == self._at and self.has_focus else text

    def _strip(self, text: Text) -> Strip:
        text.end = ""
        width, ground = self._room, self.rich_style
        segments = text.render(self.app.console)
        strip = Strip(Segment.apply_style(segments, ground))
        return strip.adjust_cell_length(width, ground)

    # ── moving ───────────────────────────────────────────────────────────────────────────

    def action_go(self, lines: int) -> None:
        """Up or down by so many lines."""
        self._move(self._at + lines * self._abreast, lines)

    def action_aside(self, cells: int) -> None:
        """To the cell beside."""
        self._move(self._at + cells, cells)

    def action_page(self, pages: int) -> None:
        """By as many lines as are in sight."""
        self.action_go(pages * max(self.size.height - 2, 1))

    def action_end(self, way: int) -> None:
        """To the first row, or to the last."""
        self._move(0 if way < 0 else len(self._rows) - 1, -way)

    def action_open(self) -> None:
        """Tell more of what the cursor is on."""
        if self.subject is not None:
            self.post_message(self.Opened(self, self.subject))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; twice: tell more."""
        line = event.y - 1 + self.scroll_offset.y
        aside = event.x // max(self._room // self._abreast, 1)
        at = line * self._abreast + aside
        if event.y < 1 or at >= len(self._rows) or self._rows[at].subject is None:
            return
        self._move(at)
        if event.chain > 1:
            self.action_open()

    def on_resize(self) -> None:
        """Other widths hold other numbers of cells."""
        self._fit()

    def on_focus(self) -> None:
        """The cursor comes into sight."""
        self.refresh()

    def on_blur(self) -> None:
        """And goes."""
        self.refresh()

    def _move(self, at: int, way: int = 1) -> None:
        if self._rows:
            self._at = self._near(min(max(at, 0), len(self._rows) - 1), way)
            self._see()
            self.refresh()

    def _near(self, at: int, way: int) -> int:
        """The nearest row with a subject, first in the way gone, then back."""
        order = [*range(at, len(self._rows)), *range(at - 1, -1, -1)]
        if way < 0:
            order = [*range(at, -1, -1), *range(at + 1, len(self._rows))]
        return next((one for one in order if self._rows[one].subject is not None), 0)

    def _fit(self) -> None:
        self.virtual_size = Size(self._room, self.lines_at(self._room))
        self._see()
        self.refresh()

    def _see(self) -> None:
        """Scroll so far that the cursor is in sight; at the top the heading of its rows as well."""
        line = self._at // self._abreast
        top, high = self.scroll_offset.y, max(self.size.height - 1, 1)
        if line < top:
            self.scroll_to(y=0 if line <= 1 else line, animate=False, immediate=True)
        elif line >= top + high:
            self.scroll_to(y=line - high + 1, animate=False, immediate=True)

    def watch_has_focus(self, value: bool) -> None:  # noqa: FBT001  the framework's way
        """The heading of the band that hears the keys is underlined."""
        super().watch_has_focus(value)
        self.refresh(Region(0, 0, self.size.width, self.size.height))


def _under_cursor(text: Text) -> Text:
    """The row with a sign before it, and on another ground where it has no colour of its own."""
    first = text[:1]
    first.plain = CURSOR
    rest = text[1:]
    ground = Text.assemble(first, rest, end="")
    ground.stylize_before(CURSOR_GROUND)
    return ground
