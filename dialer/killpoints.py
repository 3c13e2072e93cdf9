"""Named places where a test may end the process, to prove what survives (I1-I11).

Owns: the names, in the order in which a login and one call pass them. `originate.after_send`:
its bytes are written and nothing is heard yet; `originate.after_response`: the switch has given
its verdict on the call. Where nobody is kept for a call, it passes four places more:
`call.waits`: a person waits, and nobody is named; `redirect.after_send`: an agent is named, or
the message asked for; `call.alone`: the person is in the bridge, and the agent is not yet;
`call.at_message`: the message plays. In production nothing is armed and `reach` is one comparison.
Armed by the environment: `WAIHU_KILL_AT=sent.after_commit:3` ends the process with SIGKILL when
that place is passed for the third time.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

STORE_AWAY_POINTS = ("journal.before_sync", "journal.after_sync")
"""Passed only where the database keeps somebody waiting."""

POINTS = (
    "login.before_commit",
    "login.after_commit",
    "claim.before_commit",
    "claim.after_commit",
    "sent.after_commit",
    "originate.after_send",
    "originate.after_response",
    "call.after_answer",
    "call.in_bridge",
    "call.after_hangup",
    "disposition.before_commit",
    "disposition.after_commit",
    "outcome.before_commit",
    *STORE_AWAY_POINTS,
)

UNKEPT_POINTS = ("call.waits", "redirect.after_send", "call.alone", "call.at_message")
"""Passed by calls that nobody is kept for; the others pass the first never, the second hardly."""

_KNOWN = POINTS + UNKEPT_POINTS


class KillPoints:
    """Counts passages and ends the process at the armed one.

    `environment` gives `WAIHU_KILL_AT`; an unknown name raises ValueError that lists the names.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        name, _, times = environment.get("WAIHU_KILL_AT", "").partition(":")
        if name and name not in _KNOWN:
            raise ValueError(f"WAIHU_KILL_AT names {name!r}; known are {', '.join(_KNOWN)}")
        self._armed = name
        self._left = int(times or 1)

    def reach(self, point: str) -> None:
        """Pass `point`; does not return when it is the armed passage."""
        if point != self._armed:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
