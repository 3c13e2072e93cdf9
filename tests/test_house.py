"""The house's own rules: names, style, types and layers."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = frozenset(
    ("agi", "asterisk", "campaigns", "config", "dialer", "routing", "store", "supervisor")
)
# These stand in their layer as a whole.
WHOLE = re.compile(
    r"^(store|config|asterisk\.(lab|doctor)|dialer\.(pacing|sim|staffing)"
    r"|campaigns\.(cli|law|lists|orders|phone|row)|supervisor\.(sinks|web|terminal_board))\."
    r"|\.__init__$"
)


def tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of the environment that runs the tests."""
    program = Path(sys.executable).parent / name
    return subprocess.run(
        [str(program), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_no_installed_distribution_claims_one_of_our_folder_names() -> None:
    owners = importlib.metadata.packages_distributions()
    strangers = {
        name: [owner for owner in owners[name] if owner != "waihu"]
        for name in ROOMS
        if name in owners
    }
    assert not any(strangers.values()), strangers


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "--no-cache", "."),
        ("ruff", "format", "--no-cache", "--check", "."),
        ("mypy",),
        ("lint-imports", "--no-cache", "--no-logo"),
    ],
    ids=lambda command: "-".join(command[:2]),
)
def test_the_code_is_clean_by(command: tuple[str, ...]) -> None:
    run = tool(*command)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_module_has_its_place_in_a_layer() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = next(c for c in contracts["contracts"] if c["id"] == "layers")["layers"]
    placed = {name.strip(" ()\n") for layer in layers for name in layer.split(":")}
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
    }
    assert sorted(m for m in modules - placed if not WHOLE.search(m)) == []
