"""The keys of the board, as its last line and its help say them.

Owns: the wording. The keys are the same in the browser, as far as it has them.
"""

from __future__ import annotations

from rich.text import Text

from supervisor.snapshot import AgentLook
from supervisor.terminal_text import BLOCKS, SHAPES, fit, line
from supervisor.words import Translate, agent_words

KEYS = 14


def hint(_: Translate) -> str:
    """The last line, while it has nothing else to tell."""
    return _("? help  / filter  1-4 bands  Enter more  l listen  p pause  a see to it  q quit")


def help_lines(_: Translate) -> list[Text]:
    """Every key, and what the shapes mean."""
    rows = [line((fit(key, KEYS), "bold"), said) for key, said in _keys(_)]
    shapes = [
        line((f" {SHAPES[look]} ", BLOCKS[look]), f" {word}")
        for look, word in agent_words(_).items()
        if look is not AgentLook.UNKNOWN
    ]
    signs = _("▲ look at it soon   ■ do something now   hollow: somebody sees to it")
    return [*rows, line(), Text("  ").join(shapes), line(signs)]


def _keys(_: Translate) -> list[tuple[str, str]]:
    return [
        ("1 2 3 4", _("figures, queues and campaigns, agents, alarms")),
        ("↑ ↓ j k ← →", _("move among rows; Enter tells more; Esc closes")),
        ("/", _("show only what has these words")),
        ("l w b", _("agent: listen, whisper, barge; Esc ends it")),
        ("p", _("agent: break or ready; campaign: pause or resume")),
        ("x", _("agent: hang the call up (asks first)")),
        ("o", _("agent: sign out (asks first)")),
        ("r", _("agent: record the talk")),
        ("m", _("lend an agent, or take back; to a queue: from another")),
        ("s", _("campaign: its abandon cap and how boldly it dials")),
        ("a", _("alarm: see to it, so that it is silent for all")),
        ("t", _("to be read from afar: no cursor, no keys below")),
        ("q", _("close the board; the engine goes on")),
    ]
