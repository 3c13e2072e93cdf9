"""What the database refuses, in words that an operator can act on.

Owns: the family of store errors and their sentences. Must not know SQL.
A refused call or a contact that may not be dialed is a verdict, never one of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Blame(StrEnum):
    """Whose fault a refusal of the database is.

    `DATABASE`: of the whole file, and it may pass (disk full, read-only, a column renamed under
    us). `UNSURE`: perhaps of one place in it (a damaged sector). `ROW`: of what was to be written.
    """

    DATABASE = "database"
    UNSURE = "unsure"
    ROW = "row"


class StoreError(Exception):
    """The database could not do what was asked; nothing of it was saved.

    `passes`: whether a start should wait for it to be over (busy, disk full), for all is as it
    should be otherwise.
    """

    passes = False


class StoreBusyError(StoreError):
    """Another process kept writing for longer than we wait."""

    passes = True

    def __init__(self, waited_s: float) -> None:
        super().__init__(f"the database was busy for {waited_s:g} s; another program is writing")


class StoreUnusableError(StoreError):
    """The file cannot be opened, read or written, or is no database."""

    def __init__(
        self, target: str, reason: str, blame: Blame = Blame.DATABASE, *, passes: bool = False
    ) -> None:
        super().__init__(f"the database {target} cannot be used: {reason}")
        self.target = target
        self.reason = reason
        self.blame = blame
        self.passes = passes


class NotKeptError(StoreError):
    """The database does not take it now, and the journal has no room (or no disk) for it."""


class StoreConflictError(StoreError):
    """A rule of the schema forbids it: the row exists, or what it points to does not."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the database refused it: {reason}")
        self.reason = reason


class SchemaMissingError(StoreError):
    """The database has no tables of ours yet."""

    def __init__(self, target: str) -> None:
        super().__init__(f"the database {target} is empty; create its tables first")


class SchemaMismatchError(StoreError):
    """The tables were made by another version of the program."""

    def __init__(self, target: str, found: str, wanted: str) -> None:
        super().__init__(
            f"the database {target} has schema {found}, this program needs {wanted}; "
            "upgrade whichever is older"
        )


class EngineRunningError(StoreError):
    """A second engine wants a database that one engine already works on."""

    def __init__(self, target: str, holder: str) -> None:
        super().__init__(f"another engine already works on {target}: {holder}")
        self.holder = holder


class UnknownCampaignError(StoreError):
    """There is no campaign of this name or number."""

    def __init__(self, campaign: str | int) -> None:
        super().__init__(f"there is no campaign {campaign!r}")


class CampaignHasRecordsError(StoreError):
    """A campaign in which somebody was called, or barred, is stopped and never deleted."""

    def __init__(self, campaign: str, attempts: int, do_not_call: int) -> None:
        super().__init__(
            f"campaign {campaign!r} has {attempts} attempts and {do_not_call} do-not-call entries; "
            "records are kept: stop it instead"
        )
        self.campaign = campaign
        self.attempts = attempts
        self.do_not_call = do_not_call


class UnknownListError(StoreError):
    """The campaign has no list of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the campaign has no list {name!r}")
        self.name = name


class ListWithdrawnError(StoreError):
    """Nothing is added to a list that was withdrawn: it would never be dialed."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the list {name!r} was withdrawn; load into another, or resume it first")
        self.name = name


class LoadLostError(StoreError):
    """The load gave no sign of life for so long that another one threw it away."""

    def __init__(self, file_name: str) -> None:
        super().__init__(f"the load of {file_name} stood still and was given up; load it again")
        self.file_name = file_name


class UnknownContactError(StoreError):
    """There is no such contact."""

    def __init__(self, contact: str | int) -> None:
        super().__init__(f"there is no contact {contact!r}")


class UnknownAttemptError(StoreError):
    """There is no such attempt."""

    def __init__(self, attempt: str) -> None:
        super().__init__(f"there is no attempt {attempt!r}")


class AttemptEndedError(StoreError):
    """The attempt has its outcome already; it is given once."""

    def __init__(self, attempt: str, outcome: str) -> None:
        super().__init__(f"attempt {attempt} has already ended as {outcome}")
        self.outcome = outcome


class AttemptOpenError(StoreError):
    """The attempt has not ended yet, so there is nothing to amend."""

    def __init__(self, attempt: str) -> None:
        super().__init__(f"attempt {attempt} has not ended yet")


