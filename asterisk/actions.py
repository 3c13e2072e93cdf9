"""What we may ask of Asterisk, as typed actions whose values cannot do harm.

Owns: the actions, their headers, and which characters each value may hold. Must not know the
connection or the answers.

A line break in a value would add headers, or whole actions; a comma in a variable would set
another one, and a name that ends in a parenthesis writes a dialplan function. So each value is
checked when an `Action` is made, and one that does not fit is never sent: it raises
`UnsafeValue`. Nothing that a person typed is in an action: an Originate carries the attempt id,
slot and queue, and the rest is fetched by AGI. Calls go to a context, never to an application.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from asterisk.errors import UnsafeValue
from asterisk.translate import ORIGINATE_ID, member_interface
from dialer.effects import (
    Connect,
    LetHear,
    ListenMode,
    Originate,
    PlayTone,
    RecordTalk,
    RingSupervisor,
)

ANSWERED_CONTEXT = "waihu-answered"
WAITING_CONTEXT = "waihu-waiting"
SCREENED_CONTEXT = "waihu-screened"
CONNECT_CONTEXT = "waihu-connect"
UNSERVED_CONTEXT = "waihu-unserved"
LOGIN_CONTEXT = "waihu-login"
TONE_CONTEXT = "waihu-tone"
SPY_CONTEXT = "waihu-spy"
RECORD_CONTEXT = "waihu-record"
HEAR_CONTEXTS: Mapping[ListenMode, str] = {
    ListenMode.LISTEN: "waihu-listen",
    ListenMode.WHISPER: "waihu-whisper",
    ListenMode.BARGE: "waihu-barge",
}
UNKEPT_CONTEXTS = (WAITING_CONTEXT, CONNECT_CONTEXT, SCREENED_CONTEXT)
"""What calls need that no agent is kept for; an older dialplan of ours lacks it."""
TONE_TIMEOUT_MS = 2000
LOGIN_TIMEOUT_MS = 20_000
"""So long an agent's phone rings that is to sign in."""

LONGEST_LINE = 1000
"""Bytes of one header line; Asterisk discards the action from 1,025 on."""

