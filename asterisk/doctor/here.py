"""What can be examined without Asterisk: settings file, database, engine, time zone.

Owns: these checks. Must not change anything: no file is made, no lock is kept.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from asterisk.doctor.codes import Check, Code
from asterisk.doctor.findings import Finding, found, not_checked
from asterisk.render import fits_as_secret
from campaigns.campaign import Campaign, CampaignState
from config.locations import find_config
from config.settings import AmiSettings, PathSettings, WebSettings
from config.toml_file import read_toml
from dialer.client import EngineClient, EngineNotRunningError
from dialer.messages import KeptPlace
from dialer.wire import Answer, Do, WireError
from store.accounts import Accounts
from store.aside import aside_path, read_aside
from store.call_backs import open_places
from store.campaigns import Campaigns
from store.database import Database
from store.engine_lock import EngineLock
from store.errors import StoreBusyError, StoreError, StoreUnusableError
from store.migrations.run import newest_revision
from supervisor.web_address import is_loopback, page_url

ANSWER_S = 2.0
"""The longest wait for the database, and for the engine."""

_SECRETS = {
    "ami": "secret",
    "database": "password",
    "redis": "password",
    "mqtt": "password",
    "metrics": "token",
}
"""By section, the setting that holds one."""

_HALF_A_YEAR_S = 182 * 86_400
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_HOLDER = re.compile(r"pid ([0-9]+) on (\S+) since \S+")


# ── settings ─────────────────────────────────────────────────────────────────────────────


def examine_secret(ami: AmiSettings) -> list[Finding]:
    """Whether the secret could be written into Asterisk's files as it is."""
    if ami.secret is None or fits_as_secret(ami.secret.get_secret_value()):
        return []
    return [found(Check.CONFIGURATION, Code.CONFIG_SECRET_FORM)]


def examine_configuration(path: Path | None) -> list[Finding]:
    """Which settings file is used, and whether others can read a secret that stands in it."""
    path = path or find_config(os.environ, Path.cwd(), Path.home())
    if path is None:
        return [found(Check.CONFIGURATION, Code.CONFIG_DEFAULTS)]
    findings = [found(Check.CONFIGURATION, Code.CONFIG_FILE, path=path)]
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _OTHERS and _holds_secret(path):
        open_ = found(Check.CONFIGURATION, Code.CONFIG_SECRET_OPEN, path=path, mode=f"{mode:04o}")
        findings.append(open_)
    return findings


def _holds_secret(path: Path) -> bool:
    data = read_toml(path).data
    return any(
        isinstance(table := data.get(section), dict) and key in table
        for section, key in _SECRETS.items()
    )


# ── pages ────────────────────────────────────────────────────────────────────────────────


def examine_pages(web: WebSettings, records: Records) -> Finding:
    """Who reaches the pages, and whether what they carry can be read on the way."""
    if not web.on:
        return found(Check.PAGES, Code.PAGES_OFF)
    if records.campaigns is None:
        return not_checked(Check.PAGES, Check.DATABASE)
    url = page_url(web, has_admin=records.has_admin)
    if not records.has_admin:
        return found(Check.PAGES, Code.PAGES_NO_ADMIN, url=url)
    plain = web.certificate is None and not web.proxies and not is_loopback(web.host)
    return found(Check.PAGES, Code.PAGES_PLAIN if plain else Code.PAGES_OK, url=url)


