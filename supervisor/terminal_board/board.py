"""The wallboard in a terminal: the same picture as in the browser, and keys to act.

Owns: what stands where, which key is heard, and how old the picture is. Rows are
`supervisor.terminal_board.bands`', acts `supervisor.terminal_board.keys`'. Works at 80x24 and
larger, without colours and without a mouse.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, TypeVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from dialer.effects import ListenMode
from supervisor.alarm_rules import Kind
from supervisor.snapshot import AlarmLevel, AlarmView, Snapshot
from supervisor.terminal import OLD_AFTER_S, top
from supervisor.terminal_board import bands, drawn, order
from supervisor.terminal_board.band import Band
from supervisor.terminal_board.explained import explained, title
from supervisor.terminal_board.figures import headlines
from supervisor.terminal_board.five import Five
from supervisor.terminal_board.hands import Hands
from supervisor.terminal_board.heights import shared_out
from supervisor.terminal_board.help import help_lines, hint
from supervisor.terminal_board.keys import Keys
from supervisor.terminal_board.order import Marks, Subject
from supervisor.terminal_board.windows import CSS, Told, Writing
from supervisor.terminal_text import cut, fit, line, shown
from supervisor.words import Translate

DRAW_EVERY_S: Final = 0.25
SAID_FOR_S: Final = 8.0
"""So long the last line tells what came of an act; then it is the keys' again."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the board works with.

    `pictures`: gives them as they come, without end. `hands`: the acts. `failure`: the sentence of
    an error that is nobody's bug, None of any other. `phone`: the supervisor's own; empty: it is
    asked for.
    """

    pictures: Callable[[], AsyncIterator[Snapshot]]
    hands: Hands
    utc_now: Callable[[], datetime]
    failure: Callable[[BaseException], str | None]
    translate: Translate
    phone: str = ""


class Board(App[str]):
    """The application. It ends with a sentence where it cannot go on, else with None."""

    ENABLE_COMMAND_PALETTE = False
    CSS = f"""
