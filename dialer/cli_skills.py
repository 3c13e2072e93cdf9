"""Skills on the command line: `--skill repairs=3`.

Owns: reading them, and what is refused because no queue would ever ask for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from config.language import _
from config.settings import Settings
from dialer.cli_errors import CommandError, ExitCode
from routing.skills import TOP_LEVEL


def read_skills(settings: Settings, given: Sequence[str], queues: Sequence[str]) -> dict[str, int]:
    """The levels by skill.

    Raises:
        CommandError: one is no skill with a level, or no queue needs it; or one of `queues`
            needs a skill that is not given.
    """
    needed = {queue.skill for queue in settings.queues if queue.skill}
    skills: dict[str, int] = {}
    for text in given:
        name, _equals, level = text.partition("=")
        if not (level.isascii() and level.isdigit() and 1 <= int(level[:3]) <= TOP_LEVEL):
            said = _("“{text}” is no skill with its level; write repairs=3, 1 to 9, 9 is best")
            raise CommandError(said.format(text=text), ExitCode.USAGE)
        if name not in needed:
            said = _("no queue needs the skill {skill}; they need: {known}")
            known = ", ".join(sorted(needed)) or "–"
            raise CommandError(said.format(skill=name, known=known), ExitCode.USAGE)
        skills[name] = int(level)
    for queue in settings.queues:
        if queue.name in queues and queue.skill and queue.skill not in skills:
            said = _("the queue {queue} is for who has the skill: --skill {skill}=LEVEL")
            text = said.format(queue=queue.name, skill=queue.skill)
            raise CommandError(text, ExitCode.USAGE)
    return skills
