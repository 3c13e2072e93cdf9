"""Text that others typed, made harmless for a terminal.

Owns: which characters a terminal would obey rather than show. Loads nothing, for `--help`.
"""

from __future__ import annotations

from typing import Final

# C0 but for LF and TAB, DEL, and C1.
_OBEYED: Final = {*range(0x20), *range(0x7F, 0xA0)} - {ord("\n"), ord("\t")}
_SIGNS: Final = dict.fromkeys(_OBEYED, "\N{REPLACEMENT CHARACTER}")


def harmless(text: str) -> str:
    """`text` with signs in place of what a terminal would obey; its lines stay lines."""
    return text.translate(_SIGNS)
