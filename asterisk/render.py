"""Asterisk's configuration files, written from a few facts.

Owns: what the templates are given, the names and form of what may stand in them, and which
file each becomes. Pure apart from reading the templates. Must not know where the files go,
nor the settings that the facts come from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from asterisk.translate import UNREAD_EVENTS
from routing.skills import limit

TEMPLATES = Path(__file__).parent / "templates"
PRODUCTION_FILES = (
    "waihu-extensions.conf",
    "waihu-queues.conf",
    "waihu-queuerules.conf",
    "waihu-agents.conf",
    "waihu-manager.conf",
    "waihu-pjsip-example.conf",
)
FIRST_SLOT = 7001

_QUEUE = re.compile(r"waihu-[a-z0-9][a-z0-9_-]*")
_USER = re.compile(r"waihu[a-z0-9_-]*")
_SECRET = re.compile(r"[A-Za-z0-9_.~+/=-]{12,}")
_WORD = re.compile(r"[A-Za-z0-9_./:+-]*")

_SEAL = "; Sealed by Waihu (an edit by hand breaks this): "
_SEAL_LETTERS = 32

_WORDS = (
    "ami_bind",
    "agi_host",
    "unserved_sound",
    "login_refused_sound",
    "login_unreachable_sound",
    "agent_tone",
    "saved_sound",
    "not_saved_sound",
    "agent_music",
    "recordings_folder",
)


def _fits(what: str, value: str, form: re.Pattern[str]) -> None:
    if not form.fullmatch(value):
        raise ValueError(f"{what} {value!r} does not fit: {form.pattern}")


def fits_as_secret(text: str) -> bool:
    """Whether it may be the manager user's secret: long enough, and nothing that Asterisk reads."""
    return _SECRET.fullmatch(text) is not None


