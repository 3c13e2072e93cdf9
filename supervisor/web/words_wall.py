"""The wallboard's words: key -> English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

WALL_WORDS: Final[Mapping[str, str]] = MappingProxyType({})
