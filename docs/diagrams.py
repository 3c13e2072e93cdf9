#!/usr/bin/env python3
"""Write the diagrams of the docs anew from the tables in the code.

A block between `<!-- diagram: NAME -->` and `<!-- end -->` belongs to this script; a test holds
that the docs are what it would write.

    .venv/bin/python docs/diagrams.py
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from campaigns.law.regulation import Profile, Rule
from campaigns.orders import states as orders
from campaigns.outcomes import RULES, Branch, Outcome
from config.regulation_file import load_regulations
from dialer import agents, calls

DOCS = Path(__file__).parent
TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
BLOCK = re.compile(r"(<!-- diagram: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def outcome_tree() -> str:
    """The tree of R2 with what each leaf does, as a Mermaid graph."""
    rows = ["graph LR", "    attempt((attempt))"]
    for branch in Branch:
        rows.append(f"    attempt --> {branch}")
        rows += [
            f"    {branch} --> {outcome}[{_leaf(outcome)}]"
            for outcome in Outcome
            if RULES[outcome].branch is branch
        ]
    return "\n".join([*rows, ""])


def _leaf(outcome: Outcome) -> str:
    rule = RULES[outcome]
    marks = [
        "" if rule.counted else "not counted",
        "number retired" if rule.retires_number else "",
        f"contact {rule.ends}" if rule.ends else "",
        "do not call" if rule.do_not_call else "",
        "next day" if rule.next_day else "",
    ]
    told = ", ".join(mark for mark in marks if mark)
    return f"{outcome}<br/><i>{told}</i>" if told else outcome.value


def law_table() -> str:
    """Every rule of the shipped regulations, with its source and how sure that is."""
    rows = ["| profile | rule | source | sure |", "| --- | --- | --- | --- |"]
    for profile in load_regulations().profiles:
        for said, rule in law_rules(profile):
            rows.append(f"| `{profile.name}` | {said} | {rule.source} | {rule.sure.value} |")
    return "\n".join([*rows, ""])


def law_rules(profile: Profile) -> Iterator[tuple[str, Rule]]:
    """The rules of a profile, each in a few words."""
    if profile.hours is not None:
        days = profile.hours.windows.days[0]
        wider = "; widened for a written reason" if profile.hours.widens else ""
        yield f"calls from {', '.join(map(str, days))}{wider}", profile.hours
    for cap in profile.caps:
        span = "a local day" if cap.within is None else f"in {_span(cap.within)}"
        yield f"at most {cap.calls} calls {span} to a {cap.per.value}", cap
    for gap in profile.gaps:
        after = ", ".join(sorted(gap.after or ()))
        when = f" after: {after}" if after else ""
        yield f"{_span(gap.wait)} between calls to a {gap.per.value}{when}", gap
    if profile.consent is not None:
        for kind, demand in profile.consent.demands.items():
            whose = "the contact's own " if demand.own else ""
            proof = ", with proof" if demand.proof else ""
            bases = ", ".join(sorted(demand.bases))
            yield f"{kind.value}: {whose}ground ({bases}){proof}", profile.consent
    if profile.abandon is not None:
        share = f"{float(profile.abandon.share * 100):g} %"
        yield f"at most {share} abandoned in {profile.abandon.block_days} days", profile.abandon
    if profile.message is not None:
        yield f"message within {profile.message.within_s:g} s", profile.message
    if profile.ring is not None:
        yield f"rings {profile.ring.seconds} s at least", profile.ring
    if profile.caller_id is not None:
        yield "shows a number that can be called back", profile.caller_id


def _span(time: timedelta) -> str:
    seconds = round(time.total_seconds())
    for unit, name in ((86_400, "days"), (3_600, "h")):
        if seconds % unit == 0 and seconds > unit:
            return f"{seconds // unit} {name}"
    return f"{seconds // 3600} h" if seconds % 3600 == 0 else f"{seconds} s"


TABLES: dict[str, Callable[[], str]] = {"law": law_table}
DIAGRAMS: dict[str, Callable[[], str]] = {
    "calls": calls.diagram,
    "agents": agents.diagram,
    "orders": orders.diagram,
    "outcomes": outcome_tree,
}


def redrawn(text: str) -> str:
    """`text` with every diagram and table as the code and its data give it now."""

    def block(found: re.Match[str]) -> str:
        return f"{found[1]}```mermaid\n{DIAGRAMS[found[2]]()}```\n{found[3]}"

    def table(found: re.Match[str]) -> str:
        return f"{found[1]}{TABLES[found[2]]()}{found[3]}"

    return TABLE.sub(table, BLOCK.sub(block, text))


def main() -> None:
    """Redraw every page."""
    for page in sorted(DOCS.glob("*.md")):
        page.write_text(redrawn(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
