"""The agent desk's words: key -> English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

DESK_WORDS: Final[Mapping[str, str]] = MappingProxyType({})
