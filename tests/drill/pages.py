"""What README and docs/reliability.md quote of the last drills and the last hour of load.

    python -m tests.drill.pages        rewrites the marked places from the kept figures

Owns: the marked places and their words, and of which commit they speak. Must not know how the
figures came about.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DRILL = ROOT / "docs" / "drill.json"
PREDICTIVE_DRILL = ROOT / "docs" / "drill-predictive.json"
LOAD = ROOT / "docs" / "load.json"
PREDICTIVE_LOAD = ROOT / "docs" / "load-predictive.json"
PAGES = (ROOT / "README.md", ROOT / "docs" / "reliability.md")

Kept = Mapping[str, Any]


def drill(kept: Kept) -> str:
    """The drill in three lines."""
    slow = kept["slow"]
    late = f" ({slow} times later than promised, on a busy machine)" if slow else ""
    return (
        f"Last full drill ({_of(kept)}): "
        f"**{kept['deaths']} deaths injected** with {kept['alive_mean']:.0f} calls alive on "
        f"average,\n{kept['calls_dialed']} calls dialed, "
        f"**contacts dialed twice {kept['contacts_dialed_twice']}, "
        f"outcomes lost {kept['outcomes_lost']}**;\n"
        f"after a death of the engine calls are taken over within "
        f"{kept['longest_takeover_s']:.1f} s and dialing goes on within "
        f"{kept['longest_recovery_s']:.1f} s at the longest{late},\n"
        f"after a death of Asterisk the link is up within {kept['asterisk_takeover_s']:.1f} s "
        f"and dialing goes on within {kept['asterisk_recovery_s']:.1f} s, agents dialing in first."
    )


def predictive_drill(kept: Kept) -> str:
    """The drill of predictive in four lines."""
    missed = sum(one["missed"] for one in kept["causes"].values())
    return (
        f"Last predictive drill ({_of(kept)}): {kept['seeds']} rounds of the places, "
        f"**{kept['deaths']} deaths injected**, {missed} of them\nfrom outside, with "
        f"{kept['alive_mean']:.0f} calls alive on average, {kept['calls_dialed']} dialed and "
        f"{kept['answered']} answered, **contacts dialed twice {kept['contacts_dialed_twice']}, "
        f"outcomes lost {kept['outcomes_lost']}**;\n{kept['answered_unwatched']} were answered "
        f"while no engine was awake, and {kept['answered_unwatched_late']} of them waited "
        f"longer than two seconds for an agent or the message;\ncalls are taken over within "
        f"{kept['longest_takeover_s']:.1f} s and dialing goes on within "
        f"{kept['longest_recovery_s']:.1f} s at the longest."
    )


def commit() -> str:
    """The commit at hand, with a `+` where files differ from it."""
    head = _git("rev-parse", "--short", "HEAD").strip()
    return f"{head}+" if _git("status", "--porcelain", "--untracked-files=no") else head


def _git(*words: str) -> str:
    return subprocess.run(
        ("git", "-C", str(ROOT), *words),
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def _of(kept: Kept) -> str:
    return f"{kept['date']}, commit {kept['commit']}, Asterisk {kept['asterisk']}"


def drill_table(kept: Kept) -> str:
    """A row for each cause of death."""
    heads = (
        "killed at",
        "deaths",
        "missed",
        "calls alive",
        "taken over",
        "longest takeover",
        "longest until dialing",
    )
    rows = [f"| {' | '.join(heads)} |", "| --- |" + " ---: |" * (len(heads) - 1)]
    for name, one in kept["causes"].items():
        alive = one["alive"] / one["deaths"] if one["deaths"] else 0
        rows.append(
            f"| {name} | {one['deaths']} | {one['missed']} | {alive:.0f} | {one['taken_over']} "
            f"| {one['takeover_s']:.1f} s | {one['dialing_s']:.1f} s |"
        )
    ends = ", ".join(f"{name} {count}" for name, count in sorted(kept["ended_as"].items()))
    words = (
        f"{kept['words_saved']} words of agents were told as saved; {kept['words_lost']} of "
        f"them lost. {kept['freed_and_dialed']} contacts were freed before they were dialed, and "
        f"dialed afterwards, once. Attempts ended as: {ends}."
    )
    return "\n".join([*rows, "", words])


def load(kept: Kept) -> str:
    """The hour of load in three lines."""
    before, after = kept["idle_before"], kept["idle_after"]
    rest = ", ".join(f"{name} {before[name]} → {after[name]}" for name in before)
    growth = (kept["rss_mb_last"] / kept["rss_mb_first"] - 1) * 100
    return (
        f"Last load ({_of(kept)}): {kept['minutes']:.0f} minutes, "
        f"{kept['calls_dialed']} calls, {kept['calls_a_second']:.1f} a second;\n"
        f"memory {kept['rss_mb_first']:.1f} → {kept['rss_mb_last']:.1f} MB ({growth:+.1f} %); "
        f"at rest before and after: {rest}."
    )


def predictive_load(kept: Kept) -> str:
    """The load of predictive in three lines."""
    share = kept["abandoned"] / kept["live"] * 100
    return (
        f"{load(kept)}\nPredictive: {kept['live']} persons answered, {kept['abandoned']} of them "
        f"({share:.2f} %) met nobody; the slowest had an agent or the message after "
        f"{kept['slowest_service_s']:.1f} s."
    )


PLACES: Mapping[str, tuple[Path, Callable[[Kept], str]]] = {
    "drill": (DRILL, drill),
    "drill-table": (DRILL, drill_table),
    "drill-predictive": (PREDICTIVE_DRILL, predictive_drill),
    "load": (LOAD, load),
    "load-predictive": (PREDICTIVE_LOAD, predictive_load),
}


def rewritten(page: str) -> str:
    """The page with every marked place as the kept figures have it."""
    for name, (file, words) in PLACES.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, mark, rest = page.partition(begin)
        if not mark:
            continue
        if end not in rest:
            raise ValueError(f"the place {name} has no end")
        kept = json.loads(file.read_text("utf-8"))
        page = f"{before}{begin}{words(kept)}\n{end}{rest.partition(end)[2]}"
    return page


def rewrite() -> None:
    """Rewrite the pages."""
    for page in PAGES:
        page.write_text(rewritten(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    rewrite()
    sys.exit(0)
