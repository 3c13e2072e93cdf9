"""The messages of a recording, given to the replay as the live engine got them.

Owns: what each message is (an event of the switch's, a list, an answer, an action of ours, a
note), its time, and what is made up where the recording does not tell. Must not know files.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from asterisk.actions import CONNECT_CONTEXT
from asterisk.frames import event_name, headers_of
from asterisk.reader import ListEnd, ListItem, Response, Sign, told_by
from asterisk.resync import surveyed
from asterisk.translate import ORIGINATE_ID, slot_of
from campaigns.outcomes import Disposition
from dialer import notes
from dialer.messages import Dispose, LoginAgent, PauseAgent, StopEngine
from dialer.replay import Replay
from dialer.replay_agreement import Decision, DecisionKind
from dialer.replay_record import (
    ACTION,
    RESPONSE,
    START_UNSTAMPED,
    Record,
    pause_reason,
    stamp_of,
    variables_of,
)
from dialer.switch_events import CallOriginated, LinkDown, SwitchEvent

AGENTS, MEMBERS, CHANNELS = "Agents", "QueueStatus", "CoreShowChannels"


class Playback:
    """Feeds one replay. `pace`: messages a second, for a recording without time stamps."""

    def __init__(self, record: Record, replay: Replay, pace: float) -> None:
        self._record = record
        self._replay = replay
        self._step_s = 0.0 if record.counts.stamped else 1.0 / pace
        self._at = record.counts.first_at or START_UNSTAMPED
        self._linked = False
        self._held: list[SwitchEvent] = []
        self._asked: dict[str, str] = {}
        self._items: dict[str, list[dict[str, str]]] = {}
        self._lists: dict[str, list[dict[str, str]]] = {}
        replay.begin(self._at)

    def feed(self, message: bytes) -> None:
        """Take the next message."""
        at = stamp_of(message)
        self._at = max(self._at, at) if at is not None else self._at + self._step_s
        self._replay.advance(self._at)
        name = event_name(message)
        if name.startswith(b"Waihu"):
            self._note(name.decode("utf-8", "replace"), headers_of(message))
            return
        if not self._linked and self._record.starts_up:
            self._link_up("")
        if message.startswith(ACTION):
            self._then(message)
        elif name or message.startswith(RESPONSE):
            self._hear(message)

    # ── what the switch said ─────────────────────────────────────────────────────────────

    def _hear(self, message: bytes) -> None:
        match told_by(message):
            case None | Sign():
                return
            case Response() as response:
                self._answered(response)
            case ListItem(action_id=action_id, headers=headers):
                self._items.get(action_id, []).append(headers)
            case ListEnd(action_id=action_id):
                self._list_ended(action_id)
            case event if self._linked:
                self._replay.handle(event)
            case event:
                self._held.append(event)

    def _answered(self, response: Response) -> None:
        """Refused at once: as `asterisk.perform` tells the engine."""
        attempt = response.action_id.removeprefix(ORIGINATE_ID)
        if not response.ok and attempt != response.action_id:
            self._replay.handle(CallOriginated(call=attempt, success=False, reason=0))

    def _list_ended(self, action_id: str) -> None:
        name, items = self._asked.pop(action_id, ""), self._items.pop(action_id, [])
        if not name:
            return
        self._lists[name] = items
        if name != CHANNELS:
            return
        agents, queues = self._lists.get(AGENTS, []), self._lists.get(MEMBERS, [])
        self._replay.handle(surveyed(agents, queues, items))

    def _link_up(self, version: str) -> None:
        self._linked = True
        self._replay.link_up(version)
        held, self._held = self._held, []
        for event in held:
            self._replay.handle(event)

    # ── what we did then ─────────────────────────────────────────────────────────────────

    def _then(self, message: bytes) -> None:
        headers = headers_of(message)
        action, action_id = headers.get("Action", ""), headers.get("ActionID", "")
        if action == AGENTS:
            # The engine's survey begins; this one's clock must ring before the lists come.
            self._replay.tick()
        if action in {AGENTS, MEMBERS, CHANNELS}:
            self._asked[action_id], self._items[action_id] = action, []
        decision = self._decision(action, headers, message)
        if decision is not None:
            self._replay.agreement.then(decision)

    def _decision(self, action: str, headers: Mapping[str, str], message: bytes) -> Decision | None:
        match action:
            case "Originate":
                attempt = headers.get("ActionID", "").removeprefix(ORIGINATE_ID)
                facts = variables_of(message)
                where = f"{facts.get('WAIHU_SLOT', '')} {facts.get('WAIHU_QUEUE', '')}"
                return self._made(DecisionKind.ORIGINATE, attempt, where)
            case "Hangup":
                return self._made(DecisionKind.HANG_UP, headers.get("Channel", ""))
            case "Redirect" if headers.get("Context") == CONNECT_CONTEXT:
                slot = headers.get("Exten", "")
                return self._made(DecisionKind.CONNECT, headers.get("Channel", ""), slot)
            case "Redirect":
                return self._made(DecisionKind.MESSAGE, headers.get("Channel", ""))
            case "QueuePause":
                slot = slot_of(headers.get("Interface", "")) or ""
                return self._made(DecisionKind.PAUSE, slot, pause_reason(headers))
            case _:
                return None

    def _made(self, kind: DecisionKind, subject: str, detail: str = "") -> Decision:
        return Decision(at=self._at, kind=kind, subject=subject, detail=detail)

    # ── notes ────────────────────────────────────────────────────────────────────────────

    def _note(self, name: str, headers: Mapping[str, str]) -> None:
        try:
            self._take_note(name, headers)
        except (KeyError, ValueError):
            # A damaged note was counted when it was read ahead.
            return

    def _take_note(self, name: str, headers: Mapping[str, str]) -> None:
        replay = self._replay
        match name:
            case notes.CAMPAIGN:
                replay.load(campaign=notes.campaign_of(headers))
            case notes.AGENT:
                replay.load(agent=notes.agent_of(headers))
            case notes.LINK:
                self._link(headers)
            case notes.SEAT if headers["Slot"]:
                agent, slot = headers["Agent"], headers["Slot"]
                replay.agreement.then(self._made(DecisionKind.SEAT, agent, slot))
                replay.handle(LoginAgent(ask=agent, call="", agent=agent))
            case notes.BREAK:
                reason = headers["Reason"] or None
                replay.handle(PauseAgent(ref="", agent=headers["Agent"], reason=reason))
            case notes.WORD:
                replay.handle(_word_of(headers))
            case notes.ENDED:
                self._ended(headers["Attempt"], headers["Outcome"])
            case notes.STOP:
                replay.handle(StopEngine(grace_s=float(headers["Grace"])))
            case _:
                return

    def _link(self, headers: Mapping[str, str]) -> None:
        if headers["Status"] == notes.UP:
            self._link_up(headers.get("Version", ""))
        else:
            self._linked = False
            self._replay.handle(LinkDown(reason=headers.get("Reason", "")))

    def _ended(self, attempt: str, outcome: str) -> None:
        """An outcome of then; of a call that was not placed here there is none of now."""
        call = self._record.calls.get(attempt)
        if call is not None and call.too_late:
            self._replay.judged_too_late(attempt)
        if self._record.ended(attempt):
            self._replay.agreement.then(self._made(DecisionKind.OUTCOME, attempt, outcome))


def _word_of(headers: Mapping[str, str]) -> Dispose:
    at = headers["Appointment"]
    return Dispose(
        ref="",
        agent=None,
        attempt=headers["Attempt"],
        disposition=Disposition(headers["Disposition"]),
        appointment_at=datetime.fromisoformat(at) if at else None,
    )
