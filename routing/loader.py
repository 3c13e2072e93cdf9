"""A flow as its operator writes it: a TOML file, told back with file, step, key and cure.

Owns: where a fault stands. What leaves here is `routing.flow.Flow`,
checked (`routing.check`): a flow with a fault never leaves. Must not know calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ValidationError,
)

from campaigns.calendars import Calendar
from campaigns.layers import Layer
from config.calendar_file import CalendarShelf
from config.errors import ConfigError, Fault
from config.faults import faults_of
from config.settings import Settings
from config.toml_file import TomlFile, read_toml
from config.week import week_of
from config.words import flow_name
from routing.check import Finding, HasSound, check
from routing.flow import (
    Flow,
    Step,
)
from routing.flow_tables import KINDS, FlowTable, LayerTable
from routing.flow_words import sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a flow is read against: the site's zone, calendars, and queues (None: any).

    `kinds`: of work orders (None: any). `speaks`: whether there is a program that speaks texts;
    `calls_back`: whether a campaign that calls back is named.
    """

    zone: str
    calendar: Callable[[str], Calendar]
    queues: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    speaks: bool = True
    calls_back: bool = True


def surroundings(settings: Settings, today: date) -> Surroundings:
    """What the flows of a site are read against."""
    return Surroundings(
        zone=settings.site.zone,
        calendar=CalendarShelf(settings.paths.calendars, today).calendar,
        queues=frozenset(queue.name for queue in settings.queues),
        kinds=frozenset(settings.orders.kinds),
        speaks=bool(settings.inbound.speech),
        calls_back=settings.inbound.call_back is not None,
    )


def flow_path(settings: Settings, name: str) -> Path:
    """Where the flow of that name is."""
    return (settings.paths.flows or Path("flows")) / f"{name}.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowFile:
    """A flow and where it was read; `findings` say what is wrong with it."""

    flow: Flow
    findings: tuple[Finding, ...]
    file: TomlFile

    def line_of(self, finding: Finding) -> int | None:
        """The line that a finding speaks of, or the nearest table's."""
        kind, _blank, rest = finding.key.partition(" ")
        keys = {"key": ("keys", rest), "case": ("when",), "overflow": ("overflow",)}.get(
            kind, (finding.key,)
        )
        at = (finding.step and "step", finding.step, *keys)
        return self.file.line_of(tuple(part for part in at if part))

    def fault(self, finding: Finding) -> Fault:
        """A finding as one line, with its place."""
        at = ("step." if finding.step else "") + ".".join(
            part for part in (finding.step, finding.key) if part
        )
        return Fault(text=sentence(finding), key=at or None, line=self.line_of(finding))


def load_flow(path: Path, site: Surroundings) -> Flow:
    """Read a flow that may be put on the line.

    Raises:
        ConfigError: all faults at once, each with file, line, step and key.
    """
    read = read_flow(path, site)
    faults = [read.fault(finding) for finding in read.findings if finding.is_fault]
    if faults:
        raise ConfigError.of(faults, file=path)
    return read.flow


def read_flow(path: Path, site: Surroundings, has_sound: HasSound | None = None) -> FlowFile:
    """Read a flow, and find what is wrong with where its steps lead.

    Raises:
        ConfigError: a key or a value is wrong, or it is no TOML.
    """
    try:
        flow_name(path.stem)
    except ValueError as error:
        raise ConfigError(str(error), file=path) from None
    file = read_toml(path)
    table = _validated(FlowTable, file.data, file, ())
    faults: list[Fault] = []
    steps: dict[str, Step] = {}
    for name, given in table.step.items():
        try:
            steps[name] = _step(name, given, file)
        except ConfigError as error:
            faults += error.faults
    hours = {name: _layer(one, name, site, file, faults) for name, one in table.hours.items()}
    if faults:
        raise ConfigError.of(faults, file=path)
    flow = Flow(
        name=path.stem,
        start=table.start,
        rescue=table.rescue,
        steps=steps,
        languages=table.languages,
        zone=table.zone or site.zone,
        goodbye=table.goodbye,
        hours=hours,
        callers=table.callers,
        most_steps=table.most_steps,
    )
    findings = check(
        flow,
        queues=site.queues,
        kinds=site.kinds,
        has_sound=has_sound,
        speaks=site.speaks,
        calls_back=site.calls_back,
    )
    return FlowFile(flow=flow, findings=tuple(findings), file=file)


def _step(name: str, given: dict[str, Any], file: TomlFile) -> Step:
    kind = given.get("do")
    if not isinstance(kind, str) or kind not in KINDS:
        said = "is missing" if kind is None else f'"{kind}" is nothing that a step can do'
        fault = Fault(
            text=f"{said} (write one of {', '.join(KINDS)})",
            key=f"step.{name}.do",
            line=file.line_of(("step", name, "do")),
        )
        raise ConfigError.of([fault], file=file.path)
    return _validated(KINDS[kind], given, file, ("step", name)).step()


def _layer(
    table: LayerTable, name: str, site: Surroundings, file: TomlFile, faults: list[Fault]
) -> Layer:
    calendar = None if table.calendar is None else site.calendar(table.calendar)
    if calendar is not None and not calendar.is_known:
        at = ("hours", name, "calendar")
        text = f"nothing is known of the public holidays of {calendar.name}"
        faults.append(Fault(text=text, key=".".join(at), line=file.line_of(at)))
    return Layer(
        windows=week_of(table.windows),
        zone=ZoneInfo(table.zone or site.zone),
        calendar=calendar,
        holidays=table.holidays,
    )


T = TypeVar("T", bound=BaseModel)


def _validated(model: type[T], data: Any, file: TomlFile, at: tuple[str, ...]) -> T:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = faults_of(error, model, lambda location: file.line_of((*at, *location)))
        front = ".".join(at)
        raise ConfigError.of([_at(fault, front) for fault in found], file=file.path) from error


def _at(fault: Fault, front: str) -> Fault:
    key = ".".join(part for part in (front, fault.key or "") if part)
    return Fault(text=fault.text, key=key or None, line=fault.line)
