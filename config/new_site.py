"""A new site's settings file, from a few answers.

Owns: the answers, their defaults, which of them fit, and the text of the file. Must not know
how they are asked, nor write anything. The file says what each value means, in the language
spoken now.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from config.language import LANGUAGES as SPOKEN
from config.language import _
from config.locations import SYSTEM_CONFIG, SYSTEM_STATE
from config.words import queue_name, zone_name

LANGUAGES = tuple(name.replace("_", "-") for name in SPOKEN)
"""As the settings write them."""
DEFAULT_ZONE = "Asia/Shanghai"
_LONGEST_TEXT = 60
_DELETE = 0x7F
_PORTS = range(1, 65_536)
_SLOTS = range(1, 1_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a new site needs. `database`: None for beside the settings (or below /var/lib).

    Raises:
        ValueError: an answer does not fit; the text names it.
    """

    name: str = "waihu"
    zone: str = DEFAULT_ZONE
    language: str = "en"
    ami_host: str = "127.0.0.1"
    ami_port: int = 5038
    agi_port: int = 4573
    queues: tuple[str, ...] = ("inbound", "callback", "sales")
    slots: int = 50
    database: Path | None = None

    def __post_init__(self) -> None:
        for what, text in (("site", self.name), ("host", self.ami_host)):
            _one_line(what, text)
        zone_name(self.zone)
        if self.language not in LANGUAGES:
            said = _("{text} is not spoken here; there are: {languages}")
            raise ValueError(said.format(text=self.language, languages=", ".join(LANGUAGES)))
        if not self.queues or len(set(map(queue_name, self.queues))) != len(self.queues):
            raise ValueError(_("name at least one queue, and each only once"))
        for what, number, fits in (
            ("port", self.ami_port, _PORTS),
            ("port", self.agi_port, _PORTS),
            ("slots", self.slots, _SLOTS),
        ):
            if number not in fits:
                said = _("{what} must be from {low} to {high}")
                raise ValueError(said.format(what=what, low=fits.start, high=fits.stop - 1))


def _one_line(what: str, text: str) -> None:
    if not text.strip() or len(text) > _LONGEST_TEXT or not text.isprintable():
        said = _("{what} must be one line of at most {most} characters")
        raise ValueError(said.format(what=what, most=_LONGEST_TEXT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the files of a site go."""

    settings: Path
    database: Path
    run: Path
    log: Path
    recordings: Path


def places_for(settings: Path, answers: Answers) -> Places:
    """Beside the settings; of /etc/waihu, where a system service has them."""
    folder = settings.parent
    state, run, log = folder, folder / "run", folder
    if settings == SYSTEM_CONFIG:
        state, run, log = SYSTEM_STATE, Path("/run/waihu"), Path("/var/log/waihu")
    database = folder / answers.database if answers.database else state / "waihu.db"
    return Places(
        settings=settings,
        database=database,
        run=run,
        log=log / "waihu.log",
        recordings=state / "recordings",
    )


def settings_text(answers: Answers, places: Places, secret: str) -> str:
    """The settings file."""
    # Out of the f-string, where the catalogue's tool would not find them.
    made = _("Settings of a site, made by `waihu init`. What is left out has its default.")
    closed = _("This file holds a secret: keep it at mode 0600.")
    ami = _("Asterisk's manager interface; `waihu asterisk install` gives it this user and secret.")
    agi = _("Where we listen for Asterisk's questions during a call (FastAGI).")
    agents = _("How many agents may be signed in at once.")
    inbound = _("Calls that nothing else sends anywhere come here.")
    queue = _("The queues. service_level_s: answered within so many seconds is in time.")
    queues = "\n".join(
        f"[[queues]]\nname = {_quoted(name)}\nservice_level_s = 20\n" for name in answers.queues
    )
    return f"""\
# {made}
# {closed}

[site]
name = {_quoted(answers.name)}
zone = {_quoted(answers.zone)}
language = {_quoted(answers.language)}

# {ami}
[ami]
host = {_quoted(answers.ami_host)}
port = {answers.ami_port}
secret = {_quoted(secret)}

# {agi}
[agi]
host = "127.0.0.1"
port = {answers.agi_port}

[paths]
database = {_quoted(_as_written(places.database, places))}
run = {_quoted(_as_written(places.run, places))}
log = {_quoted(_as_written(places.log, places))}
recordings = {_quoted(_as_written(places.recordings, places))}

# {agents}
[agents]
slots = {answers.slots}

# {inbound}
[inbound]
queue = {_quoted(answers.queues[0])}

# {queue}
{queues}"""


def _as_written(path: Path, places: Places) -> str:
    """Relative where it lies beside the settings, so that the folder may be moved."""
    folder = places.settings.parent
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _quoted(text: str) -> str:
    """A TOML string; JSON's form is one, apart from DEL."""
    return json.dumps(text, ensure_ascii=False).replace(chr(_DELETE), "\\u007f")
