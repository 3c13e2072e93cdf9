"""The questionnaires as they stand in their folder now.

Owns: reading them again when a file has changed. One that cannot be read changes nothing, and the
log says so. Must not know what a form holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import structlog

from campaigns.forms import Form
from config.errors import ConfigError
from config.form_file import read_forms

log = structlog.get_logger()


class FormShelf:
    """The forms of a folder, by campaign or queue."""

    def __init__(self) -> None:
        self._forms: Mapping[str, Form] = {}
        self._seen: tuple[tuple[str, int], ...] | None = None

    def form(self, folder: Path | None, *places: str | None) -> Form | None:
        """The form of the first of these campaigns and queues that has one."""
        self._look(folder)
        found = (self._forms.get(place) for place in places if place)
        return next((form for form in found if form is not None), None)

    def named(self, folder: Path | None, name: str) -> Form | None:
        """The form of that name."""
        self._look(folder)
        return next((form for form in self._forms.values() if form.name == name), None)

    def _look(self, folder: Path | None) -> None:
        paths = sorted(folder.glob("*.toml")) if folder is not None else []
        try:
            seen = tuple((path.name, path.stat().st_mtime_ns) for path in paths)
            if seen == self._seen:
                return
            self._seen, self._forms = seen, read_forms(folder)
        except (ConfigError, OSError) as error:
            log.error("forms.refused", fault=str(error))  # noqa: TRY400  the text is all
