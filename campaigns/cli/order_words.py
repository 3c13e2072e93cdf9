"""The words of work orders: kinds, states, levels, acts, and why one is refused.

Owns: the wording, in the language spoken now. Must not know the commands that say it.
"""

from __future__ import annotations

from collections.abc import Mapping

from campaigns.orders.order import ActRefusedError, Barrier, Level
from campaigns.orders.states import OPENED, Act, State
from config.language import _
from config.order_settings import OrderSettings


def kind_word(kind: str, orders: OrderSettings) -> str:
    """The kind's name for people: the operator's title, else ours, else the bare name."""
    usual = {
        "inquiry": _("inquiry"),
        "repair": _("repair"),
        "complaint": _("complaint"),
        "new_service": _("new service"),
    }
    title = orders.kinds[kind].title if kind in orders.kinds else ""
    return title or usual.get(kind, kind)


def state_words() -> Mapping[State, str]:
    """Where an order stands."""
    return {
        State.OPEN: _("not taken yet"),
        State.IN_HAND: _("in hand"),
        State.INVESTIGATED: _("investigated"),
        State.SOLVED: _("solved, the customer is to be told"),
        State.PROMISED: _("a call is promised"),
        State.ANSWERED: _("answered, to be confirmed"),
        State.SECOND: _("not accepted, to be confirmed again"),
        State.REFERRED: _("referred elsewhere"),
        State.CLOSED: _("closed"),
    }


def level_words() -> Mapping[Level, str]:
    """Who has to see to it."""
    return {
        Level.AGENT: _("agent"),
        Level.SUPERVISOR: _("floor supervisor"),
        Level.CONTACT: _("business group's contact"),
    }


def act_words() -> Mapping[str, str]:
    """What was done, in the past, for the trail."""
    return {
        OPENED: _("opened"),
        Act.TAKE: _("taken"),
        Act.HAND_OVER: _("handed over"),
        Act.INVESTIGATE: _("investigated"),
        Act.ESCALATE: _("escalated"),
        Act.OVERDUE: _("overdue: escalated by the clock"),
        Act.NOTE: _("noted"),
        Act.REFER: _("referred elsewhere"),
        Act.INSIST: _("the customer insists"),
        Act.SOLVE: _("solved"),
        Act.PROMISE: _("a call is promised"),
        Act.ANSWER: _("the customer was told"),
        Act.ACCEPT: _("the customer accepts"),
        Act.REJECT: _("the customer does not accept"),
        Act.CLOSE: _("closed"),
        Act.REOPEN: _("reopened"),
    }


def command_of(act: Act) -> str:
    """The word after `waihu order`."""
    return act.value.replace("_", "-")


def refusal(error: ActRefusedError) -> str:
    """Why an act is refused, with what is possible."""
    order = error.order
    sentences = {
        Barrier.NOT_FROM_HERE: _("{number} is {state}: that is not possible; possible: {acts}"),
        Barrier.TAKEN: _("{who} has {number} in hand already; have it handed over: hand-over --to"),
        Barrier.HIGHEST_LEVEL: _(
            "{number} is with the business group's contact already: there is no higher level"
        ),
        Barrier.NOT_ACCEPTED: _(
            "a complaint is closed by the customer's yes (accept), or by the supervisor: "
            "escalate it first"
        ),
        Barrier.NEEDS_OWNER: _("say to whom: --to NAME or --group NAME"),
        Barrier.NEEDS_TIME: _("say when: --at TIME"),
        Barrier.PAST: _("the promised time is past"),
    }
    return sentences[error.why].format(
        number=order.number,
        state=state_words()[order.state],
        who=order.owner,
        acts=", ".join(command_of(act) for act in error.possible),
    )
