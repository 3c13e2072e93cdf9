"""Text that others typed, made harmless for a terminal.

Owns: which characters a terminal would obey rather than show. Loads nothing, for `--help`.
"""

from __future__ import annotations

from typing import Final

# C0, DEL and C1, and what turns the direction of the text after it.
_OBEYED: Final = {*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
SIGNS: Final = dict.fromkeys(_OBEYED, "\N{REPLACEMENT CHARACTER}")
_SIGNS_IN_LINES: Final = {at: sign for at, sign in SIGNS.items() if chr(at) not in "\n\t"}


def harmless(text: str) -> str:
    """`text` with signs in place of what a terminal would obey; its lines stay lines."""
    return text.translate(_SIGNS_IN_LINES)
