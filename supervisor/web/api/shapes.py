"""What operations answer, for the description of the API.

Owns: the documented shape of each answer; the answers themselves are made by the functions that
the command line uses too, and a test holds the two together. Fields may be added in a version,
never taken away.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

AT = "2026-11-25T07:00:00+00:00"


class Shape(BaseModel):
    """What is answered; more fields may come."""

    model_config = ConfigDict(extra="allow")


class Campaign(Shape):
    """A campaign with its rules and where its list stands."""

    id: int = Field(examples=[1])
    name: str = Field(examples=["spring"])
    state: str = Field(examples=["running"])
    kind: str = Field(examples=["sales"])
    mode: str = Field(examples=["predictive"])
    queue: str = Field(examples=["waihu-sales"])
    zone: str = Field(examples=["Asia/Shanghai"])
    dial_string: str = Field(examples=["PJSIP/{number}@trunk"])
    caller_id: str
    ring_timeout_s: float
    wrap_up_s: float
    max_calls: int
    cps: float
    calendar: str | None
    holidays: str
    windows: list[list[str]] = Field(description="Monday first.")
    retry: dict[str, Any]
    preview: dict[str, Any]
    contacts: int
    open: int
    due: int = Field(description="May be dialed now.")
    next_due_at: str | None = Field(examples=[AT])
    order: str
    priority: int
    predictive: dict[str, Any]
    standing: dict[str, Any] = Field(description="How many wait, by the rule that holds them.")


class CampaignShown(Campaign):
    """The same, and whether it dials: if not, why, and what to do about it."""

    dials: bool
    code: str | None = Field(default=None, examples=["no_agents"])
    why: str | None = Field(default=None, examples=["no agent is signed in"])
    step: str | None = None


class CampaignList(Shape):
    """All campaigns, oldest first."""

    campaigns: list[Campaign]


class OneCampaign(Shape):
    """One campaign."""

    campaign: CampaignShown


class SavedCampaign(Shape):
    """A campaign that was saved."""

    campaign: Campaign
    added: bool = Field(description="Whether it is new.")


class ActedCampaign(Shape):
    """A campaign after a change of its state."""

    campaign: Campaign
    engine_running: bool = Field(description="Whether a running engine goes by it already.")


class Attempt(Shape):
    """One attempt at a contact. Times are null where it did not come so far."""

    id: str = Field(examples=["01j0zq4w9k3v5m8x7y6t2r1s0a"])
    e164: str = Field(examples=["138****5678"])
    agent: str | None
    state: str
    claimed_at: str | None
    sent_at: str | None
    answered_at: str | None
    bridged_at: str | None
    ended_at: str | None
    outcome: str | None = Field(examples=["no_answer"])
    counted: bool
    note: str


class Contact(Shape):
    """A contact with every call to it."""

    id: int
    campaign: str
    reference: str
    name: str
    state: str
    zone: str
    numbers: list[dict[str, Any]]
    custom: dict[str, str]
    appointment_at: str | None
    appointment_agent: str | None
    consent: dict[str, Any] | None
    attempts: list[Attempt]


class Contacts(Shape):
    """Who was meant; a number may be in several campaigns."""

    contacts: list[Contact]


class OneContact(Shape):
    """One contact."""

    contact: Contact


class Verdict(Shape):
    """May this contact be dialed now, and which rule says so."""

    contact: int
    campaign: str
    dialable: bool
    engine_running: bool
    will_be_dialed: bool
    code: str = Field(examples=["outside_window"])
    params: dict[str, Any]
    until: str | None = Field(examples=[AT])
    zone: str
    text: str = Field(description="The same as a sentence.")


class Verdicts(Shape):
    """The verdict in each campaign that has the contact."""

    answers: list[Verdict]


class Barred(Shape):
    """A number, or a pattern of numbers, that is not called."""

    number: str = Field(examples=["138****5678"])
    campaign: str | None = Field(description="None: no campaign calls it.")
    reason: str
    source: str
    added_at: str
    expires_at: str | None


class BarredList(Shape):
    """The patterns and the newest numbers."""

    entries: list[Barred]


class BarredCheck(Shape):
    """Whether a number is on the list, and by which entries."""

    e164: str
    listed: bool
    entries: list[Barred]


class Added(Shape):
    """What was put on the do-not-call list."""

    e164: str
    added: bool = Field(description="False: it was there already.")


class Removed(Shape):
    """What was taken off it."""

    e164: str
    removed: bool


class Loaded(Shape):
    """What came of a file of numbers."""

    file: str
    rows: int
    new: int
    refused: list[dict[str, Any]] = Field(description="line, text, why; at most 100 of them.")
    refused_rows: int


class LoadedList(Shape):
    """`import`: what a load did, or would do."""

    import_: dict[str, Any] = Field(alias="import")


class Lists(Shape):
    """A campaign's lists, where their contacts stand, and what was loaded."""

    campaign: Campaign
    states: dict[str, int]
    lists: list[dict[str, Any]]
    loads: list[dict[str, Any]]


