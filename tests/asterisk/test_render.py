"""The configuration files: what they hold, and what they can never hold."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from asterisk.render import (
    PRODUCTION_FILES,
    PbxFacts,
    QueueFacts,
    Strategy,
    render,
    render_template,
)
from asterisk.translate import TRANSLATORS, UNREAD_EVENTS
from dialer.calls import UNSERVED_AFTER_S

SECRET = "letters-and-digits-" + "0123456789"


def files(**changes: object) -> dict[str, str]:
    return render(PbxFacts(ami_secret=SECRET, **changes))  # type: ignore[arg-type]  # names are checked by PbxFacts itself


def code(text: str) -> list[str]:
    """The lines that Asterisk reads."""
    return [line for line in text.splitlines() if line.strip() and not line.startswith(";")]


def test_every_file_says_where_it_belongs_what_it_changes_and_how_to_undo_it() -> None:
    for name, text in files().items():
        head = text.split("\n[", 1)[0]
        assert "Use:" in head, name
        assert "What it changes:" in head, name
        assert "Undo:" in head, name
        assert re.search(r"/etc/asterisk", head), name


def test_every_live_file_goes_in_by_one_include_line() -> None:
    for name, text in files().items():
        if "example" not in name:
            assert text.count(f'#include "{name}"') == 1


def test_the_example_of_a_trunk_changes_nothing() -> None:
    assert code(files()["waihu-pjsip-example.conf"]) == []


def test_everything_carries_our_prefix() -> None:
    rendered = files()
    assert set(rendered) == set(PRODUCTION_FILES)
    for name, text in rendered.items():
        sections = re.findall(r"^\[([^]]+)\]", text, re.MULTILINE)
        slots = name == "waihu-agents.conf"
        assert all(s.startswith("waihu") or (slots and s.isdigit()) for s in sections)


def test_the_ami_user_has_exactly_the_rights_it_needs() -> None:
    lines = code(files()["waihu-manager.conf"])
    assert "read = system,call,agent,user,dtmf" in lines
    assert "write = originate,call,agent,reporting" in lines
    assert "deny = 0.0.0.0/0.0.0.0" in lines
    assert [line for line in lines if line.startswith("permit")] == [
        "permit = 127.0.0.1/255.255.255.255",
        "permit = ::1/128",
    ]


def test_the_filter_is_written_in_the_one_form_that_every_version_reads() -> None:
    [line] = [one for one in code(files()["waihu-manager.conf"]) if "eventfilter" in one]
    key, _, pattern = line.partition(" = ")
    assert (key, pattern[0]) == ("eventfilter", "!")
    for name in UNREAD_EVENTS:
        assert re.search(pattern[1:], f"Event: {name}\r\nPrivilege: call,all\r\n")
    for name in TRANSLATORS:
        event = f"Event: {name}\r\nAppData: Event: Newexten\r\n"
        assert not re.search(pattern[1:], event), name


def test_there_are_as_many_slots_as_asked_for_from_7001_up() -> None:
    lines = code(files(slots=3)["waihu-agents.conf"])
    assert [line for line in lines if line[1:2].isdigit()] == [
        f"[{slot}](waihu-slot)" for slot in (7001, 7002, 7003)
    ]


def test_no_sound_delays_the_agent_unless_the_operator_names_one() -> None:
    assert "custom_beep = " in code(files()["waihu-agents.conf"])
    toned = files(agent_tone="waihu/tone")
    assert "custom_beep = waihu/tone" in code(toned["waihu-agents.conf"])


def test_a_queue_has_its_own_strategy_and_standard() -> None:  # R10
    queue = QueueFacts(name="waihu-repairs", strategy=Strategy.RRMEMORY, service_level_s=15)
    text = files(queues=(queue,), inbound_queue="waihu-repairs")["waihu-queues.conf"]
    section = code(text.split("[waihu-repairs](waihu-queue)")[1])
    assert "strategy = rrmemory" in section
    assert "servicelevel = 15" in section


def test_an_ipv6_agi_address_is_bracketed() -> None:
    assert "AGI(agi://[::1]:4573/inbound)" in files(agi_host="::1")["waihu-extensions.conf"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"ami_secret": "short"},
        {"ami_secret": "long-enough-but\nread = all"},
        {"ami_user": "admin"},
        {"agi_host": "127.0.0.1)\nexten => s,1,System(true"},
        {"unserved_sound": "vm-sorry,skip"},
        {"queues": (QueueFacts(name="waihu-a"), QueueFacts(name="waihu-a"))},
        {"inbound_queue": "waihu-nowhere"},
        {"slots": 0},
    ],
)
def test_a_value_that_does_not_fit_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        PbxFacts(**{"ami_secret": SECRET, **wrong})  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("name", ["sales", "waihu-", "waihu-a,b", "waihu-a]\n[x", "WAIHU-A"])
def test_a_queue_without_our_prefix_or_with_strange_characters_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="queue name"):
        QueueFacts(name=name)


@given(st.text(), st.text())
def test_no_value_adds_a_line_to_a_file(sound: str, music: str) -> None:
    lines = [len(text.splitlines()) for text in files().values()]
    try:
        rendered = files(unserved_sound=sound, agent_music=music)
    except ValueError:
        return
    assert [len(text.splitlines()) for text in rendered.values()] == lines


def test_a_template_that_names_an_unknown_fact_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render_template("waihu-queues.conf.j2")


def context_of(name: str) -> list[str]:
    """The lines of one context of the dialplan."""
    text = files()["waihu-extensions.conf"]
    return code(text.split(f"[{name}]", 1)[1].split("\n[", 1)[0])


def test_no_extension_is_begun_twice_in_a_context() -> None:
    """Asterisk drops the second one, and says so in its log alone."""
    contexts = re.split(r"^\[([a-z-]+)\]", files()["waihu-extensions.conf"], flags=re.MULTILINE)
    assert len(contexts) > 3
    for name, lines in zip(contexts[1::2], contexts[2::2], strict=True):
        begun = re.findall(r"^exten => ([^,]+),1,", lines, re.MULTILINE)
        assert len(begun) == len(set(begun)), name


def test_who_hangs_up_in_a_flow_is_told_of_as_leaving_the_queue_and_a_message() -> None:
    hangs_up = "\n".join(context_of("waihu-flow")).split("exten => h,1,")[1]
    left, message = hangs_up.index("WaihuQueueLeft"), hangs_up.index("WaihuMessageLeft")
    assert hangs_up.index("(said)") in range(left, message)


def test_who_waits_for_an_agent_hears_the_message_within_two_seconds_without_waihu() -> None:
    said, waits, message, *_ = context_of("waihu-waiting")
    assert "UserEvent(WaihuWaiting,Attempt: ${WAIHU_ATTEMPT},Tried: ${WAIHU_TRIED})" in said
    seconds = re.search(r"Wait\(([0-9.]+)\)", waits)
    assert seconds is not None
    assert UNSERVED_AFTER_S < float(seconds[1]) < 2
    assert message.endswith("Goto(waihu-unserved,s,1)")


def test_who_met_nobody_is_remembered_whether_they_hear_the_message_or_hang_up_before() -> None:
    kept = "Set(GLOBAL(WAIHU_UNMET)=${WAIHU_ATTEMPT}+${GLOBAL(WAIHU_UNMET):0:972})"
    hangs_up = context_of("waihu-waiting")[3:]
    hears = context_of("waihu-unserved")[1:4]
    assert hangs_up[0].startswith("exten => h,1,")
    for locks, keeps, unlocks in (hangs_up, hears):
        assert "${LOCK(waihu-unmet)}" in locks  # two at once, and one would be forgotten
        assert keeps.endswith(kept)
        assert "${UNLOCK(waihu-unmet)}" in unlocks


def test_an_agent_who_cannot_be_had_is_named_to_waihu() -> None:
    asked, noted, back, hangs_up = context_of("waihu-connect")
    assert asked == "exten => _X.,1,AgentRequest(${EXTEN})"
    assert noted.endswith("Set(WAIHU_TRIED=${EXTEN})")
    assert back.endswith("Goto(waihu-waiting,s,1)")
    # Who hangs up before the agent is there has met nobody.
    assert hangs_up.endswith('"${AGENT_STATUS}" = "NOT_CONNECTED"]?waihu-waiting,h,1)')


def test_only_what_is_surely_a_machine_is_hung_up_on() -> None:
    lines = context_of("waihu-screened")
    verdict = next(n for n, line in enumerate(lines) if "AMD()" in line)
    unable, machine, gone, person = lines[verdict + 1 : verdict + 5]
    assert unable.endswith('"${TRYSTATUS}" != "SUCCESS"]?waihu-waiting,s,1)')
    assert machine.endswith('"${AMDSTATUS}" = "MACHINE"]?machine)')
    assert gone.endswith('"${AMDSTATUS}" = "HANGUP"]?gone)')
    assert person.endswith("Goto(waihu-waiting,s,1)")  # who knows: a person
