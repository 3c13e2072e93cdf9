"""Every code of the rules, said in a sentence that a campaign manager understands.

Owns: the wording: one entry for each verdict, refusal, reply and fault. Times come in already
worded. Must not decide anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from campaigns.appointments import AppointmentFault
from campaigns.cli.legal_sentences import legal_sentences
from campaigns.consent import ConsentBasis
from campaigns.contact import ContactState, ListState
from campaigns.judge import Code
from campaigns.lists.list_file import readable_name
from campaigns.outcomes import NotSent
from campaigns.phone.numbers import NumberRefusal
from campaigns.row.column_names import ListField
from campaigns.row.columns import ColumnFault, ColumnsRefusedError
from campaigns.row.list_faults import ListFault, ListRefusedError
from campaigns.row.rows import Reason
from config.language import _
from dialer.effects import ReplyCode
from store.errors import (
    AppointmentRefusedError,
    AttemptEndedError,
    AttemptOpenError,
    CampaignHasRecordsError,
    ContactClosedError,
    DispositionNotOfKindError,
    EngineRunningError,
    ListWithdrawnError,
    LoadLostError,
    NumberTakenError,
    OrderChangedError,
    SchemaMismatchError,
    SchemaMissingError,
    StoreBusyError,
    StoreConflictError,
    StoreError,
    StoreUnusableError,
    UnknownAgentError,
    UnknownAttemptError,
    UnknownCampaignError,
    UnknownContactError,
    UnknownListError,
    UnknownNumberError,
    UnknownOrderError,
    WhichNumberError,
)
from supervisor.account_words import account_refused


def verdict_sentences() -> Mapping[Code, str]:
    """Why a contact is dialed, or not. In braces: the verdict's params, times worded."""
    return legal_sentences() | {
        Code.YES: _("may be dialed now"),
        Code.DO_NOT_CALL: _("is on the do-not-call list ({source})"),
        Code.CONTACT_DONE: _("is done: the contact was reached, or wants no more calls"),
        Code.CONTACT_FAULTY: _("is faulty data: not dialed again until it is corrected"),
        Code.CONTACT_EXHAUSTED: _(
            "was tried on {days} days, all that the campaign allows; it can be reopened"
        ),
        Code.CONTACT_WITHDRAWN: _("was taken out by an operator"),
        Code.NUMBER_RETIRED: _("has a number that was found wrong: {outcome}"),
        Code.NO_NUMBER: _("has no number left to dial"),
        Code.IN_CALL: _("is being called right now"),
        Code.CAMPAIGN_NOT_STARTED: _("waits: the campaign has not been started"),
        Code.CAMPAIGN_PAUSED: _("waits: the campaign is paused"),
        Code.CAMPAIGN_STOPPED: _("is not dialed: the campaign is stopped"),
        Code.CALENDAR_ENDS: _(
            "waits: the public holidays of {calendar} are known until {last} only; after that "
            "nobody is called before a new calendar is there"
        ),
        Code.HOLIDAY: _("waits: a public holiday ({calendar}); the window opens {opens}"),
        Code.NO_WINDOW: _("is never dialed: the campaign has no calling window"),
        Code.OUTSIDE_WINDOW: _("waits: outside the calling window, which opens {opens}"),
        Code.APPOINTMENT: _("has an appointment {mark} and is not dialed before"),
        Code.DELAY: _("waits since the last call, until {mark}"),
        Code.DAILY_CAP: _("was dialed {dials} times today; {cap} a day are allowed"),
        Code.UNDISPOSED: _("waits for the next day: the agent gave no disposition yet"),
        Code.BACKOFF: _("waits until {mark}: the last try failed on our side"),
        Code.SKIPPED: _("waits until {mark}: an agent skipped it"),
        Code.IN_TURN: _("keeps its place in queue {queue} since {since}, and waits for its turn"),
        Code.LINK_DOWN: _("waits: the link to Asterisk is down"),
        Code.STOPPING: _("is not dialed: the engine is stopping"),
        Code.STORE_AWAY: _("waits: the database is slow or takes nothing"),
        Code.BREAKER: _("waits: calls of this campaign fail on our side"),
        Code.DIALPLAN: _("waits: Asterisk lacks the dialplan that predictive needs"),
        Code.NO_AGENTS: _("waits: no agent of the campaign's queue is signed in"),
        Code.AGENTS_BUSY: _("waits: all {logged_in} agents are busy"),
        Code.MAX_CALLS: _("waits: {calls} calls are under way, the campaign's limit"),
    }