_HEADER = re.compile(r"[A-Za-z]+")
_NUMBER = re.compile(r"\+?[0-9]{1,20}")
_ID = re.compile(r"[A-Za-z0-9][\w./@;:+-]*", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)
_VARIABLE = re.compile(r"[A-Z][A-Z_]*")
_DIAL_STRING = re.compile(r"[A-Za-z0-9]+/[\w./@:;+=?~*#-]+", re.ASCII)
_CALLER_ID = re.compile(r"[^\x00-\x1f\x7f|,(){}$\\]*")
_LABEL = re.compile(r"[\w .@:+-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action: its name, its headers in order, and how its answer ends.

    `action_id`: fixed where it must name something; else the link makes one. `ends_with`: the
    event that closes the list which answers this action, "" where the answer is one response.

    Raises:
        UnsafeValue: a header or value holds a control character, is no text, or is too long.
    """

    name: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # one may be a secret
    action_id: str = ""
    ends_with: str = ""

    def __post_init__(self) -> None:
        _check_value("Action", self.name)
        _check_value("ActionID", self.action_id)
        for header, value in self.headers:
            if not _HEADER.fullmatch(header):
                raise UnsafeValue("a header", "its name is not made of letters")
            _check_value(header, value)


def originate(effect: Originate) -> Action:
    """Place a call into `waihu-answered` for one reserved agent, else into `waihu-waiting`.

    One that is screened comes there by way of `waihu-screened`.

    The attempt id is the channel's Uniqueid and in the ActionID, so that the switch's verdict
    names it even where no channel was made. `{number}` takes the effect's number as it is, which
    must be digits, with or without `+`.

    Raises:
        UnsafeValue: the number is no number, or another value holds what may not go to a switch.
    """
    attempt = _checked("ChannelId", effect.attempt, _WORD)
    kept = (("Variable", variable("WAIHU_SLOT", effect.slot)),) if effect.slot else ()
    unkept = SCREENED_CONTEXT if effect.screened else WAITING_CONTEXT
    return Action(
        name="Originate",
        action_id=f"{ORIGINATE_ID}{attempt}",
        headers=(
            ("Channel", dial_string(effect.dial_string, effect.e164)),
            ("Context", ANSWERED_CONTEXT if effect.slot else unkept),
            ("Exten", "s"),
            ("Priority", "1"),
            ("Async", "true"),
            ("ChannelId", attempt),
            ("Timeout", str(effect.ring_timeout_s * 1000)),
            ("CallerID", _checked("CallerID", effect.caller_id, _CALLER_ID)),
            ("Variable", variable("WAIHU_ATTEMPT", attempt)),
            *kept,
            ("Variable", variable("WAIHU_QUEUE", effect.queue)),
        ),
    )


def dial_string(pattern: str, number: str) -> str:
    """The dial string with `{number}` replaced, e.g. `PJSIP/{number}@trunk`.

    Raises:
        UnsafeValue: the number is not `+` and digits, or the pattern holds anything odd.
    """
    if pattern.count("{number}") != 1:
        raise UnsafeValue("Channel", "the dial string must hold {number} once")
    dialed = pattern.replace("{number}", _checked("{number}", number, _NUMBER))
    return _checked("Channel", dialed, _DIAL_STRING)


def digits_of(e164: str) -> str:
    """The number as trunks take it that want no `+` (number format `digits`)."""
    return e164.removeprefix("+")


def variable(name: str, value: str) -> str:
    """One channel variable of ours, for one `Variable` header."""
    if not _VARIABLE.fullmatch(name):
        raise UnsafeValue("Variable", "its name is not made of capitals")
    return f"{name}={_checked(name, value, _WORD)}"


def hang_up(call: str) -> Action:
    """End a channel, named by its Uniqueid (or its name)."""
    return Action(name="Hangup", headers=(("Channel", _checked("Channel", call, _ID)),))


def redirect(call: str) -> Action:
    """Send an answered call that nobody took to the message in `waihu-unserved`."""
    return Action(
        name="Redirect",
        headers=(
            ("Channel", _checked("Channel", call, _ID)),
            ("Context", UNSERVED_CONTEXT),
            ("Exten", "s"),
            ("Priority", "1"),
        ),
    )


def connect(effect: Connect) -> Action:
    """Send an answered call that waits to the agent in a slot."""
    return Action(
        name="Redirect",
        headers=(
            ("Channel", _checked("Channel", effect.call, _ID)),
            ("Context", CONNECT_CONTEXT),
            ("Exten", _checked("Exten", effect.slot, _WORD)),
            ("Priority", "1"),
        ),
    )


def bridge_peer(call: str) -> Action:
    """Ask whom a channel talks to; the answer's Value is empty where nobody is with it."""
    checked = _checked("Channel", call, _ID)
    return Action(name="Getvar", headers=(("Channel", checked), ("Variable", "BRIDGEPEER")))


def unmet() -> Action:
    """Ask for the attempts whose customers met nobody, as our dialplan remembers: + after each."""
    return Action(name="Getvar", headers=(("Variable", "WAIHU_UNMET"),))


def has_context(context: str) -> Action:
    """Ask whether the dialplan has a context: 1 or 0; "" where its module is not loaded."""
    function = f"DIALPLAN_EXISTS({_checked('Context', context, _WORD)})"
    return Action(name="Getvar", headers=(("Variable", function),))


def play_tone(effect: PlayTone) -> Action:
    """Whisper a tone to the agent in a slot: one half of a Local channel plays, the other spies."""
    return Action(
        name="Originate",
        headers=(
            ("Channel", f"Local/{effect.tone}@{TONE_CONTEXT}/n"),
            ("Context", TONE_CONTEXT),
            ("Exten", "whisper"),
            ("Priority", "1"),
            ("Async", "true"),
            ("Timeout", str(TONE_TIMEOUT_MS)),
            ("Variable", variable("WAIHU_SLOT", effect.slot)),
        ),
    )


def ring_to_sign_in(pattern: str, phone: str, agent: str) -> Action:
    """Ring an agent's phone; when it is answered it signs in, as if it had called.

    Raises:
        UnsafeValue: phone or login hold what no number has.
    """
    return Action(
        name="Originate",
        headers=(
            ("Channel", dial_string(pattern, phone)),
            ("Context", LOGIN_CONTEXT),
            ("Exten", _checked("Exten", agent, _NUMBER)),
            ("Priority", "1"),
            ("Async", "true"),
            ("Timeout", str(LOGIN_TIMEOUT_MS)),
            ("CallerID", _checked("CallerID", agent, _NUMBER)),
        ),
    )


def ring_supervisor(effect: RingSupervisor) -> Action:
    """Ring a supervisor's phone, which shows whose talks it is to hear.

    Raises:
        UnsafeValue: the dial string or what is shown holds what may not go to a switch.
    """
    call = _checked("ChannelId", effect.call, _WORD)
    return Action(
        name="Originate",
        action_id=f"{ORIGINATE_ID}{call}",
        headers=(
            ("Channel", _checked("Channel", effect.dial_string, _DIAL_STRING)),
            ("Context", SPY_CONTEXT),
            ("Exten", "s"),
            ("Priority", "1"),
            ("Async", "true"),
            ("ChannelId", call),
            ("Timeout", str(effect.ring_timeout_s * 1000)),
            ("CallerID", _checked("CallerID", effect.shows, _CALLER_ID)),
        ),
    )


def let_hear(effect: LetHear) -> Action:
    """Send a supervisor who is on the phone to an agent's channel, or to silence."""
    context = SPY_CONTEXT if effect.mode is None else HEAR_CONTEXTS[effect.mode]
    exten = "s" if effect.mode is None else _checked("Exten", effect.slot, _WORD)
    return Action(
        name="Redirect",
        headers=(
            ("Channel", _checked("Channel", effect.call, _ID)),
            ("Context", context),
            ("Exten", exten),
            ("Priority", "1"),
        ),
    )


def record_talk(effect: RecordTalk) -> Action:
    """Record what an agent hears and says: one half of a Local channel spies, the other writes."""
    call = _checked("ChannelId", effect.call, _WORD)
    return Action(
        name="Originate",
        action_id=f"{ORIGINATE_ID}{call}",
        headers=(
            ("Channel", f"Local/keeps@{RECORD_CONTEXT}/n"),
            ("Context", RECORD_CONTEXT),
            ("Exten", "hears"),
            ("Priority", "1"),
            ("Async", "true"),
            ("ChannelId", call),
            ("Timeout", str(TONE_TIMEOUT_MS)),
            ("Variable", variable("WAIHU_SLOT", effect.slot)),
            ("Variable", variable("WAIHU_FILE", effect.file)),
        ),
    )


def queue_pause(slot: str, reason: str | None) -> Action:
    """Take a slot out of all its queues for a reason, or put it back (None)."""
    paused = "false" if reason is None else "true"
    why = _checked("Reason", reason or "", _LABEL)
    return Action(
        name="QueuePause",
        headers=(("Interface", _interface(slot)), ("Paused", paused), ("Reason", why)),
    )


def queue_add(slot: str, agent: str, queue: str, reason: str, penalty: int = 0) -> Action:
    """Make a slot a paused member of a queue, under the agent's login."""
    return Action(
        name="QueueAdd",
        headers=(
            ("Queue", _checked("Queue", queue, _WORD)),
            ("Interface", _interface(slot)),
            ("StateInterface", f"Agent:{slot}"),
            ("MemberName", _checked("MemberName", agent, _LABEL)),
            ("Penalty", str(penalty)),
            ("Paused", "true"),
            ("Reason", _checked("Reason", reason, _LABEL)),
        ),
    )


def queue_penalty(slot: str, queue: str, penalty: int) -> Action:
    """Give a slot another number in a queue, by which it comes before others or after them."""
    return Action(
        name="QueuePenalty",
        headers=(
            ("Interface", _interface(slot)),
            ("Penalty", str(penalty)),
            ("Queue", _checked("Queue", queue, _WORD)),
        ),
    )


def queue_remove(slot: str, queue: str) -> Action:
    """Remove a slot from a queue."""
    queue = _checked("Queue", queue, _WORD)
    return Action(name="QueueRemove", headers=(("Queue", queue), ("Interface", _interface(slot))))


def agents() -> Action:
    """List the slots of agents.conf and who sits in them."""
    return Action(name="Agents", ends_with="AgentsComplete")


def queue_status() -> Action:
    """List the queues with their members and waiting callers."""
    return Action(name="QueueStatus", ends_with="QueueStatusComplete")


def core_show_channels() -> Action:
    """List the living channels."""
    return Action(name="CoreShowChannels", ends_with="CoreShowChannelsComplete")


def core_settings() -> Action:
    """Ask for Asterisk's version and limits."""
    return Action(name="CoreSettings")


def list_commands() -> Action:
    """Ask which actions our rights allow."""
    return Action(name="ListCommands")


def ping() -> Action:
    """Ask for a sign of life."""
    return Action(name="Ping")


def login(username: str, secret: str, classes: str) -> Action:
    """Log in, and see only events of these read classes."""
    return Action(
        name="Login",
        headers=(("Username", username), ("Secret", secret), ("Events", classes)),
    )


def _interface(slot: str) -> str:
    return member_interface(_checked("Interface", slot, _WORD))


def _checked(header: str, value: str, allowed: re.Pattern[str]) -> str:
    if not allowed.fullmatch(value):
        raise UnsafeValue(header, "it holds characters that have no place there")
    return value


def _check_value(header: str, value: str) -> None:
    if any(ord(letter) < ord(" ") or letter == "\x7f" for letter in value):
        raise UnsafeValue(header, "it holds a line break or another control character")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise UnsafeValue(header, "it is no text") from None
    if size > LONGEST_LINE:
        raise UnsafeValue(header, f"it is longer than {LONGEST_LINE} bytes")