class Upcoming(Shape):
    """Whom a campaign dials next, in that order."""

    campaign: str
    state: str
    order: str
    at: str | None
    next: list[dict[str, Any]]


class Pace(Shape):
    """The last decisions of the pacer, newest first."""

    campaign: str
    mode: str
    engine_running: bool
    decisions: list[dict[str, Any]]


class Agents(Shape):
    """The agents as they are now."""

    ts: str
    agents: list[dict[str, Any]]
    counts: dict[str, int]


class AgentsOnFile(Shape):
    """The agents on file."""

    agents: list[AgentOnFile]


class AgentOnFile(Shape):
    """An agent on file."""

    agent: str = Field(examples=["1001"])
    name: str
    queues: list[str]
    skills: dict[str, int]


class SavedAgent(Shape):
    """An agent that was saved."""

    agent: AgentOnFile
    added: bool


class Done(Shape):
    """It is done; more fields say what exactly."""


class Acknowledged(Shape):
    """An alarm that somebody sees to."""

    alarm: str
    by: str = Field(examples=["li.na"])


class Order(Shape):
    """A work order or a complaint."""

    number: str = Field(examples=["123456782"])
    kind: str
    subject: str
    text: str
    e164: str
    state: str
    owner: str
    group: str
    due_at: str | None
    overdue: bool
    version: int


class OneOrder(Shape):
    """One work order."""

    order: Order


class OrderShown(Shape):
    """One work order with its trail."""

    order: Order
    trail: list[dict[str, Any]]


class PromisedOrder(Shape):
    """An order whose customer was promised a call."""

    order: Order
    will_be_called: bool


class Orders(Shape):
    """Work orders, those that are due first."""

    orders: list[Order]


class Figures(Shape):
    """Figures by group."""

    figures: list[dict[str, Any]]


class Reports(Shape):
    """The outcome reports, one a campaign."""

    reports: list[dict[str, Any]]


class OneReport(Shape):
    """One report."""

    report: dict[str, Any]


class Entries(Shape):
    """Entries of the ledger, the newest last."""

    entries: list[dict[str, Any]]


class Ledger(Shape):
    """Whether the ledger is whole."""

    ledger: dict[str, Any]


class Queues(Shape):
    """The inbound queues as they are now."""

    ts: str
    queues: list[dict[str, Any]]


class Snapshot(Shape):
    """The whole picture of the moment."""

    ts: str
    site: str
    link_up: bool
    agents: list[dict[str, Any]]
    queues: list[dict[str, Any]]
    campaigns: list[dict[str, Any]]


class Me(Shape):
    """Who asks, and what this account may do."""

    account: str
    role: str
    agent: str | None
    rights: list[str]
    version: str


class Undisposed(Shape):
    """Talks that still wait for their agent's word."""

    undisposed: list[dict[str, Any]]


class Listening(Shape):
    """Supervisors' phones that hear agents, and files by the agents who are recorded."""

    listeners: list[dict[str, Any]]
    recordings: dict[str, Any]


class Pops(Shape):
    """Who is calling: the latest screen pops."""

    pops: list[dict[str, Any]]


class Keypad(Shape):
    """The keys on the phone that say what came of a call."""

    keypad: dict[str, str]


class Reloaded(Shape):
    """What of the settings is in force now, and what from the next start on."""

    applied: list[str] = []
    restart: list[str] = []


class Seats(Shape):
    """How many agents it takes."""

    hours: list[dict[str, Any]]