def reason_text(reason: str) -> str:
    """Why somebody is on the do-not-call list: our own reasons worded, others as typed."""
    return {"refused": _("the person refused further calls")}.get(reason, reason)


def reply_sentences() -> Mapping[ReplyCode, str]:
    """How a command to the engine ended."""
    return {
        ReplyCode.OK: _("done"),
        ReplyCode.UNKNOWN_AGENT: _("there is no agent {agent}; add one with: waihu agent add"),
        ReplyCode.AGENT_NOT_LOGGED_IN: _("agent {agent} is not signed in"),
        ReplyCode.NO_CALL_TO_DISPOSE: _("there is no call that waits for this disposition"),
        ReplyCode.ALREADY_DISPOSED: _("this call has its disposition already"),
        ReplyCode.WORD_OWED: _("say first what came of the call"),
        ReplyCode.WHICH_CALL: _(
            "an earlier call still waits for its word: say which one, "
            "--attempt {earlier} (earlier) or --attempt {current} (at hand)"
        ),
        ReplyCode.DISPOSITION_NOT_OF_KIND: _(
            "that disposition is not for a sales campaign: only a call-back succeeds by proxy"
        ),
        ReplyCode.APPOINTMENT_NEEDS_TIME: _("an appointment needs its time: --at TIME"),
        ReplyCode.APPOINTMENT_OUTSIDE_WINDOW: _("the time lies outside the calling window"),
        ReplyCode.APPOINTMENT_IN_PAST: _("the time lies in the past"),
        ReplyCode.STORE_FAILED: _("the database refused it; nothing was saved"),
        ReplyCode.NOT_SAVED_YET: _(
            "not saved yet: the database takes nothing and the journal is full; "
            "write it down, and look at the call later"
        ),
        ReplyCode.AGENT_NOT_FREE: _("agent {agent} is not free: in a call, wrapping up or away"),
        ReplyCode.NO_PREVIEW_CAMPAIGN: _("agent {agent} serves no such preview campaign"),
        ReplyCode.NOTHING_TO_PREVIEW: _("there is nobody to call just now: {why}"),
        ReplyCode.NO_PREVIEW: _(
            "agent {agent} has no contact at hand; ask for one: waihu agent next {agent}"
        ),
        ReplyCode.PREVIEW_ENDED: _("not dialed, the contact was given back: {why}"),
        ReplyCode.NOT_DIALED: _("not dialed: the contact {why}"),
        ReplyCode.NOT_DIALED_YET: _("not dialed yet: {why}"),
        ReplyCode.AGENT_NOT_IN_CALL: _("agent {agent} is in no call"),
        ReplyCode.UNKNOWN_CALL: _("no such call is under way: {call}"),
        ReplyCode.BAD_PHONE: _("“{phone}” is no extension of a phone: 1 to 20 letters or digits"),
        ReplyCode.PHONE_IN_USE: _("phone {phone} is in use by another supervisor"),
        ReplyCode.PHONE_NOT_REACHED: _("phone {phone} did not answer, or is not known"),
        ReplyCode.NOBODY_LISTENS: _("phone {phone} hears nobody"),
        ReplyCode.NOT_RECORDED: _("the talk of agent {agent} is not being recorded"),
        ReplyCode.RECORDING_FAILED: _(
            "Asterisk could not record it; is its module app_mixmonitor loaded?"
        ),
        ReplyCode.DIALPLAN_LACKS: _(
            "Asterisk's dialplan lacks what this takes; run: waihu asterisk install"
        ),
        ReplyCode.LINK_DOWN: _("the link to Asterisk is down; nothing was done"),
        ReplyCode.NOT_ENTERED: _(
            "the ledger does not take it now, so nobody listens and nothing is recorded"
        ),
    }


