"""Results and faulty data as the cells of a file, in the words of the language spoken.

Owns: which columns there are, their names and how a value is written. Times are on the contact's
own clock, else the campaign's; a column of its own names the zone. Must not know files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.cli.sentences import contact_state_words
from config.language import _
from dialer.cli_times import stamp
from store.exports import Result, ResultCall, ResultColumns
from store.faulty import FaultyData
from supervisor.words import outcome_words


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSheet:
    """The rows of one campaign's results. `by_call`: one row a call instead of one a contact."""

    columns: ResultColumns
    zone: ZoneInfo
    by_call: bool

    def headers(self) -> list[str]:
        """What came in, then what came of it."""
        phones = [_("phone {n}").format(n=n + 1) for n in range(self.columns.numbers)]
        came_in = [_("reference"), _("name"), *phones, *self.columns.custom]
        stands = [_("list"), _("priority"), _("state"), _("time zone")]
        calls = _call_headers() if self.by_call else _contact_headers()
        return [*came_in, *stands, *calls, *self.columns.questions]

    def rows(self, result: Result) -> Iterator[list[str]]:
        """The rows of one contact; of a contact without a call none where each call has one."""
        zone = ZoneInfo(result.zone) if result.zone else self.zone
        own = [*self._came_in(result), *_stands(result, zone)]
        if not self.by_call:
            yield [*own, *_contact_cells(result, zone), *self._answers(result.answers)]
            return
        for call in result.calls:
            yield [*own, *_call_cells(call, zone), *self._answers(call.answers)]

    def _answers(self, given: Mapping[str, str]) -> list[str]:
        """What was answered (R24); of several choices one beside the other."""
        return [given.get(name, "").replace("\n", "; ") for name in self.columns.questions]

    def _came_in(self, result: Result) -> list[str]:
        phones = [number.e164 for number in result.numbers]
        phones += [""] * (self.columns.numbers - len(phones))
        custom = [str(result.custom.get(name, "")) for name in self.columns.custom]
        return [result.reference, result.name, *phones, *custom]


def _stands(result: Result, zone: ZoneInfo) -> list[str]:
    priority = "" if result.priority is None else str(result.priority)
    return [result.list_name, priority, contact_state_words()[result.state], zone.key]


def _contact_headers() -> list[str]:
    calls = [_("outcome"), _("calls"), _("counted dials"), _("first call"), _("last call")]
    last = [_("agent"), _("talk (s)"), _("note")]
    return [*calls, *last, _("appointment"), _("next due"), _("wrong numbers")]


def _contact_cells(result: Result, zone: ZoneInfo) -> list[str]:
    calls, words = result.calls, outcome_words(_)
    last = calls[-1] if calls else None
    wrong = [f"{n.e164}: {words[n.retired]}" for n in result.numbers if n.retired]
    return [
        words[last.outcome] if last and last.outcome else "",
        str(len(calls)),
        str(sum(call.counted for call in calls)),
        _time(calls[0].at if calls else None, zone),
        _time(last.at if last else None, zone),
        (last.agent or "") if last else "",
        _seconds(last),
        last.note if last else "",
        _time(result.appointment_at, zone),
        _time(result.next_attempt_at, zone),
        "; ".join(wrong),
    ]


def _call_headers() -> list[str]:
    return [
        _("at"),
        _("number"),
        _("outcome"),
        _("agent"),
        _("talk (s)"),
        _("counted"),
        _("note"),
    ]


def _call_cells(call: ResultCall, zone: ZoneInfo) -> list[str]:
    return [
        _time(call.at, zone),
        call.e164,
        outcome_words(_)[call.outcome] if call.outcome else _("under way"),
        call.agent or "",
        _seconds(call),
        _("yes") if call.counted else _("no"),
        call.note,
    ]


def faulty_headers(custom: list[str]) -> list[str]:
    """What was found, of whom, and what came in with them."""
    found = [_("number"), _("found to be"), _("at"), _("found by"), _("note"), _("state")]
    return [_("campaign"), _("reference"), _("name"), *found, *custom]


def faulty_cells(data: FaultyData, custom: list[str], zone: ZoneInfo) -> list[str]:
    """One number that was found wrong (R2, R6)."""
    found = [
        data.e164,
        outcome_words(_)[data.found],
        _time(data.at, zone),
        data.by or _("the network"),
        data.note,
        contact_state_words()[data.state],
    ]
    came_in = [str(data.custom.get(name, "")) for name in custom]
    return [data.campaign, data.reference, data.name, *found, *came_in]


def _time(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else stamp(at, zone)


def _seconds(call: ResultCall | None) -> str:
    return "" if call is None or call.talk_s is None else f"{call.talk_s:.0f}"
