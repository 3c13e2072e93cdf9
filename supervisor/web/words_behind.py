"""The list of calls behind a figure of the wallboard: key -> English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from config.language import mark
from supervisor.behind_words import difference_words, end_words, part_words, reason_words
from supervisor.words import outcome_words

BEHIND_WORDS: Final[Mapping[str, str]] = {
    **{f"behind.part.{part}": word for part, word in part_words(str).items()},
    **{f"behind.why.{why}": word for why, word in reason_words(str).items()},
    **{f"behind.end.queue.{end}": word for end, word in end_words(str).items()},
    **{f"behind.end.call.{end}": word for end, word in outcome_words(str).items()},
    **{f"behind.differs.{code}": sentence for code, sentence in difference_words(str).items()},
    "behind.title": mark("The calls behind it"),
    "behind.counted": mark("Counts as"),
    "behind.part.all": mark("all"),
    "behind.sums": mark("On file: {part} of {of}"),
    "behind.run_since": mark("The engine was started {time}: the figure counts from then on."),
    "behind.place": mark("{from}–{to} of {n}"),
    "behind.none": mark("No such calls."),
    "behind.newer": mark("Newer"),
    "behind.older": mark("Older"),
    "behind.time": mark("Time"),
    "behind.number": mark("Number"),
    "behind.queue": mark("Queue"),
    "behind.campaign": mark("Campaign"),
    "behind.agent": mark("Agent"),
    "behind.waited": mark("Waited"),
    "behind.end": mark("Came to"),
    "behind.goes_on": mark("goes on"),
}
