"""docs/api.md runs as it is written, on a running engine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from supervisor.rights import Right, Role
from tests.commands.one_site import CALLBACK, LIST
from tests.web.api.engine_served import engine_served

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
BLOCKS = re.findall(r"```(sh|json)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_the_page_runs_as_written(tmp_path: Path) -> None:
    with engine_served(tmp_path) as served:
        (tmp_path / "spring.toml").write_text(CALLBACK.replace("回访一", "spring"), "utf-8")
        (tmp_path / "customers.csv").write_text(LIST, "utf-8")
        scopes = {Right(word) for word in re.findall(r"--scope (\w+)", BLOCKS[0][1])}
        token = served.token(role=Role.CAMPAIGN_MANAGER, scopes=scopes)
        header = f"Authorization: Bearer {token}\n"
        (tmp_path / "token.header").write_text(header, "utf-8")
        # The first block makes the token.
        script = "".join(text for kind, text in BLOCKS[1:] if kind == "sh")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script.replace(":8480", f":{served.port}")],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    assert answers[0]["account"] == "importer"
    assert [one["import"]["added"] for one in answers if "import" in one] == [2, 2]
    assert answers[-1] == json.loads(next(text for kind, text in BLOCKS if kind == "json"))
    assert (tmp_path / "results.xlsx").read_bytes()[:2] == b"PK"
