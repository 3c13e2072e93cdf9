"""docs/api.md runs as it is written, on a running engine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.one_site import CALLBACK, LIST
from tests.web.api.engine_served import engine_served

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
BESIDE = Path(sys.executable).parent
"""Where the command is."""
BLOCKS = re.findall(r"```(sh|json)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_the_page_runs_as_written(tmp_path: Path) -> None:
    with engine_served(tmp_path) as served:
        (tmp_path / "spring.toml").write_text(CALLBACK.replace("回访一", "spring"), "utf-8")
        (tmp_path / "customers.csv").write_text(LIST, "utf-8")
        script = "".join(text for kind, text in BLOCKS if kind == "sh")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script.replace(":8480", f":{served.port}")],
            cwd=tmp_path,
            env={**os.environ, **served.environment, "PATH": f"{BESIDE}:{os.environ['PATH']}"},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert answers[0]["account"] == "importer"
    assert [one["import"]["added"] for one in answers if "import" in one] == [2, 2]
    assert answers[-1] == json.loads(next(text for kind, text in BLOCKS if kind == "json"))
    assert (tmp_path / "results.xlsx").read_bytes()[:2] == b"PK"