Screen {{ layout: vertical; background: #10181e; color: #e6ebef; overflow: hidden; }}
#top, #foot {{ height: auto; }}
#five {{ height: 3; }}
Band {{ scrollbar-size-vertical: 1; background: #10181e; overflow-x: hidden; }}
#agents {{ height: 1fr; }}
{CSS}"""
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(number), f"band({number})", show=False) for number in (1, 2, 3, 4)),
        *(
            Binding(key, action, show=False)
            for key, action in {
                "question_mark": "help",
                "slash": "filter",
                "l": "hear('listen')",
                "w": "hear('whisper')",
                "b": "hear('barge')",
                "p": "do('pause')",
                "x": "do('hang_up')",
                "o": "do('sign_out')",
                "r": "do('record')",
                "m": "do('lend')",
                "s": "do('steer')",
                "a": "do('acknowledge')",
                "t": "afar",
                "escape": "leave",
                "q": "quit",
            }.items()
        ),
        Binding("ctrl+c", "quit", show=False, priority=True),
    ]

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._ = around.translate
        self._keys = Keys(self, around.hands, around.translate, around.phone)
        self._header, self._last = Static(id="top"), Static(id="foot")
        self._five = Five(id="five")
        self._work = Band(id="work")
        self._agents = Band(id="agents", cell=drawn.CELL)
        self._outcomes = Static(id="outcomes")
        self._alarms = Band(id="alarms")
        self._snapshot: Snapshot | None = None
        self._marks: Marks = {}
        self._is_new = self._was_old = False
        self._filter = ""
        self._said: tuple[str, datetime] | None = None

    def compose(self) -> ComposeResult:
        """The bands, in the order of what must be done now."""
        yield self._header
        yield from self._bands[:-1]
        yield self._outcomes
        yield self._alarms
        yield self._last

    @property
    def _bands(self) -> tuple[Widget, ...]:
        return (self._five, self._work, self._agents, self._alarms)

    def on_mount(self) -> None:
        """Begin to read, and to draw."""
        self.run_worker(self._read())
        self.set_interval(DRAW_EVERY_S, self._draw_if_due)
        self._work.focus()
        self.redraw()

    async def _read(self) -> None:
        """Only the newest picture counts: a slow terminal skips those between."""
        try:
            async for snapshot in self._around.pictures():
                self.newest(snapshot)
        except ValueError as error:
            self.exit(str(error))

    def newest(self, snapshot: Snapshot) -> None:
        """Show this one from the next drawing on."""
        self._snapshot, self._is_new = snapshot, True

    # ── drawing ──────────────────────────────────────────────────────────────────────────

    def on_resize(self) -> None:
        """Everything has another width."""
        self.redraw()

    def _draw_if_due(self) -> None:
        """New pictures at once; the age of an old one goes on."""
        if self._is_new or self._is_old is not self._was_old:
            self.redraw()
        else:
            self._draw_edges()

    def redraw(self) -> None:
        """Draw the newest picture now."""
        self._is_new, self._was_old = False, self._is_old
        if self._snapshot is not None:
            self._draw_bands(self._snapshot)
        self._draw_edges()

    def _draw_bands(self, snapshot: Snapshot) -> None:
        marks, wanted, _ = order.marks_of(snapshot.alarms), self._filter, self._
        self._marks = marks
        seen = bands.greyed if self._is_old else _as_it_is
        self._five.show(headlines(snapshot, _), is_old=self._is_old)
        self._work.show(seen(bands.work(snapshot, marks, wanted, _)))
        self._agents.show(seen(bands.agents(snapshot, marks, wanted, _)))
        self._alarms.show(seen(bands.alarms(snapshot, _)))
        self._share_out(snapshot)

    def _share_out(self, snapshot: Snapshot) -> None:
        """Give each band its lines."""
        width, lines = self.size
        work, agents, alarms = (
            band.lines_at(width) for band in (self._work, self._agents, self._alarms)
        )
        shares = shared_out(lines, work=work, agents=agents, alarms=alarms)
        self._five.styles.height, self._work.styles.height = shares.figures, shares.work
        self._agents.styles.height = "1fr" if shares.agents is None else shares.agents
        self._alarms.styles.height = shares.alarms
        self._outcomes.display = shares.outcomes > 0
        if shares.outcomes:
            # What is wrong takes a line more at the top: these give it.
            self._outcomes.styles.height = "1fr"
            text = Text("\n").join(bands.outcomes(snapshot, width, shares.outcomes, self._))
            grey = Text(text.plain, style=drawn.QUIET)
            self._outcomes.update(grey if self._is_old else text, layout=False)

    def _draw_edges(self) -> None:
        """The header with the picture's age, and the last line."""
        width, now = max(self.size.width, 40), self._around.utc_now()
        lines = [*top(self._snapshot or Snapshot(ts=now), self._age_s(now), width, now, self._)]
        if self._snapshot is None:
            waiting = self._("no engine answers yet; start one with: waihu run")
            lines = [lines[0], line((fit(f" ■ {waiting}", width), drawn.FILLS[AlarmLevel.ALARM]))]
        self._header.update(Text("\n").join(lines), layout=len(lines) != self._header.size.height)
        self._last.update(cut(self._foot(now), width), layout=not self._last.size.height)

    def _foot(self, now: datetime) -> Text:
        """What came of the last act, for a while; the filter; the keys."""
        if self._said is not None and (now - self._said[1]).total_seconds() < SAID_FOR_S:
            return line((f" {self._said[0]}", "bold"))
        wanted = f" /{self._filter}  " if self._filter else " "
        return line((wanted, "bold"), (hint(self._), drawn.QUIET))

    def _age_s(self, now: datetime) -> float:
        return 0.0 if self._snapshot is None else (now - self._snapshot.ts).total_seconds()

    @property
    def _is_old(self) -> bool:
        return self._age_s(self._around.utc_now()) > OLD_AFTER_S

    # ── where the cursor is ──────────────────────────────────────────────────────────────

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest picture."""
        return self._snapshot

    @property
    def subject(self) -> Subject | None:
        """What the cursor is on; of an alarm, what it is about."""
        if self._alarms.has_focus:
            alarm = self.alarm
            return None if alarm is None else _about(alarm)
        band = next((band for band in (self._work, self._agents) if band.has_focus), None)
        return None if band is None else band.subject

    @property
    def alarm(self) -> AlarmView | None:
        """The alarm that the cursor is on, or that is about what it is on."""
        if not self._alarms.has_focus:
            subject = self.subject
            return None if subject is None else self._marks.get(subject)
        row, snapshot = self._alarms.subject, self._snapshot
        alarms = () if snapshot is None or row is None else snapshot.alarms
        return next((alarm for alarm in alarms if row and alarm.id == row.name), None)

    # ── keys ─────────────────────────────────────────────────────────────────────────────

    def action_band(self, number: int) -> None:
        """To one of the four bands."""
        self._bands[number - 1].focus()

    def action_hear(self, mode: str) -> None:
        """Listen to the agent at the cursor, or take part."""
        self._carry_out(self._keys.hear(ListenMode(mode)))

    def action_do(self, act: str) -> None:
        """One of the acts of `Keys`."""
        self._carry_out(getattr(self._keys, act)())

    def action_filter(self) -> None:
        """Ask for words, and show only what has them."""
        self._carry_out(self._filtered())

    def action_help(self) -> None:
        """All keys and shapes."""
        self.push_screen(Told(self._("Keys"), lambda _width: help_lines(self._), self._))

    def action_afar(self) -> None:
        """To be read from across the room, and back."""
        self._last.display = not self._last.display
        self.set_focus(self._work if self._last.display else None)

    def action_leave(self) -> None:
        """Stop listening; else show everything again."""
        if self._keys.hears:
            self._carry_out(self._keys.hear_nobody())
        elif self._filter:
            self._filter = ""
            self.redraw()

    def on_band_opened(self, event: Band.Opened) -> None:
        """Tell more of a row."""
        subject = event.subject
        if event.band is self._alarms:
            alarm = self.alarm
            subject = subject if alarm is None else _about(alarm)
        if self._snapshot is not None:
            self.push_screen(Told(title(self._snapshot, subject), self._lines_of(subject), self._))

    def on_five_opened(self, event: Five.Opened) -> None:
        """Explain a figure."""
        lines = [Text(text) for text in event.headline.explained]
        self.push_screen(Told(event.headline.title, lambda _width: lines, self._))

    def _lines_of(self, subject: Subject) -> Callable[[int], list[Text]]:
        def lines(width: int) -> list[Text]:
            assert self._snapshot is not None  # noqa: S101  only what was shown is opened
            gone = [Text(self._("It is gone."))]
            return explained(self._snapshot, subject, width, self._) or gone

        return lines

    # ── acting ───────────────────────────────────────────────────────────────────────────

    async def ask(self, window: Screen[_T]) -> _T | None:
        """Open a window over the board, and wait for its answer."""
        return await self.push_screen_wait(window)

    def say(self, text: str) -> None:
        """Tell something in the last line, for a while."""
        self._said = (shown(text), self._around.utc_now())
        self._draw_edges()

    async def _filtered(self) -> None:
        wanted = await self.ask(Writing(self._("Show only what has these words:"), self._filter))
        if wanted is not None:
            self._filter = wanted
            self.redraw()

    def _carry_out(self, act: Coroutine[None, None, None]) -> None:
        self.run_worker(self._told(act))

    async def _told(self, act: Coroutine[None, None, None]) -> None:
        """Do it; what is refused, or cannot be done, is told. A bug of ours is one."""
        try:
            await act
        except Exception as error:
            sentence = self._around.failure(error)
            if sentence is None:
                raise
            self.say(f"✕ {sentence}")


def _as_it_is(shown_band: bands.Shown) -> bands.Shown:
    return shown_band


def _about(alarm: AlarmView) -> Subject:
    kind = next((kind for kind in Kind if kind == alarm.kind), Kind.SITE)
    return Subject(kind=kind, name=alarm.name)
