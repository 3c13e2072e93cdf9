#!/usr/bin/env python3
"""Write the description of the HTTP API (OpenAPI 3.1) as the program serves it.

.venv/bin/python docs/openapi.py docs/openapi.json
"""

from __future__ import annotations

import sys
from pathlib import Path

from supervisor.web.api.application import description_text, make_api


def main() -> None:
    """Write it; no engine is needed."""
    Path(sys.argv[1]).write_text(description_text(make_api(None)), encoding="utf-8")


if __name__ == "__main__":
    main()