# ── the database ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What the database says. `campaigns`: those that may dial, None where it cannot be read.

    `has_admin`: whether somebody can administer accounts. `places`: that are kept for who is to be
    called back.
    """

    findings: tuple[Finding, ...]
    campaigns: tuple[Campaign, ...] | None
    has_admin: bool = False
    places: tuple[KeptPlace, ...] = ()


async def examine_database(path: Path, database: Database | None = None) -> Records:
    """The version of the tables, the campaigns in them, and what they would not take.

    `path` is SQLite's file, unless `database` is another one; what is set aside lies beside it.
    """
    examined = database or Database(path, busy_timeout_s=ANSWER_S / 2)
    async with examined:
        records = await _examine_tables(examined)
    aside = await asyncio.to_thread(_examine_aside, path)
    return replace(records, findings=(*records.findings, *aside))


def _examine_aside(database: Path) -> list[Finding]:
    path = aside_path(database)
    try:
        count = len(read_aside(path))
    except OSError as fault:
        return [found(Check.DATABASE, Code.DATABASE_UNUSABLE, path=path, reason=fault.strerror)]
    params = {"n": count, "path": path}
    return [found(Check.DATABASE, Code.WRITES_SET_ASIDE, **params)] if count else []


async def _examine_tables(database: Database) -> Records:
    path = database.target
    try:
        async with asyncio.timeout(ANSWER_S):
            return await _read(database)
    except (TimeoutError, StoreBusyError):
        return _unread(Code.DATABASE_BUSY, path=path)
    except StoreUnusableError as fault:
        return _unread(Code.DATABASE_UNUSABLE, path=path, reason=fault.reason)
    except StoreError as fault:
        return _unread(Code.DATABASE_UNUSABLE, path=path, reason=fault)


async def _read(database: Database) -> Records:
    path = database.target
    if database.path is not None and not await asyncio.to_thread(database.path.exists):
        return _unread(Code.DATABASE_MISSING, path=path)
    version, wanted = await database.schema_version(), newest_revision()
    if version is None:
        return _unread(Code.DATABASE_MISSING, path=path)
    if version != wanted:
        code = Code.DATABASE_OLDER if version < wanted else Code.DATABASE_NEWER
        return _unread(code, path=path, version=version, wanted=wanted)
    records = await Campaigns(database).records(datetime.now(UTC))  # noqa: TID251  the edge
    alive = (r.campaign for r in records if r.state is not CampaignState.STOPPED)
    well = found(Check.DATABASE, Code.DATABASE_OK, path=path, version=version)
    has_admin = await Accounts(database).has_admin()
    async with database.reading() as connection:
        places = await open_places(connection)
    return Records(findings=(well,), campaigns=tuple(alive), has_admin=has_admin, places=places)


def _unread(code: Code, **params: object) -> Records:
    return Records(findings=(found(Check.DATABASE, code, **params),), campaigns=None)


# ── the engine ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The process that an engine's lock names; `text` is the whole signature."""

    text: str
    pid: int = 0
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSeen:
    """Whether an engine runs here. `holder` has the database; `answers`: on the socket."""

    findings: tuple[Finding, ...]
    holder: Holder | None
    answers: bool

    @property
    def runs(self) -> bool:
        """Whether there is one at all, which then has the FastAGI port as well."""
        return self.answers or self.holder is not None


async def examine_engine(paths: PathSettings) -> EngineSeen:
    """Who has the database, and who answers on the socket."""
    holder = await asyncio.to_thread(holder_of, paths.database)
    answer = await _ask_engine(paths.socket)
    finding = _engine_finding(paths, holder, answer)
    return EngineSeen(findings=(finding,), holder=holder, answers=answer is not None)


def holder_of(database: Path) -> Holder | None:
    """The engine that works on this database, None where none does.

    The lock is tried for some microseconds in its shared form, and only where an engine has
    ever made the file.
    """
    try:
        descriptor = os.open(EngineLock(database).path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _signature(os.pread(descriptor, 1024, 0).decode(errors="replace").strip())
    finally:
        os.close(descriptor)
    return None


def _signature(text: str) -> Holder:
    signed = _HOLDER.fullmatch(text)
    return Holder(text=text, pid=int(signed[1]), host=signed[2]) if signed else Holder(text=text)


async def _ask_engine(socket: Path) -> Answer | None:
    try:
        async with asyncio.timeout(ANSWER_S), EngineClient(socket) as engine:
            return await engine.ask(Do.SNAPSHOT)
    except (EngineNotRunningError, TimeoutError, WireError, ValueError):
        return None


def _engine_finding(paths: PathSettings, holder: Holder | None, answer: Answer | None) -> Finding:
    check, socket = Check.ENGINE, paths.socket
    if answer is None:
        if holder is None:
            return found(check, Code.ENGINE_NONE)
        return found(check, Code.ENGINE_SILENT, holder=holder.text, socket=socket)
    if holder is None:
        return found(check, Code.ENGINE_ELSEWHERE, socket=socket, database=paths.database)
    if not answer.facts.get("link_up"):
        why = answer.facts.get("link_fault", "")
        return found(check, Code.ENGINE_LINK_DOWN, holder=holder.text, reason=why)
    if fault := answer.facts.get("store_fault"):
        return found(check, Code.ENGINE_STORE_AILS, holder=holder.text, reason=fault)
    return found(check, Code.ENGINE_RUNNING, holder=holder.text)


# ── the time zone ────────────────────────────────────────────────────────────────────────


def examine_zone(zone: str) -> Finding:
    """The site's zone beside the machine's: a wrong one shifts every calling window."""
    now = time.time()
    moments = (now, now + _HALF_A_YEAR_S)  # one of the two may be in summer time
    machine = [time.localtime(moment).tm_gmtoff for moment in moments]
    return zone_finding(zone, moments, machine, time.localtime(now).tm_zone)


def zone_finding(
    zone: str, moments: Iterable[float], machine_offsets_s: list[int], machine: str
) -> Finding:
    """Compare the zone's offsets from UTC with the machine's at the same moments."""
    local = (datetime.fromtimestamp(moment, ZoneInfo(zone)) for moment in moments)
    offsets = [at.utcoffset() for at in local]
    if offsets == [timedelta(seconds=offset) for offset in machine_offsets_s]:
        return found(Check.ZONE, Code.ZONE_OK, zone=zone)
    code = Code.ZONE_DIFFERS if any(machine_offsets_s) else Code.ZONE_UTC
    return found(Check.ZONE, code, zone=zone, machine=machine)
