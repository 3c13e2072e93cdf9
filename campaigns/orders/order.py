"""One order: how it is opened, what each act changes of it, and when it is due (R13-R15).

Owns: the record, the rules of every act, due times and escalation by time. Pure: `now` is given
and never runs back within an order. Must not know how an order is kept (`store.work_orders`) nor
who asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from campaigns.layers import Layer
from campaigns.orders.days import working_days_after
from campaigns.orders.states import LIVING, OPENED, TRANSITIONS, Act, State, possible


class Level(StrEnum):
    """Who has to see to it: whoever took the call, the floor's supervisor, the group's contact."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    CONTACT = "contact"


LEVELS: Final = tuple(Level)


class Door(StrEnum):
    """By which way an order came in."""

    AGENT = "agent"
    IVR = "ivr"
    CLI = "cli"


# ── what the operator sets ───────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderKind:
    """A kind of order. Limits in working days (`campaigns.orders.days`).

    `complaint`: it is closed by the customer's yes, or by the supervisor. `follow_up_days`: once
    it is solved, answered or rejected, until the next step.
    """

    complaint: bool = False
    investigate_days: int = 1
    solve_days: int = 5
    follow_up_days: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPolicy:
    """`owners`: who owns an order at the higher levels, by group; empty: whoever had it before.

    `hours`: by which windows and calendar a day is worked. `escalate_days`: how many working days
    later an order that is still overdue goes one level higher again.
    """

    hours: Layer
    kinds: Mapping[str, OrderKind]
    group: str
    owners: Mapping[str, Mapping[Level, str]] = field(default_factory=dict)
    escalate_days: int = 1

    def kind(self, name: str) -> OrderKind:
        """The kind of that name; one that is set no more has the usual limits."""
        return self.kinds.get(name, OrderKind())