class DispositionNotOfKindError(StoreError):
    """A campaign of this kind does not know the agent's word (R3)."""

    def __init__(self, attempt: str, disposition: str, kind: str) -> None:
        super().__init__(f"{disposition} is no disposition of a {kind} campaign ({attempt})")
        self.disposition = disposition
        self.kind = kind


class ContactClosedError(StoreError):
    """A closed contact takes no appointment until it is reopened."""

    def __init__(self, contact_id: int, state: str) -> None:
        super().__init__(f"contact {contact_id} is {state}; reopen it first")
        self.state = state


class AppointmentRefusedError(StoreError):
    """The time asked for lies outside the calling window, or in the past.

    `nearest` holds the closest allowed times, earliest first.
    """

    def __init__(self, reason: str, nearest: tuple[str, ...]) -> None:
        offer = f"; nearest allowed: {', '.join(nearest)}" if nearest else ""
        super().__init__(f"the appointment is refused ({reason}){offer}")
        self.reason = reason
        self.nearest = nearest


class NotListedError(StoreError):
    """The number or pattern is not on that do-not-call list, so it cannot come off it."""

    def __init__(self, number: str) -> None:
        super().__init__(f"{number} is not on that do-not-call list")
        self.number = number


class RefusedForGoodError(StoreError):
    """Who asked not to be called is called again only if he asks for that."""

    def __init__(self, number: str) -> None:
        super().__init__(f"the person at {number} refused to be called")
        self.number = number


class NumberTakenError(StoreError):
    """A campaign holds a number once, and another contact has it."""

    def __init__(self, number: str, contact_id: int) -> None:
        super().__init__(f"{number} is contact {contact_id}'s")
        self.number = number
        self.contact_id = contact_id


class UnknownNumberError(StoreError):
    """The contact has no such number."""

    def __init__(self, number: str, contact_id: int) -> None:
        super().__init__(f"contact {contact_id} has no number {number}")
        self.number = number
        self.contact_id = contact_id


class UnknownOrderError(StoreError):
    """There is no work order of that number."""

    def __init__(self, number: str) -> None:
        super().__init__(f"there is no work order {number!r}")
        self.number = number


class OrderChangedError(StoreError):
    """Somebody else has changed the work order since it was looked at; nothing was done."""

    def __init__(self, number: str) -> None:
        super().__init__(f"somebody else has changed the work order {number} meanwhile")
        self.number = number


class UnknownAgentError(StoreError):
    """There is no agent of that login."""

    def __init__(self, agent: str) -> None:
        super().__init__(f"there is no agent {agent!r}")
        self.agent = agent


class WhichNumberError(StoreError):
    """Several numbers of the contact may be meant."""

    def __init__(self, contact_id: int) -> None:
        super().__init__(f"contact {contact_id} has several numbers; say which one is wrong")


class AppointmentBarredError(StoreError):
    """At the time asked for the contact may not be called; `code` is the judge's word for why."""

    def __init__(self, code: str, params: Mapping[str, object]) -> None:
        super().__init__(f"the appointment is refused: {code}")
        self.code = code
        self.params = params


class AccountExistsError(StoreError):
    """The name is taken, or was: a withdrawn account keeps it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is or was an account {name!r} already")
        self.name = name


class UnknownAccountError(StoreError):
    """There is no account of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no account {name!r}")
        self.name = name


class AccountWithdrawnError(StoreError):
    """A withdrawn account does not come back; a new one takes a new name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the account {name!r} was withdrawn")
        self.name = name


class AccountSuspendedError(StoreError):
    """A suspended account is given nothing to sign in with."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the account {name!r} is suspended")
        self.name = name


class LastAdminError(StoreError):
    """Nobody else could administer: make another administrator first."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is the only administrator")
        self.name = name


class AgentTakenError(StoreError):
    """An agent is one account at most."""

    def __init__(self, agent: str, account: str) -> None:
        super().__init__(f"agent {agent!r} is the account {account!r} already")
        self.agent = agent
        self.account = account


class TokenExistsError(StoreError):
    """The account has a token of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a token {name!r} already")
        self.name = name


class UnknownTokenError(StoreError):
    """The account has no token of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no token {name!r}")
        self.name = name


def is_of_the_database(error: StoreError) -> bool:
    """Whether it is the database that cannot, and not the write that may not."""
    if isinstance(error, StoreUnusableError):
        return error.blame is Blame.DATABASE
    return isinstance(error, StoreBusyError)
