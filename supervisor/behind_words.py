"""Words for the calls behind a figure: what each counted as, and why; on terminal and page.

Owns: these words. Must not know any rule (`supervisor.behind`).
"""

from __future__ import annotations

from dialer.queue_effects import QueueEnd
from supervisor.behind import FigureName, Part, Why, Window
from supervisor.words import Translate


def figure_words(_: Translate) -> dict[FigureName, str]:
    """The figures."""
    return {
        FigureName.SERVICE_LEVEL: _("Service level"),
        FigureName.ABANDON_RATE: _("Abandon rate"),
        FigureName.ANSWER_RATE: _("Answer rate"),
        FigureName.DROP_RATE: _("Drop rate"),
    }


def window_words(_: Translate) -> dict[Window, str]:
    """Over which calls."""
    return {
        Window.TODAY: _("today, the site's local day"),
        Window.HALF_HOUR: _("the last 30 minutes"),
        Window.QUARTER: _("the last 15 minutes"),
        Window.RUN: _("since the engine was started"),
        Window.BLOCK: _("this block of 30 days"),
    }


def part_words(_: Translate) -> dict[Part, str]:
    """What a call counted as."""
    return {
        Part.NUMERATOR: _("in the numerator"),
        Part.AGAINST: _("counted against"),
        Part.EXCLUDED: _("excluded"),
    }


def reason_words(_: Translate) -> dict[Why, str]:
    """Why it counted so."""
    return {
        Why.IN_TIME: _("answered in time"),
        Why.LATE: _("answered late"),
        Why.GIVEN_UP: _("given up"),
        Why.GIVEN_UP_SOON: _("given up soon"),
        Why.LEFT: _("left otherwise"),
        Why.WAITS: _("waits"),
        Why.WAITS_TOO_LONG: _("waits too long already"),
        Why.BEFORE_RUN: _("before the engine was started"),
        Why.IMPORTED: _("known from queue_log only"),
        Why.REACHED: _("answered"),
        Why.DROPPED: _("answered, and nobody took it"),
        Why.UNANSWERED: _("not answered"),
        Why.MACHINE: _("a machine answered"),
        Why.GOES_ON: _("goes on"),
        Why.OWN_SIDE: _("failed on our side, never placed"),
        Why.PLACED_BEFORE: _("answered now, placed before"),
    }


def end_words(_: Translate) -> dict[QueueEnd, str]:
    """How a wait ended; of calls of ours, `supervisor.words.outcome_words`."""
    return {
        QueueEnd.ANSWERED: _("answered"),
        QueueEnd.ABANDONED: _("given up"),
        QueueEnd.TIMEOUT: _("waited too long"),
        QueueEnd.KEY: _("by a key"),
        QueueEnd.EMPTY: _("nobody there"),
        QueueEnd.CALLBACK: _("chose a call-back"),
        QueueEnd.WITHDRAWN: _("taken out"),
        QueueEnd.LEFT: _("left otherwise"),
        QueueEnd.LOST: _("lost"),
    }


def difference_words(_: Translate) -> dict[str, str]:
    """Why the calls on file do not come to the figure."""
    return {
        "decision": _(
            "The figure is {figure}: it is of the pacer's last decision, and calls that have ended "
            "since are on file."
        ),
        "minutes": _(
            "The figure is {figure}: it is counted minute by minute, and calls at the edge of the "
            "window stand on the other side of it."
        ),
        "moving": _(
            "The figure is {figure}: calls of the last seconds are still being written, or a limit "
            "was changed while the engine ran."
        ),
    }