class Strategy(StrEnum):
    """How app_queue chooses among its free members."""

    RRMEMORY = "rrmemory"
    LEASTRECENT = "leastrecent"
    FEWESTCALLS = "fewestcalls"
    RANDOM = "random"
    RRORDERED = "rrordered"
    WRANDOM = "wrandom"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFacts:
    """One queue of queues.conf.

    `service_level_s`: a call answered within it met the standard (R10). `wrapup_s`: seconds
    that app_queue leaves a member alone after a call; enough for our pause to arrive.
    `weight`: of two queues with a waiting caller, the heavier is served first. `music`: a class
    of musiconhold.conf. `first_limit`: the highest penalty of a member that may have a new call;
    `steps`: after so many seconds, up to which one. `announce_position`, `announce_wait`: what a
    caller is told, every `announce_every_s` seconds.

    Raises:
        ValueError: the name lacks the prefix `waihu-`, or a value does not fit.
    """

    name: str
    strategy: Strategy = Strategy.LEASTRECENT
    service_level_s: int = 20
    wrapup_s: int = 2
    weight: int = 0
    music: str = "default"
    first_limit: int = limit(1)
    steps: tuple[tuple[int, int], ...] = ()
    announce_position: bool = False
    announce_wait: bool = False
    announce_every_s: int = 60

    def __post_init__(self) -> None:
        _fits("queue name", self.name, _QUEUE)
        _fits("queue music", self.music, _WORD)
        for name in ("service_level_s", "wrapup_s", "weight"):
            if getattr(self, name) < 0:
                raise ValueError(f"queue {self.name}: {name} must not be negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxFacts:
    """All that the configuration of an Asterisk depends on.

    `ami_user` carries our prefix. `ami_bind` and `ami_port`: where Asterisk listens for AMI;
    `ami_permit`: from where our user may log in. `agi_host` and `agi_port`: where our FastAGI
    listens, as Asterisk sees it. `agi_patience_s`: seconds after which the dialplan goes on
    without our answer. `slots`: agent slots, 7001 and up; static, so render enough.
    `inbound_queue`: takes the calls that we name no queue for. Sounds are names below Asterisk's
    sounds folder, without their ending; an empty `agent_tone` plays none, and keep a tone under
    150 ms, for its length is added to the hand-over. `saved_sound` and, played twice,
    `not_saved_sound` answer a word by keypad. `agent_music` and a queue's `music` are
    classes of musiconhold.conf.

    Raises:
        ValueError: a value does not fit into a configuration file, or names an unknown queue.
    """

    ami_user: str = "waihu"
    ami_secret: str
    ami_bind: str = "127.0.0.1"
    ami_port: int = 5038
    ami_permit: tuple[str, ...] = ("127.0.0.1/255.255.255.255", "::1/128")
    agi_host: str = "127.0.0.1"
    agi_port: int = 4573
    agi_patience_s: int = 5
    slots: int = 50
    queues: tuple[QueueFacts, ...] = (QueueFacts(name="waihu-inbound"),)
    inbound_queue: str = "waihu-inbound"
    recordings_folder: str = "waihu"
    unserved_sound: str = "vm-nobodyavail"
    login_refused_sound: str = "agent-incorrect"
    login_unreachable_sound: str = "ss-noservice"
    agent_tone: str = ""
    saved_sound: str = "ascending-2tone"
    not_saved_sound: str = "descending-2tone"
    agent_music: str = "default"

    def __post_init__(self) -> None:
        _fits("ami_user", self.ami_user, _USER)
        if not fits_as_secret(self.ami_secret):
            raise ValueError("ami_secret needs 12 or more of: letters, digits, _ . ~ + / = -")
        for name in _WORDS:
            _fits(name, getattr(self, name), _WORD)
        for address in self.ami_permit:
            _fits("ami_permit", address, _WORD)
        if self.slots < 1 or self.agi_patience_s < 1:
            raise ValueError("slots and agi_patience_s must be 1 or more")
        names = [queue.name for queue in self.queues]
        if len(set(names)) != len(names):
            raise ValueError("two queues have the same name")
        if self.inbound_queue not in names:
            raise ValueError(f"inbound_queue {self.inbound_queue} is none of: {', '.join(names)}")

    @property
    def slot_names(self) -> tuple[str, ...]:
        """The slots of agents.conf, 7001 first."""
        return tuple(str(FIRST_SLOT + index) for index in range(self.slots))

    @property
    def usual_limit(self) -> int:
        """The highest penalty of a member that may have a new call, where its queue sets none."""
        return limit(1)

    @property
    def agi_url(self) -> str:
        """Our FastAGI server's address, without a route."""
        host = f"[{self.agi_host}]" if ":" in self.agi_host else self.agi_host
        return f"agi://{host}:{self.agi_port}"

    @property
    def unread_events(self) -> tuple[str, ...]:
        """AMI events that Asterisk need not send us."""
        return UNREAD_EVENTS


def render(facts: PbxFacts) -> dict[str, str]:
    """The files for /etc/asterisk, by name; each says at its top where it belongs.

    Its last line is a seal: by it an edit by hand is known later (`is_sealed`).
    """
    texts = {name: render_template(f"{name}.j2", facts=facts) for name in PRODUCTION_FILES}
    return {name: f"{text}{_SEAL}{_digest(text)}\n" for name, text in texts.items()}


def unsealed(text: str) -> str:
    """A rendered file without its seal."""
    body, sign, _seal = text.rpartition(_SEAL)
    return body if sign else text


def is_sealed(text: str) -> bool:
    """Whether the file is as we wrote it, whatever the settings were then."""
    return text == f"{unsealed(text)}{_SEAL}{_digest(unsealed(text))}\n"


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:_SEAL_LETTERS]


def render_template(name: str, **values: object) -> str:
    """One template of this room's folder, filled; an unknown variable is an error."""
    return _environment().get_template(name).render(**values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  the files are no HTML; values are checked by their form
    )
