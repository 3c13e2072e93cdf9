"""`waihu init`: from nothing to a site that can be looked at.

Owns: the questions, making the files and the database, undoing all of it when one step fails,
and the next steps. The text of the settings is `config.new_site`'s.

The secret stands in the settings file itself (mode 0600), not in a file for systemd's environment
alone: `doctor`, `asterisk install` and `run` need the same one, and one place cannot disagree with
itself. Who wants it elsewhere sets WAIHU_AMI_SECRET, which wins.
"""

from __future__ import annotations

import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from config.errors import ConfigError
from config.language import _, mark, spoken
from config.loading import load_settings
from config.locations import FILE_NAME, find_config
from config.new_site import DEFAULT_ZONE, Answers, Places, places_for, settings_text
from config.whole_files import Owned, Step, carry_out_all
from dialer.cli_errors import CommandError, ExitCode
from dialer.cli_print import print_json, say
from dialer.cli_session import carry_out, utc_now

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

_SECRET_BYTES: Final = 24
_NO_ZONES: Final = {"UTC", "Etc/UTC", "Universal", "Zulu"}


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(help=mark("Where the settings go; /etc/waihu for a service."))
    ] = Path(),
    site: Annotated[str | None, typer.Option(help=mark("The site's name."))] = None,
    zone: Annotated[
        str | None, typer.Option(help=mark("Its time zone, e.g. Asia/Shanghai."))
    ] = None,
    language: Annotated[str | None, typer.Option(help=mark("en, zh-CN or zh-TW."))] = None,
    host: Annotated[str | None, typer.Option(help=mark("Where Asterisk's AMI listens."))] = None,
    port: Annotated[int | None, typer.Option(help=mark("And its port."))] = None,
    agi_port: Annotated[int | None, typer.Option(help=mark("Our FastAGI's port."))] = None,
    queue: Annotated[
        list[str] | None,
        typer.Option(help=mark("A queue; repeatable; the first takes inbound calls.")),
    ] = None,
    slots: Annotated[int | None, typer.Option(help=mark("Agents at once, at most."))] = None,
    database: Annotated[Path | None, typer.Option(help=mark("The database file."))] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help=mark("Do not ask; what is not given has its default."))
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help=mark("Replace settings that are there; a dated copy stays.")),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help=mark("Print JSON, for a program."))] = False,
) -> None:
    """Nothing that is there is overwritten; a database that is there is kept in any case."""
    settings = folder.resolve() / FILE_NAME
    _refuse_what_is_there(settings, force=force)
    given = {
        "name": site,
        "zone": zone,
        "language": language,
        "ami_host": host,
        "ami_port": port,
        "agi_port": agi_port,
        "queues": tuple(queue) if queue else None,
        "slots": slots,
        "database": database,
    }
    answers = _answers({k: v for k, v in given.items() if v is not None}, ask=not (yes or json))
    places = places_for(settings, answers)
    _refuse_database(places, force=force)
    kept = _make(answers, places)
    if json:
        print_json({"settings": str(settings), "database": str(places.database)})
        return
    _tell(places, kept)


# ── what is asked ────────────────────────────────────────────────────────────────────────


def _answers(given: dict[str, Any], *, ask: bool) -> Answers:
    """The answers, those that are given and those that are asked for."""
    try:
        answers = Answers(**{"language": _language(), "zone": _zone(), **given})
    except ValueError as error:
        raise CommandError(str(error), ExitCode.USAGE) from error
    if not ask:
        return answers
    if not sys.stdin.isatty():
        said = _("nobody can be asked here; say --yes to take the defaults")
        raise CommandError(said, ExitCode.USAGE)
    for name, question, read in _questions():
        if name not in given:
            answers = _ask(answers, name, question, read)
    return answers


def _questions() -> list[tuple[str, str, Callable[[str], object]]]:
    return [
        ("name", _("The site's name"), str),
        ("zone", _("Its time zone"), str),
        ("language", _("The language: en, zh-CN or zh-TW"), str),
        ("ami_host", _("Where Asterisk is"), str),
        ("ami_port", _("The port of its manager interface"), _number),
        ("queues", _("The queues, with commas between"), _names),
        ("slots", _("Agents at once, at most"), _number),
    ]


def _ask(answers: Answers, name: str, question: str, read: Callable[[str], object]) -> Answers:
    """Ask until the answer fits."""
    from dataclasses import replace  # noqa: PLC0415  only where somebody is asked

    default = getattr(answers, name)
    shown = ", ".join(default) if isinstance(default, tuple) else str(default)
    while True:
        text = str(typer.prompt(question, default=shown))
        try:
            changes: dict[str, Any] = {name: read(text)}
            return replace(answers, **changes)
        except ValueError as error:
            say(str(error))