def not_sent_sentences() -> Mapping[NotSent, str]:
    """Why a contact that was claimed was not called after all."""
    return {
        NotSent.TIMEOUT: _("the time to look at it was over"),
        NotSent.STOPPING: _("the engine is stopping"),
        NotSent.LINK: _("the link to Asterisk is down"),
        NotSent.AGENT_LEFT: _("the agent signed out"),
        NotSent.CAMPAIGN: _("the campaign is paused or stopped"),
        NotSent.OTHER_CALL: _("another call came first"),
        NotSent.IN_CALL: _("the person is in another call of ours"),
        NotSent.DO_NOT_CALL: _("the number came onto the do-not-call list"),
        NotSent.WINDOW: _("the calling window closed"),
        NotSent.RULES: _("the rules said no at the last look"),
        NotSent.STORE: _("the database answered too late or not"),
        NotSent.SWITCH: _("Asterisk did not reserve the agent"),
        NotSent.ENGINE: _("the engine died before the call"),
    }


def number_sentences() -> Mapping[NumberRefusal, str]:
    """Why a text is no number to dial."""
    return {
        NumberRefusal.EMPTY: _("no number"),
        NumberRefusal.LETTERS: _("letters in the number"),
        NumberRefusal.UNSAFE_CHARACTERS: _("characters that no number has"),
        NumberRefusal.EXTENSION: _("a number with an extension"),
        NumberRefusal.SCIENTIFIC: _("a number that Excel has rounded (1.38E+10)"),
        NumberRefusal.TOO_SHORT: _("too short for a number"),
        NumberRefusal.TOO_LONG: _("too long for a number"),
        NumberRefusal.NO_AREA_CODE: _("the area code is missing"),
        NumberRefusal.UNKNOWN_COUNTRY: _("unknown country code"),
        NumberRefusal.NOT_VALID: _("no such number in the country's numbering plan"),
    }


def reason_sentences() -> Mapping[Reason, str]:
    """Why a row of a list, or one of its numbers, was not loaded."""
    of_numbers = {Reason(refusal.value): said for refusal, said in number_sentences().items()}
    return of_numbers | {
        Reason.BAD_QUOTING: _("quotes that do not match"),
        Reason.LINE_TOO_LONG: _("the line is too long"),
        Reason.TOO_MANY_CELLS: _("more cells than the header has: the columns have shifted"),
        Reason.TEXT_TOO_LONG: _("the name or the reference is longer than 200 characters"),
        Reason.ROUNDED: _(
            "Excel has rounded the number, its last digits are lost; make the column text there "
            "and fill it in again"
        ),
        Reason.BAD_TIME_ZONE: _("unknown time zone; write Asia/Shanghai"),
        Reason.BAD_PRIORITY: _("the priority is no number from 1 (first) to 9"),
        Reason.BAD_APPOINTMENT: _("the appointment is no date and time; write 2026-11-25 15:00"),
        Reason.BAD_CONSENT: _(
            "the consent is not understood: the basis is consent, request, contract or none, its "
            "date a day that is not in the future"
        ),
        Reason.DUPLICATE_IN_FILE: _("twice in the file"),
        Reason.DUPLICATE_IN_CAMPAIGN: _("in the campaign already"),
        Reason.NUMBER_OF_ANOTHER: _("the number is another contact's"),
        Reason.DUPLICATE_ELSEWHERE: _("in another campaign that is running"),
        Reason.DO_NOT_CALL: _("on the do-not-call list"),
        Reason.KNOWN_FAULTY: _("found wrong before, and not corrected since"),
        Reason.APPOINTMENT_PAST: _("the appointment lies in the past"),
        Reason.APPOINTMENT_OUTSIDE_WINDOW: _("the appointment lies outside the calling window"),
        Reason.APPOINTMENT_DO_NOT_CALL: _(
            "the appointment is with a number that is on the do-not-call list"
        ),
        Reason.APPOINTMENT_UNKNOWN_AGENT: _("the appointment is with an agent who is not on file"),
    }


