"""The settings of a site: defaults, under the file `waihu.toml`, under the environment.

Owns: the sections and their defaults. Only the program level reads it, and turns it into small
plain policies for the others. `WAIHU_AMI_SECRET` sets `secret` of `[ami]`, and so on.
"""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from campaigns.outcomes import Disposition
from config.alarm_settings import AlarmSettings
from config.order_settings import OrderSettings
from config.sink_settings import MetricsSettings, MqttSettings, RedisSettings, Secret
from config.words import (
    database_url,
    engine_name,
    flow_name,
    one_line,
    queue_name,
    skill_name,
    zone_name,
)
from dialer.agents import is_break_reason
from dialer.keypad import DEFAULT_KEYS, fault_in
from routing.skills import TOP_LEVEL

ENV_PREFIX: Final = "WAIHU_"
SOCKET_NAME: Final = "waihu.sock"
# sun_path of a Unix socket, less the closing zero.
LONGEST_SOCKET_PATH: Final = 107

_PHONE_DIAL: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*/[A-Za-z0-9_.:@/*+-]+")

_FOLDER: Final = re.compile(r"/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")

Port = Annotated[int, Field(ge=1, le=65_535)]
QueueName = Annotated[str, AfterValidator(queue_name)]
Level = Annotated[int, Field(ge=1, le=TOP_LEVEL)]
FlowName = Annotated[str, AfterValidator(flow_name)]


class Language(StrEnum):
    """The languages that the program speaks."""

    ENGLISH = "en"
    CHINESE = "zh-CN"
    TAIWANESE = "zh-TW"


class Strategy(StrEnum):
    """How app_queue picks among free members."""

    RING_ALL = "ringall"
    LEAST_RECENT = "leastrecent"
    FEWEST_CALLS = "fewestcalls"
    RANDOM = "random"
    ROUND_ROBIN = "rrmemory"
    ROUND_ROBIN_ORDERED = "rrordered"
    LINEAR = "linear"
    WEIGHTED_RANDOM = "wrandom"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _database_url(url: SecretStr) -> SecretStr:
    database_url(url.get_secret_value())
    return url


def _short_enough(run: Path) -> Path:
    if len(os.fsencode(run / SOCKET_NAME)) > LONGEST_SOCKET_PATH:
        raise ValueError(
            f"{run} is too long for a socket; take a folder of at most "
            f"{LONGEST_SOCKET_PATH - len(SOCKET_NAME) - 1} bytes"
        )
    return run


def _country(text: str) -> str:
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415  slow to load, and seldom needed

    if text not in SUPPORTED_REGIONS:
        raise ValueError("must be a country of two letters, CN")
    return text


Line = Annotated[str, AfterValidator(one_line)]


def _phone_dial(pattern: str) -> str:
    if not _PHONE_DIAL.fullmatch(pattern.replace("{number}", "8001")) or (
        pattern.count("{number}") != 1
    ):
        raise ValueError('must hold {number} once ("PJSIP/{number}")')
    return pattern


def _break_reason(text: str) -> str:
    if not is_break_reason(text):
        raise ValueError(
            "a reason is up to 40 letters, digits, blanks and . @ : + -, and none of our own"
        )
    return text


class SiteSettings(_Section):
    """Who and where we are. `language`: None follows the terminal's.

    `engine`: its name in a database that several engines share; no two have the same, and it
    stays as it is, for by it an engine finds its own calls again after a crash.
    """

    name: Line = "waihu"
    engine: Annotated[str, AfterValidator(engine_name)] = "engine-1"
    zone: Annotated[str, AfterValidator(zone_name)] = "Asia/Shanghai"
    language: Language | None = None


class AmiSettings(_Section):
    """How to log in to Asterisk's manager interface."""

    host: Line = "127.0.0.1"
    port: Port = 5038
    user: Line = "waihu"
    secret: Secret | None = None


class AgiSettings(_Section):
    """Where our FastAGI server listens; Asterisk must reach it there."""

    host: Line = "127.0.0.1"
    port: Port = 4573


class PathSettings(_Section):
    """SQLite's file, folder of the engine's socket, log, recordings; `config.loading` fills in.

    What an engine must keep while its database is away lies beside `database` with PostgreSQL too.
    `calendars` and `regulations`: folders of the operator's own files, beside the program's.
    `flows`: the folder of the IVR flows, NAME.toml each; `forms`: that of the questionnaires.
    """

    database: Path
    run: Annotated[Path, AfterValidator(_short_enough)]
    log: Path
    recordings: Path = Path("recordings")
    calendars: Path | None = None
    regulations: Path | None = None
    flows: Path | None = None
    forms: Path | None = None

    @property
    def socket(self) -> Path:
        """The Unix socket of the running engine."""
        return self.run / SOCKET_NAME


class DatabaseSettings(_Section):
    """A PostgreSQL at `url`; without one, the SQLite file of `[paths] database` holds all.

    The password, where it asks for one, is `password`, else what `password_file` holds, else
    what PostgreSQL's own ways give (PGPASSFILE, `~/.pgpass`). `config.database` finds it.
    """

    url: Annotated[SecretStr, AfterValidator(_database_url)] | None = None
    password: Secret | None = None
    password_file: Path | None = None


class RecordingSettings(_Section):
    """Whether the AMI stream is recorded, and the most that is kept: `files` of `max_file_mb`."""

    on: bool = False
    max_file_mb: int = Field(default=50, ge=1, le=2_000)
    files: int = Field(default=10, ge=1, le=1_000)


class WiderSettings(_Section):
    """From `after_s` seconds of waiting on, agents of level `least` and better do as well."""

    after_s: int = Field(ge=1, le=3_600)
    least: Level


class QueueSettings(_Section):
    """A queue. `service_level_s`: a call counts as answered in time within so many seconds.

    `skill`: agents who have it at level `least` or better serve the queue, the best first; `wider`:
    lower levels for callers who have waited. `last_agent_s`: how long a caller who is to have the
    agent of last time waits for that one alone. A caller hears the position and how long it may
    take every `announce_every_s` seconds.
    `service_level`: the definition by which reports reckon it (SL1 to SL6); `service_target`: how
    many percent it should be, below which supervisors are alarmed. `short_abandon_s`: who
    hangs up within so many seconds counts apart.
    `call_back`: who of its callers is called back beside those who ask for it: who hung up while
    waiting (`abandoned`), who left a message (`voicemail`).
    """

    name: QueueName
    service_level_s: int = Field(default=20, ge=1, le=3_600)
    service_level: Literal["SL1", "SL2", "SL3", "SL4", "SL5", "SL6"] = "SL3"
    service_target: int = Field(default=80, ge=1, le=100)
    short_abandon_s: int = Field(default=5, ge=0, le=60)
    strategy: Strategy = Strategy.LEAST_RECENT
    call_back: tuple[Literal["abandoned", "voicemail"], ...] = ()
    skill: Annotated[str, AfterValidator(skill_name)] | None = None
    least: Level = 1
    wider: tuple[WiderSettings, ...] = ()
    last_agent_s: int = Field(default=10, ge=1, le=300)
    announce_position: bool = False
    announce_wait: bool = False
    announce_every_s: int = Field(default=60, ge=15, le=3_600)

    @model_validator(mode="after")
    def _widens_by_a_skill(self) -> Self:
        if self.skill is None and (self.least != 1 or self.wider):
            raise ValueError('least and wider are of a skill: write skill = "…" as well')
        times = [step.after_s for step in self.wider]
        levels = [self.least, *(step.least for step in self.wider)]
        if times != sorted(set(times)) or levels != sorted(set(levels), reverse=True):
            raise ValueError(
                "wider must go on in time and down in level "
                "(least = 3, wider = [{ after_s = 30, least = 2 }, { after_s = 60, least = 1 }])"
            )
        return self


class InboundSettings(_Section):
    """Which queue takes a call to which number; all others go to `queue`.

    `flow` and `flows` (by dialed number) name IVR flows, which answer before any queue does.
    `country` (two letters): whose numbers callers have that show no country.
    `call_back`: the campaign by which callers are called back instead of waiting.
    `speech`: a program and its arguments that speaks a flow's texts (`{text}`, in `{language}`)
    into a WAV file (`{file}`).
    """

    queue: QueueName = "waihu-inbound"
    numbers: dict[str, QueueName] = Field(default_factory=dict)
    flow: FlowName | None = None
    flows: dict[str, FlowName] = Field(default_factory=dict)
    country: Annotated[str, AfterValidator(_country)] = "CN"
    call_back: Line | None = None
    speech: tuple[str, ...] = ()

    @field_validator("speech")
    @classmethod
    def _can_speak(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        if words and not {"{text}", "{file}"} <= set(words):
            raise ValueError(
                'must hold "{text}" and "{file}" as arguments of their own '
                '(["espeak-ng", "-v", "{language}", "-w", "{file}", "--", "{text}"])'
            )
        return words

    @property
    def flow_names(self) -> tuple[str, ...]:
        """Every flow that is named, once."""
        named = [self.flow] if self.flow is not None else []
        return tuple(dict.fromkeys([*named, *self.flows.values()]))


class WebSettings(_Section):
    """The pages and the HTTP API, served by the engine at `host` and `port`.

    `certificate` and `key` (PEM): serve them over TLS. `proxies`: addresses of proxies before it,
    which say who asks and whether over TLS (X-Forwarded-For, X-Forwarded-Proto); others are not
    believed. A browser is signed out `idle_minutes` after its last request, and `session_hours`
    after its sign-in. `account_streams`: so many wallboards, desks and programs of one account may
    be told how things stand at once.
    """

    on: bool = False
    host: Line = "127.0.0.1"
    port: Port = 8480
    certificate: Path | None = None
    key: Path | None = None
    proxies: tuple[Line, ...] = ()
    session_hours: Annotated[int, Field(ge=1, le=24 * 90)] = 12
    idle_minutes: Annotated[int, Field(ge=5, le=60 * 24 * 90)] = 120
    account_streams: Annotated[int, Field(ge=1, le=1_000)] = 40

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("TLS takes both: certificate and key")
        return self


class AgentSettings(_Section):
    """`slots`: how many agents may be logged in at once (7001 and up, rendered once).

    `keypad`: keys on the phone that say what came of a call; an empty table turns them off.
    `phone_dial`: how the phone is rung that an agent signs in at from the desk page.
    `break_reasons`: what the desk page offers as reasons of a break.
    """

    slots: int = Field(default=50, ge=1, le=999)
    phone_dial: Annotated[str, AfterValidator(_phone_dial)] = "PJSIP/{number}"
    break_reasons: tuple[Annotated[str, AfterValidator(_break_reason)], ...] = (
        "break",
        "meal",
        "training",
        "meeting",
    )
    keypad: dict[str, Disposition] = Field(default_factory=lambda: dict(DEFAULT_KEYS))

    @field_validator("keypad")
    @classmethod
    def _keys_are_safe(cls, keys: dict[str, Disposition]) -> dict[str, Disposition]:
        if fault := fault_in(keys):
            raise ValueError(fault)
        return keys


def _recordings_folder(text: str) -> str:
    if not _FOLDER.fullmatch(text) or ".." in text.split("/"):
        raise ValueError(
            "must be a folder: letters, digits, _ - . and /, below Asterisk's monitor folder "
            "or from the root"
        )
    return text


class SupervisorSettings(_Section):
    """Those who listen. `phone_dial`: how a supervisor's phone is called, by its extension.

    `recordings`: the folder, on Asterisk's machine, of talks that somebody asked to record: below
    its monitor folder, unless it begins with a slash.
    """

    phone_dial: Annotated[str, AfterValidator(_phone_dial)] = "PJSIP/{number}"
    recordings: Annotated[str, AfterValidator(_recordings_folder)] = "waihu"


class ScriptSettings(_Section):
    """What agents are suggested to say (R24): texts by the queue or the campaign of the call."""

    texts: dict[str, str] = Field(default_factory=dict)


def _default_queues() -> list[QueueSettings]:
    return [QueueSettings(name=f"waihu-{name}") for name in ("inbound", "callback", "sales")]


class Settings(BaseSettings):
    """All settings of one site; made by `config.loading`."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        extra="forbid",
        frozen=True,
    )

    site: SiteSettings = SiteSettings()
    ami: AmiSettings = AmiSettings()
    agi: AgiSettings = AgiSettings()
    database: DatabaseSettings = DatabaseSettings()
    paths: PathSettings
    recording: RecordingSettings = RecordingSettings()
    queues: list[QueueSettings] = Field(default_factory=_default_queues, min_length=1)
    inbound: InboundSettings = InboundSettings()
    agents: AgentSettings = AgentSettings()
    supervisors: SupervisorSettings = SupervisorSettings()
    orders: OrderSettings = OrderSettings()
    scripts: ScriptSettings = ScriptSettings()
    alarms: AlarmSettings = AlarmSettings()
    web: WebSettings = WebSettings()
    redis: RedisSettings = RedisSettings()
    mqtt: MqttSettings = MqttSettings()
    metrics: MetricsSettings = MetricsSettings()

    @field_validator("queues")
    @classmethod
    def _each_queue_once(cls, queues: list[QueueSettings]) -> list[QueueSettings]:
        names = [queue.name for queue in queues]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{name} is there twice")
        return queues

    @model_validator(mode="after")
    def _inbound_queues_exist(self) -> Self:
        known = {queue.name for queue in self.queues}
        named = {"inbound.queue": self.inbound.queue} | {
            f"inbound.numbers.{number}": queue for number, queue in self.inbound.numbers.items()
        }
        for key, queue in named.items():
            if queue not in known:
                raise ValueError(f"{key} names {queue}, which is not in [[queues]]")
        return self

    @model_validator(mode="after")
    def _somebody_calls_back(self) -> Self:
        for queue in self.queues:
            if queue.call_back and self.inbound.call_back is None:
                raise ValueError(
                    f"{queue.name} has call_back, but nobody calls back: name the campaign that "
                    "does, in [inbound] call_back"
                )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Lay the environment over what was read from the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings
