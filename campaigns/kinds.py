"""What a campaign is for, and how it dials: the two words that rules and laws turn on.

Owns: those closed sets. Must not know what follows from them.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What the campaign is for; success means another thing in each (R3)."""

    CALLBACK = "callback"
    SALES = "sales"


class Mode(StrEnum):
    """Who is waited for: see `dialer.pacing`."""

    PREVIEW = "preview"
    PROGRESSIVE = "progressive"
    PREDICTIVE = "predictive"