# ── the record ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """What is known when one is opened.

    `e164`: the customer's number, empty where it is withheld. `call`: the Uniqueid of the call it
    came from; `voicemail`: the mailbox that holds the customer's own words. `in_scope` False: it
    is another's business, and the customer insists; with `referred_to` the customer was told whose.
    """

    kind: str
    opened_by: Door
    who: str
    subject: str = ""
    text: str = ""
    e164: str = ""
    name: str = ""
    call: str = ""
    voicemail: str = ""
    contact_id: int | None = None
    group: str = ""
    owner: str = ""
    in_scope: bool = True
    referred_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as it stands. Times are aware UTC.

    `investigate_by`, `solve_by`: its limits; `stage_by`: of the step that it stands at, or what
    was promised at the latest. `chased_at`: when time escalated it last; `chase_at`: when it does
    next, None where it does not. `promise_made_at`, `promise_contact`: since when a contact of the
    call-back campaign keeps the promise. `since`: the last act. `version` counts the acts.
    """

    number: str
    kind: str
    complaint: bool
    subject: str
    text: str
    e164: str
    name: str
    call: str
    voicemail: str
    contact_id: int | None
    opened_by: Door
    opened_at: datetime
    group: str
    owner: str
    in_scope: bool
    referred_to: str
    investigate_by: datetime
    solve_by: datetime
    since: datetime
    state: State = State.OPEN
    level: Level = Level.AGENT
    stage_by: datetime | None = None
    investigated_at: datetime | None = None
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    promised_at: datetime | None = None
    promised_until: datetime | None = None
    promise_made_at: datetime | None = None
    promise_contact: int | None = None
    chased_at: datetime | None = None
    chase_at: datetime | None = None
    rejections: int = 0
    reopened: int = 0
    version: int = 1

    @property
    def due_at(self) -> datetime | None:
        """When the next thing is due; None where nobody owes anything."""
        if self.state not in LIVING:
            return None
        limits = [
            self.investigate_by if self.investigated_at is None else None,
            self.solve_by if self.solved_at is None else None,
            self.stage_by,
        ]
        return min((limit for limit in limits if limit is not None), default=None)

    def is_overdue(self, now: datetime) -> bool:
        """Whether something should have been done by now."""
        due = self.due_at
        return due is not None and now > due


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of an order's trail: who did what when, and where it stood before and after."""

    at: datetime
    who: str
    act: str
    before: State | None
    after: State
    owner: str
    level: Level
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What somebody does to an order. `who`: a login or an account; `note`: why, what came of it.

    `owner`, `group`: of a handing over. `promised_at`, `promised_until`: of a promise, when the
    customer is called and by when at the latest; `contact`: of the call-back campaign.
    `referred_to`: whose business it is.
    """

    act: Act
    who: str
    note: str = ""
    owner: str = ""
    group: str = ""
    promised_at: datetime | None = None
    promised_until: datetime | None = None
    contact: int | None = None
    referred_to: str = ""


class Barrier(StrEnum):
    """Why an act is refused."""

    NOT_FROM_HERE = "not_from_here"
    TAKEN = "taken"
    HIGHEST_LEVEL = "highest_level"
    NOT_ACCEPTED = "not_accepted"
    NEEDS_OWNER = "needs_owner"
    NEEDS_TIME = "needs_time"
    PAST = "past"


class ActRefusedError(Exception):
    """The act does not belong there; nothing is changed. `possible`: what does."""

    def __init__(self, order: Order, act: Act, why: Barrier) -> None:
        super().__init__(f"{act} is refused: {why}")
        self.order = order
        self.act = act
        self.why = why
        self.possible = possible(order.state)


# ── the rules ────────────────────────────────────────────────────────────────────────────

_TAKEN: Final = (State.IN_HAND, State.INVESTIGATED)
"""Somebody works on it: who wants it has it handed over."""


def open_order(
    new: NewOrder, number: str, policy: OrderPolicy, now: datetime
) -> tuple[Order, Entry]:
    """The order, and the first line of its trail.

    What is not our business and was not insisted on (`referred_to` alone) is referred at once.
    """
    kind = policy.kind(new.kind)
    group = new.group or policy.group
    referred = bool(new.referred_to) and new.in_scope
    order = Order(
        number=number,
        kind=new.kind,
        complaint=kind.complaint,
        subject=new.subject,
        text=new.text,
        e164=new.e164,
        name=new.name,
        call=new.call,
        voicemail=new.voicemail,
        contact_id=new.contact_id,
        opened_by=new.opened_by,
        opened_at=now,
        group=group,
        owner=new.owner or policy.owners.get(group, {}).get(Level.AGENT, ""),
        in_scope=new.in_scope and not referred,
        referred_to=new.referred_to,
        investigate_by=working_days_after(policy.hours, now, kind.investigate_days),
        solve_by=working_days_after(policy.hours, now, kind.solve_days),
        since=now,
        state=State.REFERRED if referred else State.OPEN,
    )
    order = replace(order, chase_at=_chase_at(order, policy))
    return order, _entry(order, None, OPENED, new.who, "")


def advance(order: Order, step: Step, policy: OrderPolicy, now: datetime) -> tuple[Order, Entry]:
    """The order after an act, and the line of its trail.

    Raises:
        ActRefusedError: it does not belong there; it says what does.
    """
    after = TRANSITIONS.get((order.state, step.act))
    if after is None:
        raise ActRefusedError(order, step.act, Barrier.NOT_FROM_HERE)
    at = max(now, order.since)
    _refuse_unfit(order, step, at)
    changed = replace(
        order,
        state=after,
        since=at,
        version=order.version + 1,
        **_changes(order, step, policy, at),
    )
    if changed.state is not order.state:
        changed = replace(changed, stage_by=_stage_by(changed, policy, at))
    changed = replace(changed, chase_at=_chase_at(changed, policy))
    return changed, _entry(changed, order.state, step.act.value, step.who, step.note)


def _refuse_unfit(order: Order, step: Step, at: datetime) -> None:
    match step.act:
        case Act.ESCALATE | Act.OVERDUE if order.level is LEVELS[-1]:
            raise ActRefusedError(order, step.act, Barrier.HIGHEST_LEVEL)
        case Act.TAKE if order.state in _TAKEN and order.owner not in {"", step.who}:
            raise ActRefusedError(order, step.act, Barrier.TAKEN)
        case Act.CLOSE if _wants_acceptance(order):
            raise ActRefusedError(order, step.act, Barrier.NOT_ACCEPTED)
        case Act.HAND_OVER if not (step.owner or step.group):
            raise ActRefusedError(order, step.act, Barrier.NEEDS_OWNER)
        case Act.PROMISE if step.promised_at is None:
            raise ActRefusedError(order, step.act, Barrier.NEEDS_TIME)
        case Act.PROMISE if min(_promise(step)) < at:
            raise ActRefusedError(order, step.act, Barrier.PAST)
        case _:
            pass


def _wants_acceptance(order: Order) -> bool:
    """A complaint is closed by the customer's yes; without it, by the supervisor at least."""
    return order.complaint and order.state is not State.REFERRED and order.level is LEVELS[0]


