"""What an examination can find: the checks, the codes, and how grave each is.

Owns: these closed sets. Must not know how anything is examined nor in which words it is told
(`asterisk.doctor.words`). Pure.
"""

from __future__ import annotations

from enum import StrEnum


class Check(StrEnum):
    """What is examined, in the order in which it is told."""

    CONFIGURATION = "configuration"
    DATABASE = "database"
    ENGINE = "engine"
    PAGES = "pages"
    AMI = "ami"
    VERSION = "version"
    RIGHTS = "rights"
    QUEUES = "queues"
    SLOTS = "slots"
    CONTEXTS = "contexts"
    AGI = "agi"
    DIAL_STRINGS = "dial_strings"
    CLOCK = "clock"
    ZONE = "zone"
    CALENDARS = "calendars"
    SINKS = "sinks"


class Level(StrEnum):
    """How grave: with a fault the product does not work as it should."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


class Code(StrEnum):
    """What was found. The facts of each stand in braces in its sentence."""

    CONFIG_FILE = "config_file"
    CONFIG_DEFAULTS = "config_defaults"
    CONFIG_SECRET_OPEN = "config_secret_open"  # noqa: S105  a word, no secret
    CONFIG_SECRET_FORM = "config_secret_form"  # noqa: S105  a word, no secret
    DATABASE_OK = "database_ok"
    DATABASE_MISSING = "database_missing"
    DATABASE_OLDER = "database_older"
    DATABASE_NEWER = "database_newer"
    DATABASE_BUSY = "database_busy"
    DATABASE_UNUSABLE = "database_unusable"
    WRITES_SET_ASIDE = "writes_set_aside"
    ENGINE_RUNNING = "engine_running"
    ENGINE_NONE = "engine_none"
    ENGINE_LINK_DOWN = "engine_link_down"
    ENGINE_STORE_AILS = "engine_store_ails"
    ENGINE_SILENT = "engine_silent"
    ENGINE_ELSEWHERE = "engine_elsewhere"
    PAGES_OFF = "pages_off"
    PAGES_OK = "pages_ok"
    PAGES_NO_ADMIN = "pages_no_admin"
    PAGES_PLAIN = "pages_plain"
    AMI_OK = "ami_ok"
    AMI_NO_SECRET = "ami_no_secret"  # noqa: S105  a word, no secret
    AMI_UNREACHABLE = "ami_unreachable"
    AMI_SILENT = "ami_silent"
    AMI_STRANGER = "ami_stranger"
    AMI_REFUSED = "ami_refused"
    AMI_NOT_BOOTED = "ami_not_booted"
    VERSION_OK = "version_ok"
    VERSION_UNTRIED = "version_untried"
    VERSION_UNTOLD = "version_untold"
    RIGHTS_OK = "rights_ok"
    RIGHTS_MISSING = "rights_missing"
    RIGHTS_EXCESS = "rights_excess"
    READ_MISSING = "read_missing"
    MODULE_MISSING = "module_missing"
    QUEUES_OK = "queues_ok"
    QUEUES_MISSING = "queues_missing"
    CAMPAIGN_QUEUE_MISSING = "campaign_queue_missing"
    RULES_MISSING = "rules_missing"
    PLACES_MOVED = "places_moved"
    PLACES_STUCK = "places_stuck"
    SLOTS_OK = "slots_ok"
    SLOTS_MISSING = "slots_missing"
    CONTEXTS_OK = "contexts_ok"
    CONTEXTS_MISSING = "contexts_missing"
    FUNCTION_MISSING = "function_missing"
    AGI_OK = "agi_ok"
    AGI_UNREACHABLE = "agi_unreachable"
    AGI_SILENT = "agi_silent"
    AGI_STRANGER = "agi_stranger"
    AGI_OTHER_WAIHU = "agi_other_waihu"
    AGI_OTHER_ADDRESS = "agi_other_address"
    AGI_PORT_TAKEN = "agi_port_taken"
    PROBE_NOT_PLACED = "probe_not_placed"
    PROBE_UNTOLD = "probe_untold"
    DIAL_OK = "dial_ok"
    DIAL_UNKNOWN = "dial_unknown"
    DIAL_UNAVAILABLE = "dial_unavailable"
    DIAL_UNSURE = "dial_unsure"
    DIAL_NONE = "dial_none"
    CLOCK_OK = "clock_ok"
    CLOCK_APART = "clock_apart"
    CLOCK_WRONG = "clock_wrong"
    CLOCK_UNTOLD = "clock_untold"
    ZONE_OK = "zone_ok"
    ZONE_UTC = "zone_utc"
    ZONE_DIFFERS = "zone_differs"
    CALENDAR_NONE = "calendar_none"
    CALENDAR_OK = "calendar_ok"
    CALENDAR_ENDS = "calendar_ends"
    CALENDAR_ENDED = "calendar_ended"
    CALENDAR_UNKNOWN = "calendar_unknown"
    CALENDAR_BROKEN = "calendar_broken"
    SINKS_NONE = "sinks_none"
    SINK_OK = "sink_ok"
    SINK_AWAY = "sink_away"
    SINK_SECRET = "sink_secret"  # noqa: S105  a word, no secret
    OVERDUE = "overdue"
    LINK_LOST = "link_lost"
    NOT_CHECKED = "not_checked"


WELL = frozenset(
    {
        Code.CONFIG_FILE,
        Code.CONFIG_DEFAULTS,
        Code.DATABASE_OK,
        Code.ENGINE_RUNNING,
        Code.ENGINE_NONE,
        Code.PAGES_OFF,
        Code.PAGES_OK,
        Code.AMI_OK,
        Code.VERSION_OK,
        Code.RIGHTS_OK,
        Code.QUEUES_OK,
        Code.SLOTS_OK,
        Code.CONTEXTS_OK,
        Code.AGI_OK,
        Code.DIAL_OK,
        Code.DIAL_NONE,
        Code.CLOCK_OK,
        Code.ZONE_OK,
        Code.ZONE_UTC,
        Code.CALENDAR_NONE,
        Code.CALENDAR_OK,
        Code.SINKS_NONE,
        Code.SINK_OK,
    }
)

DOUBTFUL = frozenset(
    {
        Code.CONFIG_SECRET_OPEN,
        Code.PAGES_NO_ADMIN,
        Code.PAGES_PLAIN,
        Code.CONFIG_SECRET_FORM,
        Code.DATABASE_MISSING,
        Code.DATABASE_OLDER,
        Code.DATABASE_BUSY,
        Code.ENGINE_LINK_DOWN,
        Code.ENGINE_STORE_AILS,
        Code.VERSION_UNTRIED,
        Code.VERSION_UNTOLD,
        Code.RIGHTS_EXCESS,
        Code.FUNCTION_MISSING,
        Code.PLACES_MOVED,
        Code.DIAL_UNAVAILABLE,
        Code.DIAL_UNSURE,
        Code.CLOCK_APART,
        Code.CLOCK_UNTOLD,
        Code.ZONE_DIFFERS,
        Code.CALENDAR_ENDS,
        Code.SINK_AWAY,
        Code.OVERDUE,
        Code.NOT_CHECKED,
    }
)
"""Warnings; what is neither here nor in WELL is a fault."""

NO_ASTERISK = frozenset({Code.AMI_UNREACHABLE, Code.AMI_SILENT, Code.AMI_STRANGER})
"""No Asterisk was reached at all."""


def level_of(code: Code) -> Level:
    """How grave a finding of this code is."""
    if code in WELL:
        return Level.OK
    return Level.WARNING if code in DOUBTFUL else Level.FAULT
