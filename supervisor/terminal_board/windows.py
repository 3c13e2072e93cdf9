"""Windows over the board: what a row says when it is opened, a choice, a line to write.

Owns: how they look and are left. Esc always leaves and changes nothing. Must not know what is done
with an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from supervisor.terminal_text import shown
from supervisor.words import Translate

REDRAW_S: Final = 0.5
FRAME: Final = 6
"""Columns that the border and its padding take of a window."""

CSS: Final = """
ModalScreen { align: center middle; background: #0b1116 60%; }
.window {
  width: 90%; max-width: 100; height: auto; max-height: 90%;
  border: round #56B4E9; padding: 0 1; background: #1a242c; color: #e6ebef;
}
.window Label { width: 100%; text-style: bold; }
.window .quiet { color: #9aa4ad; text-style: none; }
.window Input, .window OptionList { border: none; padding: 0; background: #0b1116; color: #e6ebef; }
.window OptionList { height: auto; max-height: 12; }
.window VerticalScroll { height: auto; max-height: 75vh; }
"""


_T = TypeVar("_T")


class Window(ModalScreen[_T]):
    """What all windows have in common: Ctrl-C ends the board from there as well."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "app.quit", show=False, priority=True)
    ]


class Told(Window[None]):
    """Lines to read, as they are at the moment. `lines`: gives them for a width."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", show=False),
        Binding("down,j", "down", show=False),
        Binding("up,k", "up", show=False),
    ]

    def __init__(self, title: str, lines: Callable[[int], Sequence[Text]], _: Translate) -> None:
        super().__init__()
        self._title = title
        self._lines = lines
        self._leave = _("Esc closes")

    def compose(self) -> ComposeResult:
        """The title, the lines, and how to leave."""
        with Vertical(classes="window"):
            yield Label(Text(shown(self._title)))
            with VerticalScroll():
                yield Static(id="lines")
            yield Label(Text(self._leave), classes="quiet")

    def on_mount(self) -> None:
        """From now on, as it is."""
        self._draw()
        self.set_interval(REDRAW_S, self._draw)

    def on_resize(self) -> None:
        """Lines fit the window's width."""
        self._draw()

    def action_down(self) -> None:
        """Further down."""
        self.query_one(VerticalScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        """Back up."""
        self.query_one(VerticalScroll).scroll_up(animate=False)

    def _draw(self) -> None:
        width = max(min(self.app.size.width * 9 // 10, 100) - FRAME, 20)
        lines = self._lines(width)
        self.query_one("#lines", Static).update(Text("\n").join(lines))


class Choice(Window[str | None]):
    """One of several. `options`: pairs of a value and what it is called."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(self, text: str, options: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._text = text
        self._options = options

    def compose(self) -> ComposeResult:
        """The question and the list."""
        with Vertical(classes="window"):
            yield Label(Text(shown(self._text)))
            yield OptionList(*(Option(Text(shown(said)), id=f"o{at}") for at, said in self._said()))

    def on_mount(self) -> None:
        """The list hears the keys."""
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Leave with the value."""
        self.dismiss(self._options[event.option_index][0])

    def _said(self) -> list[tuple[int, str]]:
        return [(at, said) for at, (_value, said) in enumerate(self._options)]


class Writing(Window[str | None]):
    """One line to write; None where it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", show=False)]

    def __init__(self, text: str, value: str = "", hint: str = "") -> None:
        super().__init__()
        self._text = text
        self._value = value
        self._hint = hint

    def compose(self) -> ComposeResult:
        """The question and the line."""
        with Vertical(classes="window"):
            yield Label(Text(shown(self._text)))
            yield Input(self._value, select_on_focus=False)
            if self._hint:
                yield Label(Text(self._hint), classes="quiet")

    def on_mount(self) -> None:
        """The line hears the keys."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Leave with it."""
        self.dismiss(event.value.strip())