def _changes(  # noqa: C901, PLR0911, PLR0912  one line an act
    order: Order, step: Step, policy: OrderPolicy, at: datetime
) -> dict[str, Any]:
    match step.act:
        case Act.TAKE:
            return {"owner": step.who}
        case Act.HAND_OVER:
            group = step.group or order.group
            heir = step.owner or policy.owners.get(group, {}).get(order.level, "")
            return {"owner": heir, "group": group}
        case Act.INVESTIGATE:
            return {"investigated_at": order.investigated_at or at}
        case Act.ESCALATE:
            return _higher(order, policy)
        case Act.OVERDUE:
            return {**_higher(order, policy), "chased_at": at}
        case Act.REFER:
            return {"in_scope": False, "referred_to": step.referred_to}
        case Act.SOLVE:
            return {"investigated_at": order.investigated_at or at, "solved_at": at}
        case Act.PROMISE:
            first, last = _promise(step)
            return {
                "promised_at": first,
                "promised_until": last,
                "promise_made_at": at,
                "promise_contact": step.contact,
                "stage_by": last,
            }
        case Act.ANSWER:
            return {"investigated_at": order.investigated_at or at}
        case Act.REJECT:
            again = order.rejections > 0 and order.level is not LEVELS[-1]
            higher = _higher(order, policy) if again else {}
            return {**higher, "rejections": order.rejections + 1, "solved_at": None}
        case Act.ACCEPT | Act.CLOSE:
            return {"closed_at": at}
        case Act.INSIST | Act.REOPEN:
            return _begun_anew(order, step, policy, at)
        case Act.NOTE:
            return {}


def _higher(order: Order, policy: OrderPolicy) -> dict[str, Any]:
    """One level up; where nobody is named for it, whoever has the order keeps it."""
    level = LEVELS[LEVELS.index(order.level) + 1]
    return {
        "level": level,
        "owner": policy.owners.get(order.group, {}).get(level, "") or order.owner,
    }


def _promise(step: Step) -> tuple[datetime, datetime]:
    assert step.promised_at is not None  # noqa: S101  `_refuse_unfit` has seen it
    last = step.promised_until or step.promised_at
    return step.promised_at, max(last, step.promised_at)


def _begun_anew(order: Order, step: Step, policy: OrderPolicy, at: datetime) -> dict[str, Any]:
    """All its limits run again from now; its level it keeps, for whoever has it knows it."""
    kind = policy.kind(order.kind)
    return {
        "investigate_by": working_days_after(policy.hours, at, kind.investigate_days),
        "solve_by": working_days_after(policy.hours, at, kind.solve_days),
        "investigated_at": None,
        "solved_at": None,
        "closed_at": None,
        "promised_at": None,
        "promised_until": None,
        "promise_made_at": None,
        "promise_contact": None,
        "chased_at": None,
        "rejections": 0,
        "reopened": order.reopened + (step.act is Act.REOPEN),
    }


def _stage_by(order: Order, policy: OrderPolicy, at: datetime) -> datetime | None:
    match order.state:
        case State.SOLVED | State.ANSWERED | State.SECOND:
            days = policy.kind(order.kind).follow_up_days
            return working_days_after(policy.hours, at, days)
        case State.PROMISED:
            return order.promised_until
        case _:
            return None


def _chase_at(order: Order, policy: OrderPolicy) -> datetime | None:
    due = order.due_at
    if due is None or order.level is LEVELS[-1]:
        return None
    if order.chased_at is None or order.chased_at < due:
        return due
    return working_days_after(policy.hours, order.chased_at, policy.escalate_days)


def _entry(order: Order, before: State | None, act: str, who: str, note: str) -> Entry:
    return Entry(
        at=order.since,
        who=who,
        act=act,
        before=before,
        after=order.state,
        owner=order.owner,
        level=order.level,
        note=note,
    )


# ── by the clock ─────────────────────────────────────────────────────────────────────────

CLOCK: Final = "clock"
"""Who escalates by time."""


def escalations(orders: Iterable[Order], now: datetime) -> list[Order]:
    """Those that time brings one level higher now: `advance` each by `overdue_step`."""
    return [order for order in orders if order.chase_at is not None and order.chase_at < now]


def overdue_step() -> Step:
    """What the clock does to an order that nobody has seen to."""
    return Step(act=Act.OVERDUE, who=CLOCK)


# ── what a caller may hear ───────────────────────────────────────────────────────────────


def spoken_facts(order: Order, hours: Layer) -> dict[str, str]:
    """What a flow may say of an order: neither who called nor what it is about.

    Dates are the site's: `order_due` (the solution), `order_promised` (the call).
    """
    promised = order.promised_at if order.state is State.PROMISED else None
    dates = {
        "order_due": order.solve_by if order.state in LIVING else None,
        "order_promised": promised,
    }
    told = {"order_number": order.number, "order_kind": order.kind, "order_state": order.state}
    return {name: str(value) for name, value in told.items()} | {
        name: "" if at is None else at.astimezone(hours.zone).date().isoformat()
        for name, at in dates.items()
    }
