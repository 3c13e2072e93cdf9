"""A served site for each test that asks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.served_site import ServedSite, served_site


@pytest.fixture
async def served(empty_file: Path, tmp_path: Path) -> AsyncIterator[ServedSite]:
    async with served_site(empty_file, tmp_path) as site:
        yield site
