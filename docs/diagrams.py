#!/usr/bin/env python3
"""Write the diagrams of the docs anew from the tables in the code.

A block between `<!-- diagram: NAME -->` and `<!-- end -->` belongs to this script; a test holds
that the docs are what it would write.

    .venv/bin/python docs/diagrams.py
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from campaigns.outcomes import RULES, Branch, Outcome
from dialer import agents, calls

DOCS = Path(__file__).parent
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


DIAGRAMS: dict[str, Callable[[], str]] = {
    "calls": calls.diagram,
    "agents": agents.diagram,
    "outcomes": outcome_tree,
}


def redrawn(text: str) -> str:
    """`text` with every diagram as the tables give it now."""

    def block(found: re.Match[str]) -> str:
        return f"{found[1]}```mermaid\n{DIAGRAMS[found[2]]()}```\n{found[3]}"

    return BLOCK.sub(block, text)


def main() -> None:
    """Redraw every page."""
    for page in sorted(DOCS.glob("*.md")):
        page.write_text(redrawn(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
