"""What the operator set wrongly, told in clear lines.

Owns: `ConfigError`, which the command line prints without a traceback before it exits with 2.
Must not know which file or model a fault comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing to mend. `key` is dotted (`retry.delay`); `line` counts from 1.

    `elsewhere`: it is not in the file that the error names, but in the environment, say.
    """

    text: str
    key: str | None = None
    line: int | None = None
    elsewhere: bool = False

    def at(self, file: Path | None) -> str:
        """Return the fault as one line, with its place in `file` in front as far as known."""
        place = self._place(file)
        parts = ([place] if place else []) + ([self.key] if self.key else []) + [self.text]
        return ": ".join(parts)

    def _place(self, file: Path | None) -> str:
        if file is None or self.elsewhere:
            return ""
        return f"{file}:{self.line}" if self.line is not None else str(file)


class ConfigError(Exception):
    """The operator's fault: one line a fault, each with file and line where they are known.

    Either one `text`, or all `faults` that were found at once.
    """

    def __init__(
        self,
        text: str = "",
        *,
        file: Path | None = None,
        line: int | None = None,
        faults: tuple[Fault, ...] = (),
    ) -> None:
        self.file = file
        self.faults = faults or (Fault(text=text, line=line),)
        super().__init__(text)

    @classmethod
    def of(cls, faults: list[Fault], *, file: Path | None = None) -> Self:
        """Make the error of all `faults`, in the order of their lines."""
        in_order = sorted(faults, key=lambda fault: fault.line or 0)
        return cls(file=file, faults=tuple(in_order))

    def __str__(self) -> str:
        """Return one line a fault, as in `callback.toml:12: retry.delay: "4 hors" is not …`."""
        return "\n".join(fault.at(self.file) for fault in self.faults)
