"""`--json`: one object on standard output, its version first, the same keys every time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.terminal import NUMBER, Terminal

CAMPAIGN = {
    *("id", "name", "state", "kind", "mode", "queue", "zone", "dial_string", "caller_id"),
    *("ring_timeout_s", "wrap_up_s", "max_calls", "cps", "windows", "calendar", "holidays"),
    *("retry", "preview", "predictive", "priority"),
    *("contacts", "open", "due", "next_due_at", "order", "standing"),
}
CONTACT = {
    *("id", "campaign", "reference", "name", "state", "zone", "numbers", "custom"),
    *("appointment_at", "appointment_agent", "consent", "attempts"),
}
REPORT = {
    *(
        "campaign",
        "attempts",
        "calls",
        "not_sent",
        "open_attempts",
        "counted",
        "reached",
        "open_appointments",
    ),
    *("outcomes", "branches", "contacts"),
}
QUEUES = {
    *("from", "to", "zone", "by", "intervals", "queues", "agents"),
    *("busiest_quarter", "most_waiting"),
}
IMPORT = {
    *("file", "encoding", "sheet", "columns", "dry_run", "rows", "added", "duplicates_in_file"),
    *("duplicates_in_campaign", "duplicates_elsewhere", "updated", "refused", "reasons"),
    *("numbers_dropped", "appointments_refused", "refused_path"),
}
ACCOUNT = {
    *("name", "full_name", "role", "state", "agent", "phone", "has_password", "created_at"),
}
FIGURES = {
    *("group", "opened", "referred", "completed", "judged", "on_time", "responded"),
    *("responded_on_time", "still_open", "overdue", "reopened"),
}
ANSWER = {
    *("contact", "campaign", "dialable", "engine_running", "will_be_dialed", "code", "params"),
    *("until", "zone", "text"),
}
SHAPES: dict[str, dict[str, set[str] | None]] = {
    "campaign list": {"campaigns": CAMPAIGN},
    "campaign show hot": {"campaign": CAMPAIGN | {"dials", "code", "why", "step"}},
    "campaign start hot": {"campaign": CAMPAIGN, "engine_running": None},
    "campaign stop hot": {"campaign": CAMPAIGN, "engine_running": None},
    "list import one.csv --campaign hot": {"import": IMPORT},
    "list show hot": {
        "campaign": CAMPAIGN,
        "states": {"open"},
        "lists": {"name", "state", "share", "created_at", "contacts"},
        "loads": {"at", "file", "sha256", "rows", "added", "duplicates", "refused"},
    },
    f"contact show {NUMBER}": {"contacts": CONTACT},
    f"contact appoint {NUMBER} --at 2036-11-25T10:00": {"contact": CONTACT},
    f"contact reopen {NUMBER}": {"contact": CONTACT},
    f"why {NUMBER}": {"answers": ANSWER},
    f"dnc add {NUMBER}": {"e164": None, "added": None},
    f"dnc check {NUMBER}": {"e164": None, "listed": None, "entries": None},
    "dnc list": {"entries": None},
    "dnc export dnc.csv": {"file": None, "rows": None},
    "export results hot results.csv": {"file": None, "rows": None},
    "export faulty faulty.csv": {"file": None, "rows": None},
    "audit verify": {"ledger": {"whole", "entries", "chains", "fault"}},
    "audit show": {"entries": None},
    "audit export ledger.csv": {"file": None, "rows": None},
    "agent add 1001 --queue callback": {
        "agent": {"agent", "name", "queues", "skills"},
        "added": None,
    },
    "account add root --role admin --no-password": {"account": ACCOUNT},
    "account list": {"accounts": None},
    "order open repair": {"order": None},
    "order list": {"orders": None},
    "order overdue": {"orders": None},
    "order report": {"figures": FIGURES},
    "report outcomes": {"reports": REPORT},
    "report outcomes hot": {"reports": REPORT},
    "report survey": {"figures": None},
    "report survey --below 60": {"figures": None, "calls": None},
    "report queues": {"report": QUEUES},
    "asterisk render": {"files": None},
    "asterisk render etc": {"written": None},
}


@pytest.fixture
def filled(waihu: Terminal) -> Terminal:
    """A campaign with one contact, not started."""
    waihu.campaign()
    waihu.contact()
    return waihu


@pytest.mark.parametrize("command", SHAPES)
def test_a_program_finds_the_keys_that_it_was_promised(filled: Terminal, command: str) -> None:
    said = filled.well(*command.split(), "--json").json
    assert list(said) == ["v", *SHAPES[command]]
    assert said["v"] == 1
    for name, keys in SHAPES[command].items():
        if keys is not None:
            assert set(one_of(said[name])) == keys


def one_of(found: Any) -> Any:
    return found[0] if isinstance(found, list) else found


def test_what_fails_writes_nothing_that_a_program_might_take_for_an_answer(
    filled: Terminal,
) -> None:
    for command in (
        ["campaign", "show", "nobody"],
        ["why", "nobody"],
        ["watch", "--once"],
        ["agent", "list"],
        ["queue", "show"],
        ["list", "import", "nowhere.csv", "--campaign", "hot"],
    ):
        said = filled(*command, "--json")
        assert said.code != 0
        assert said.out == ""


def test_names_keep_their_characters_in_json(filled: Terminal) -> None:
    assert '"张三"' in filled.well("contact", "show", NUMBER, "--json").out
