"""The words that a supervisor reads: states, outcomes and reasons in the trade's language.

Owns: one English message per code; the caller's gettext turns it into the reader's language.
Codes that are not known here (a newer engine's) are shown as they are. Must not know screens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from campaigns.campaign import CampaignState
from campaigns.judge import Code
from campaigns.outcomes import Branch, Outcome
from dialer.effects import ListenMode
from dialer.pacing import Limit
from supervisor.answer_norm import DayKind, NormView
from supervisor.snapshot import AgentLook, Why

Translate = Callable[[str], str]


def agent_words(_: Translate) -> dict[AgentLook, str]:
    """A word of at most eight columns per state of an agent, for the cells of a grid."""
    return {
        AgentLook.READY: _("ready"),
        AgentLook.RESERVED: _("reserved"),
        AgentLook.TALKING: _("talking"),
        AgentLook.WRAP_UP: _("wrap-up"),
        AgentLook.PAUSED: _("on break"),
        AgentLook.SIGNING_IN: _("sign-in"),
        AgentLook.SIGNED_OUT: _("out"),
        AgentLook.UNKNOWN: _("unknown"),
    }


def branch_words(_: Translate) -> dict[Branch, str]:
    """The three branches of R2, and our own side."""
    return {
        Branch.CONNECTED: _("connected"),
        Branch.NOT_THROUGH: _("not through"),
        Branch.WRONG_CONTACT: _("wrong contact"),
        Branch.OWN_SIDE: _("on our side"),
    }


def outcome_words(_: Translate) -> dict[Outcome, str]:
    """The leaves of the outcome tree (R2, R3)."""
    return {
        Outcome.VACANT: _("vacant number"),
        Outcome.FAX: _("fax"),
        Outcome.NUMBER_CHANGED: _("number changed"),
        Outcome.WRONG_RECORD: _("wrong record"),
        Outcome.BUSY: _("busy"),
        Outcome.NO_ANSWER: _("no answer"),
        Outcome.CONGESTION: _("congestion"),
        Outcome.REJECTED: _("rejected"),
        Outcome.SWITCHED_OFF: _("switched off"),
        Outcome.MACHINE: _("machine"),
        Outcome.ABANDONED: _("abandoned"),
        Outcome.STOPPED: _("stopped by us"),
        Outcome.LOST: _("lost"),
        Outcome.SUCCESS: _("success"),
        Outcome.SUCCESS_PROXY: _("by proxy"),
        Outcome.UNSUCCESSFUL: _("unsuccessful"),
        Outcome.APPOINTMENT: _("appointment"),
        Outcome.REFUSED: _("refused"),
        Outcome.UNDISPOSED: _("undisposed"),
        Outcome.FAILED: _("failed"),
        Outcome.NOT_SENT: _("not sent"),
        Outcome.SKIPPED: _("skipped"),
    }


def campaign_state_word(state: str, _: Translate) -> str:
    """What the campaign manager wants of the campaign."""
    words: Mapping[str, str] = {
        CampaignState.READY: _("not started"),
        CampaignState.RUNNING: _("running"),
        CampaignState.PAUSED: _("paused"),
        CampaignState.STOPPED: _("stopped"),
    }
    return words.get(state, state)


def pause_word(reason: str, _: Translate) -> str:
    """A pause reason that the product gives by itself; the operator's own stay as typed."""
    words = {"break": _("on break"), "login": _("sign-in"), "lunch": _("lunch")}
    words["timeout"] = _("timeout")
    words["sign_out"] = _("signing out")
    return words.get(reason, reason)


def listen_mode_word(mode: ListenMode, _: Translate) -> str:
    """How a supervisor takes part in an agent's talks."""
    words: Mapping[ListenMode, str] = {
        ListenMode.LISTEN: _("listen"),
        ListenMode.WHISPER: _("whisper"),
        ListenMode.BARGE: _("barge"),
    }
    return words[mode]


