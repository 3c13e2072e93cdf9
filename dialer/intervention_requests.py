"""Requests of supervisors on the engine's socket, made into commands.

Owns: which fields each needs and what they may hold. Must not know what a command does.
"""

from __future__ import annotations

from collections.abc import Callable

from dialer.effects import ListenMode
from dialer.messages import (
    EndCall,
    Intervention,
    ListenTo,
    RecordAgent,
    SignOutAgent,
    StopListening,
)
from dialer.wire import Do, Request, WireError

LONGEST_WHY = 200
LONGEST_NAME = 100
_SAID = {"yes": True, "no": False}


def intervention_maker(request: Request) -> Callable[[str], Intervention]:
    """The command that a request asks for.

    Raises:
        WireError: a field is missing, or holds what it cannot.
    """
    by, why = needed(request, "by"), why_of(request)
    match request.do:
        case Do.LISTEN:
            agent, phone, mode = needed(request, "agent"), needed(request, "phone"), _mode(request)
            return lambda ref: ListenTo(
                ref=ref, agent=agent, mode=mode, phone=phone, by=by, why=why
            )
        case Do.UNLISTEN:
            phone = needed(request, "phone")
            return lambda ref: StopListening(ref=ref, phone=phone, by=by, why=why)
        case Do.HANG_UP:
            return _ending(request, by, why)
        case _:
            return _of_agent(request, by, why)


def _of_agent(request: Request, by: str, why: str) -> Callable[[str], Intervention]:
    agent = needed(request, "agent")
    match request.do:
        case Do.SIGN_OUT:
            now = _flag(request, "now", otherwise="no")
            return lambda ref: SignOutAgent(ref=ref, agent=agent, at_once=now, by=by, why=why)
        case Do.RECORD:
            on = _flag(request, "on", otherwise="yes")
            return lambda ref: RecordAgent(ref=ref, agent=agent, on=on, by=by, why=why)
        case _:
            raise WireError(f"{request.do} is no command of a supervisor")


def _ending(request: Request, by: str, why: str) -> Callable[[str], Intervention]:
    agent, call = request.fields.get("agent") or None, request.fields.get("call") or None
    if (agent is None) is (call is None):
        raise WireError(f"{request.do} needs agent or call")
    return lambda ref: EndCall(ref=ref, agent=agent, call=call, by=by, why=why)


def needed(request: Request, name: str) -> str:
    """A field that must be there. Raises WireError."""
    value = request.fields.get(name)
    if not value:
        raise WireError(f"{request.do} needs {name}")
    if len(value) > LONGEST_NAME:
        raise WireError(f"{name} is up to {LONGEST_NAME} characters")
    return value


def why_of(request: Request) -> str:
    """The reason that a person gave, which may be none. Raises WireError."""
    why = request.fields.get("why") or ""
    if len(why) > LONGEST_WHY:
        raise WireError(f"why is up to {LONGEST_WHY} characters")
    return why


def _mode(request: Request) -> ListenMode:
    text = request.fields.get("mode") or ListenMode.LISTEN.value
    try:
        return ListenMode(text)
    except ValueError as error:
        raise WireError(f"unknown mode {text!r}") from error


def _flag(request: Request, name: str, *, otherwise: str) -> bool:
    text = request.fields.get(name) or otherwise
    if text not in _SAID:
        raise WireError(f"{name} is yes or no")
    return _SAID[text]