def _number(text: str) -> int:
    if not text.strip().isdecimal():
        raise ValueError(_("“{text}” is not a whole number").format(text=text))
    return int(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.replace("，", ",").split(",") if name.strip())


def _language() -> str:
    return spoken().replace("_", "-")


def _zone() -> str:
    """This machine's zone; of a machine that runs in UTC, the product's."""
    try:
        link = str(Path("/etc/localtime").readlink())
    except OSError:
        return DEFAULT_ZONE
    name = link.partition("zoneinfo/")[2]
    return DEFAULT_ZONE if not name or name in _NO_ZONES else name


# ── what is made ─────────────────────────────────────────────────────────────────────────


def _refuse_what_is_there(settings: Path, *, force: bool) -> None:
    if settings.exists() and not force:
        said = _("{path} is there already; name another folder, or replace it with --force")
        raise CommandError(said.format(path=settings))


def _refuse_database(places: Places, *, force: bool) -> None:
    if places.database.exists() and not force:
        said = _("{path} is there already; name another --database, or keep this one by --force")
        raise CommandError(said.format(path=places.database))


def _make(answers: Answers, places: Places) -> Path | None:
    """Settings and database, or neither. Gives the copy of the settings that were replaced."""
    text = settings_text(answers, places, secrets.token_urlsafe(_SECRET_BYTES))
    copy = None
    if places.settings.exists():
        copy = places.settings.with_name(f"{FILE_NAME}.waihu-{utc_now():%Y%m%dT%H%M%SZ}")
    before = places.settings.read_bytes() if copy else None
    owned = Owned.of(places.settings) if copy else None
    with _undone_on_failure(places), _new_folders(places):
        carry_out_all([Step(path=places.settings, content=text.encode(), copy=copy)])
        try:
            load_settings(places.settings)
            carry_out(_make_database(places.database))
        except BaseException:
            carry_out_all([Step(path=places.settings, content=before, owned=owned)])
            if copy is not None:
                copy.unlink()
            raise
    return copy


async def _make_database(path: Path) -> None:
    from store.database import Database  # noqa: PLC0415  SQLAlchemy is slow to load

    async with Database(path) as database:
        await database.upgrade()


@contextmanager
def _undone_on_failure(places: Places) -> Iterator[None]:
    """A database that was begun goes again; one that was there stays."""
    was_there = places.database.exists()
    try:
        yield
    except BaseException as error:
        if not was_there:
            for ending in ("", "-wal", "-shm"):
                with suppress(OSError):
                    Path(f"{places.database}{ending}").unlink()
        if isinstance(error, OSError):
            said = _(
                "{path}: {why}; nothing is left behind. Run this as a user who may write there"
            )
            text = said.format(path=error.filename or places.settings, why=error.strerror)
            raise CommandError(text) from error
        raise


@contextmanager
def _new_folders(places: Places) -> Iterator[None]:
    """The folders of settings and database; those that were made go again on failure."""
    made: list[Path] = []
    try:
        for folder in (places.settings.parent, places.database.parent):
            missing = [one for one in (folder, *folder.parents) if not one.exists()]
            made += missing[-1:]
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        yield
    except BaseException:
        for folder in reversed(made):
            shutil.rmtree(folder, ignore_errors=True)
        raise


# ── what comes next ──────────────────────────────────────────────────────────────────────


def _tell(places: Places, kept: Path | None) -> None:
    say(
        _("Made: {path} (mode 0600; it holds a new secret for Asterisk)").format(
            path=places.settings
        )
    )
    if kept is not None:
        say(_("The settings from before are in {path}").format(path=kept))
    say(_("Database: {path}").format(path=places.database))
    say("")
    say(_("Next:"))
    for command, why in _steps(places.settings):
        say(f"  {command:<42}  {why}")


def _steps(settings: Path) -> list[tuple[str, str]]:
    steps = [
        ("waihu asterisk diff", _("what Asterisk will be given")),
        ("waihu asterisk install", _("give it; then reload as it says")),
        ("waihu doctor", _("see that all is well")),
        (f"waihu agent add 1001 {_all_queues(settings)}", _("your first agent")),
        ("waihu campaign create FILE.toml", _("your first campaign")),
        ("waihu run", _("the engine")),
    ]
    if _found_by_itself(settings):
        return steps
    return [(f"export WAIHU_CONFIG={settings}", _("so that they find it")), *steps]


def _all_queues(settings: Path) -> str:
    return " ".join(f"--queue {queue.name}" for queue in load_settings(settings).queues)


def _found_by_itself(settings: Path) -> bool:
    try:
        return find_config({}, Path.cwd(), Path.home()) == settings
    except ConfigError:
        return False