def list_fault_sentences() -> Mapping[ListFault, str]:
    """Why a file as a whole is refused. In braces: the error's facts."""
    return _text_fault_sentences() | {
        ListFault.DAMAGED_WORKBOOK: _("is a damaged workbook: {reason}"),
        ListFault.ENCRYPTED_WORKBOOK: _("is a workbook with a password; save it without one"),
        ListFault.SWOLLEN_WORKBOOK: _(
            "would unpack to {bytes} bytes, more than a list can have; save it as CSV UTF-8"
        ),
        ListFault.HUGE_WORKBOOK: _(
            "needs more than {megabytes} MB of memory or {seconds} s to be read; "
            "save it as CSV UTF-8"
        ),
        ListFault.NO_SUCH_SHEET: _("has no sheet “{wanted}”; its sheets are: {sheets}"),
        ListFault.EMPTY_SHEET: _("has no rows in sheet “{sheet}”"),
        ListFault.ZERO_IN_SHEET: _("has a zero character in sheet “{sheet}”, row {row}"),
    }


def _text_fault_sentences() -> dict[ListFault, str]:
    return {
        ListFault.UNREADABLE: _("cannot be read: {reason}"),
        ListFault.EMPTY: _("is empty"),
        ListFault.TOO_BIG: _("is longer than {limit} bytes"),
        ListFault.HEADER_ONLY: _("has a header and no rows under it"),
        ListFault.BAD_HEADER: _("has a first line that is no header ({reason})"),
        ListFault.MANY_COLUMNS: _("has {columns} columns; at most {limit} are read"),
        ListFault.CHANGED: _("was changed while it was read; nothing of it is loaded"),
        ListFault.BINARY: _("is no text: there is a zero byte at {offset}; give a CSV file"),
        ListFault.WEB_PAGE: _(
            "is a web page or XML, whatever its name says; open it in Excel and save it as XLSX"
        ),
        ListFault.WRONG_BYTE: _("is not {encoding}: wrong at byte {offset}, line {line}"),
        ListFault.UNKNOWN_ENCODING: _(
            "is neither UTF-8 (wrong in line {utf8_line}) nor GB18030 (wrong in line {line}); "
            "save it as CSV UTF-8"
        ),
        ListFault.MIXED_ENCODINGS: _(
            "mixes encodings: it reads as {encoding}, but not from byte {offset}, line {line}; "
            "save all of it as CSV UTF-8"
        ),
        ListFault.UNSURE_ENCODING: _(
            "can be read as {encodings}, and no reading gives common words; say which one it is "
            "with --encoding"
        ),
    }


def column_fault_sentences() -> Mapping[ColumnFault, str]:
    """Why a list's columns cannot be used."""
    return {
        ColumnFault.NO_PHONE_COLUMN: _(
            "no column is known to hold phone numbers; name it with --map phone=COLUMN"
        ),
        ColumnFault.NO_SUCH_COLUMN: _("there is no column “{wanted}”"),
        ColumnFault.BAD_COLUMN_FLAG: _(
            "“{wanted}” is no column map; write FIELD=COLUMN, where FIELD is one of {known}"
        ),
    }


def appointment_sentences() -> Mapping[AppointmentFault, str]:
    """Why an appointment is refused at entry."""
    return {
        AppointmentFault.PAST: _("the time lies in the past"),
        AppointmentFault.OUTSIDE_WINDOW: _("the time lies outside the calling window"),
    }


def contact_state_words() -> Mapping[ContactState, str]:
    """Where a contact stands, in a word or two."""
    return {
        ContactState.OPEN: _("open"),
        ContactState.DONE: _("done"),
        ContactState.FAULTY: _("faulty data"),
        ContactState.EXHAUSTED: _("exhausted"),
        ContactState.WITHDRAWN: _("taken out"),
    }


def list_state_words() -> Mapping[ListState, str]:
    """What is wanted of a list, in a word or two."""
    return {
        ListState.LOADING: _("loading"),
        ListState.ACTIVE: _("active"),
        ListState.PAUSED: _("paused"),
        ListState.WITHDRAWN: _("withdrawn"),
    }


def basis_words() -> Mapping[ConsentBasis, str]:
    """On what ground somebody may be called."""
    return {
        ConsentBasis.CONSENT: _("they have agreed"),
        ConsentBasis.REQUEST: _("they asked for it"),
        ConsentBasis.CONTRACT: _("we serve them by contract"),
    }