def why_sentence(why: Why, _: Translate) -> str:
    """Why a campaign does not dial, in one short sentence, with its facts filled in."""
    sentence = why_sentences(_).get(why.code)
    if sentence is None:
        return why.code.replace("_", " ")
    try:
        return sentence.format(**why.params)
    except (KeyError, IndexError, ValueError):
        return why.code.replace("_", " ")


def why_sentences(_: Translate) -> Mapping[str, str]:
    """The sentence of every reason, with places for its facts."""
    return {
        Code.LINK_DOWN: _("the link to Asterisk is down"),
        Limit.LINK: _("the link to Asterisk is down"),
        Code.STOPPING: _("the engine is stopping"),
        Code.NO_AGENTS: _("no agent is signed in"),
        Code.AGENTS_BUSY: _("all agents are busy"),
        Limit.AGENTS: _("no agent is free"),
        Limit.ASKING: _("preview: an agent asks for each call"),
        Code.MAX_CALLS: _("the campaign's call limit is reached"),
        Limit.CPS: _("the limit of calls a second is reached"),
        Limit.BUDGET: _("as many calls were abandoned as may be"),
        Limit.LIST: _("nothing is due"),
        Limit.PAUSED: _("the campaign is paused"),
        Limit.STORE: _("the database is slow or takes nothing"),
        Limit.BREAKER: _("calls fail on our side, next try in {for_s} s"),
        Limit.DIALPLAN: _("Asterisk lacks the dialplan that predictive needs"),
        Code.OUTSIDE_WINDOW: _("outside the calling window"),
        Code.CALENDAR_ENDS: _("the calendar of public holidays has ended"),
        Code.HOLIDAY: _("public holiday"),
        Code.NO_WINDOW: _("the campaign has no calling window"),
        Code.CAMPAIGN_NOT_STARTED: _("the campaign has not been started"),
        "campaign_ready": _("the campaign has not been started"),
        Code.CAMPAIGN_PAUSED: _("the campaign is paused"),
        Code.CAMPAIGN_STOPPED: _("the campaign is stopped"),
    }


def limit_sentences(_: Translate) -> Mapping[str, str]:
    """What kept a decision of predictive pacing from placing more calls."""
    return {
        Limit.PRICE: _("not one call more: too many would find no agent"),
        Limit.BUDGET: _("one call for each free agent: the cap is used up"),
        Limit.AGENTS: _("no agent is free without a call on the way"),
        Limit.MAX_CALLS: _("as many calls as the campaign may have at once"),
        Limit.CPS: _("as many calls as may be begun in a second"),
        Limit.AT_ONCE: _("more are never placed for so few agents"),
        Limit.LIST: _("nobody on the list is due"),
        Limit.PAUSED: _("the campaign does not run"),
        Limit.LINK: _("the link to Asterisk is down"),
        Limit.STORE: _("the database is slow or takes nothing"),
        Limit.BREAKER: _("calls fail on our side"),
        Limit.DIALPLAN: _("Asterisk lacks the dialplan that predictive needs"),
        Limit.STOPPING: _("the engine is stopping"),
    }


def norm_sentences(_: Translate) -> Mapping[str, str]:
    """What a norm of the answer rate rests on, by the kind of its days."""
    return {
        DayKind.WORKING: _("{rate} at {hours} h, {days} working days, n = {n}"),
        DayKind.OFF: _("{rate} at {hours} h, {days} days off, n = {n}"),
        DayKind.ALL: _("{rate} at {hours} h, {days} days of any kind, n = {n}"),
    }


def norm_sentence(norm: NormView, _: Translate) -> str:
    """`34 % at 09–10 h, 12 working days, n = 5120`."""
    sentences = norm_sentences(_)
    sentence = sentences.get(norm.day_kind, sentences[DayKind.ALL])
    hours = f"{norm.hour:02}–{norm.hour + 1:02}"
    return sentence.format(rate=norm_rate(norm), hours=hours, days=norm.days, n=norm.placed)


def norm_rate(norm: NormView) -> str:
    """`34 %`: a norm always rests on many calls."""
    return f"{100 * norm.answered / norm.placed:.0f} %" if norm.placed else "–"