def list_field_words() -> Mapping[ListField, str]:
    """What a column of a list holds."""
    return {
        ListField.REFERENCE: _("reference"),
        ListField.NAME: _("name"),
        ListField.PHONE: _("phone"),
        ListField.TIME_ZONE: _("time zone"),
        ListField.PRIORITY: _("priority"),
        ListField.APPOINTMENT: _("appointment"),
        ListField.APPOINTMENT_AGENT: _("appointment's agent"),
        ListField.CONSENT: _("consent"),
        ListField.CONSENT_PROOF: _("proof of consent"),
        ListField.CONSENT_AT: _("time of consent"),
    }


def list_refused(error: ListRefusedError) -> str:
    """The whole sentence for a file that was refused."""
    said = list_fault_sentences()[error.fault].format(**error.facts)
    return f"{readable_name(str(error.path))} {said}"


def columns_refused(error: ColumnsRefusedError) -> str:
    """The whole sentence for columns that do not fit, with those that the file has."""
    said = column_fault_sentences()[error.fault].format(
        wanted=error.wanted, known=", ".join(ListField)
    )
    if not error.headers:
        return said
    return said + "\n" + _("the file's columns: {columns}").format(columns=", ".join(error.headers))


def store_refused(error: StoreError) -> str:  # noqa: C901, PLR0911, PLR0912  one sentence a kind
    """What the database refused, with the cure where there is one."""
    match error:
        case SchemaMissingError():
            return _("there is no database yet; a first campaign makes it: waihu campaign create")
        case SchemaMismatchError():
            return _("database and program are of different versions: {what}").format(what=error)
        case UnknownCampaignError():
            return _("there is no such campaign; see them with: waihu campaign list")
        case CampaignHasRecordsError():
            said = _(
                "campaign {name} stays on file: it has {attempts} calls and {barred} do-not-call "
                "entries of its own, and records are kept; end it with: waihu campaign stop {name}"
            )
            return said.format(
                name=error.campaign, attempts=error.attempts, barred=error.do_not_call
            )
        case UnknownListError():
            said = _("the campaign has no list {name}; see them with: waihu list show CAMPAIGN")
            return said.format(name=error.name)
        case ListWithdrawnError():
            said = _("list {name} was withdrawn; load into another (--list), or resume it first")
            return said.format(name=error.name)
        case LoadLostError():
            said = _("the load of {file} stood still and was given up; load it again")
            return said.format(file=error.file_name)
        case UnknownContactError():
            return _("there is no such contact")
        case UnknownOrderError():
            return _("there is no work order {number}").format(number=error.number)
        case OrderChangedError():
            said = _("somebody else has just changed {number}; look at it again: {command}")
            return said.format(number=error.number, command=f"waihu order show {error.number}")
        case UnknownAttemptError():
            return _("there is no such attempt")
        case ContactClosedError():
            state = contact_state_words()[ContactState(error.state)]
            return _("the contact is closed ({state}); reopen it first").format(state=state)
        case AppointmentRefusedError():
            said = _("no appointment: {why}")
            return said.format(why=appointment_sentences()[AppointmentFault(error.reason)])
        case UnknownAgentError():
            return _("there is no agent {agent}; add one with: waihu agent add").format(
                agent=error.agent
            )
        case NumberTakenError():
            said = _("{number} is contact #{id}'s in this campaign")
            return said.format(number=error.number, id=error.contact_id)
        case UnknownNumberError():
            return _("the contact has no number {number}").format(number=error.number)
        case WhichNumberError():
            return _("the contact has several numbers: say which one is wrong, --old")
        case AttemptOpenError():
            return reply_sentences()[ReplyCode.NO_CALL_TO_DISPOSE]
        case AttemptEndedError():
            return reply_sentences()[ReplyCode.ALREADY_DISPOSED]
        case DispositionNotOfKindError():
            return reply_sentences()[ReplyCode.DISPOSITION_NOT_OF_KIND]
        case EngineRunningError():
            said = _("an engine already works on this database: {holder}")
            return said.format(holder=error.holder)
        case StoreBusyError():
            return _("the database is busy: another program keeps writing; try again")
        case StoreConflictError():
            return _("the database refused it: {what}").format(what=error.reason)
        case StoreUnusableError():
            said = _("the database {path} cannot be used: {reason}")
            return said.format(path=error.target, reason=error.reason)
        case _:
            return account_refused(error) or str(error)
