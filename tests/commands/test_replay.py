"""`waihu replay`: what is printed of a recorded stream, and of a file that is none."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.commands.one_site import Site

FIVE_CALLS = Path(__file__).parents[1] / "asterisk" / "data" / "five_calls.ami"
ATTEMPT = "01k9xg3v5m0000000000000000"
NUMBER = "13800138000"
AT = 1_795_331_000.0


def message(at: float | None, *lines: str) -> str:
    stamp = [] if at is None else [f"Timestamp: {AT + at:.6f}"]
    return "\r\n".join([lines[0], *stamp, *lines[1:], "", ""])


def pause(at: float | None, reason: str) -> str:
    paused = "true" if reason else "false"
    interface = "Interface: Local/7001@waihu-agent/n"
    return message(at, "Action: QueuePause", interface, f"Paused: {paused}", f"Reason: {reason}")


def one_call(*, stamped: bool = True, outcome: str = "busy") -> str:
    """An engine's stream without notes: an agent logs in and is given one call, which is busy."""

    def at(seconds: float) -> float | None:
        return seconds if stamped else None

    ready = [message(at(1 + n / 10), "Action: Ping") for n in range(55)]
    waits = [message(at(7 + n / 10), "Action: Ping") for n in range(20)]
    queue = "Queue: waihu-sales"
    return "".join(
        [
            message(at(0), "Event: FullyBooted"),
            message(at(0.1), "Event: AgentLogin", "Agent: 7001", "Uniqueid: 1795330000.1"),
            message(
                at(0.2),
                "Action: QueueAdd",
                queue,
                "Interface: Local/7001@waihu-agent/n",
                "MemberName: 1001",
            ),
            *ready,
            pause(at(6.5), ""),
            *waits,
            pause(at(9.0), "reserved"),
            message(
                at(9.05),
                "Action: Originate",
                f"ActionID: waihu/originate/{ATTEMPT}",
                f"Channel: PJSIP/{NUMBER}@trunk",
                "Timeout: 30000",
                f"Variable: WAIHU_ATTEMPT={ATTEMPT}",
                "Variable: WAIHU_SLOT=7001",
                "Variable: WAIHU_QUEUE=waihu-sales",
            ),
            message(
                at(10.0),
                "Event: OriginateResponse",
                f"ActionID: waihu/originate/{ATTEMPT}",
                "Response: Failure",
                "Reason: 5",
            ),
            message(at(10.01), "Event: Hangup", f"Uniqueid: {ATTEMPT}", "Cause: 17"),
            message(at(10.02), "Event: WaihuEnded", f"Attempt: {ATTEMPT}", f"Outcome: {outcome}"),
            pause(at(10.03), ""),
            message(at(20), "Action: Ping"),
        ]
    )


def test_an_excerpt_of_a_queues_day_gives_its_figures(site: Site) -> None:
    said = site.ok("replay", str(FIVE_CALLS), "--json").json
    assert said["read"]["messages"] == said["read"]["events"] == 108
    (queue,) = said["queues"]
    assert (queue["name"], queue["offered"], queue["answered"]) == ("load", 1, 1)
    assert said["outcomes"] == {}
    text = site.ok("replay", str(FIVE_CALLS)).out
    assert "there is no call of ours in it" in text
    assert "load" in text


def test_without_notes_agents_and_campaigns_are_taken_from_our_actions(site: Site) -> None:
    path = site.write("one.ami", one_call())
    said = site.ok("replay", path, "--json", "--decisions").json
    assert said["outcomes"] == {"busy": 1}
    assert said["agreement"] == {"same": 5, "different": [], "undecided": 0}
    placed = [one for one in said["decisions"] if one["kind"] == "originate"]
    assert [(one["subject"], one["detail"]) for one in placed] == [(ATTEMPT, "7001 waihu-sales")]
    assert placed[0]["at"] == pytest.approx(AT + 9.0)


def test_a_difference_is_shown_with_both_sides_and_its_time(site: Site) -> None:
    path = site.write("one.ami", one_call(outcome="no_answer"))
    said = site.ok("replay", path, "--json").json
    (difference,) = said["agreement"]["different"]
    assert (difference["then"]["detail"], difference["now"]["detail"]) == ("no_answer", "busy")
    assert difference["now"]["at"] == pytest.approx(AT + 10.01)
    text = site.ok("replay", path).out
    assert "4 decisions are the same, 1 differ" in text
    assert f"outcome: {ATTEMPT} no_answer" in text
    assert "2026-11-22 07:03:30.010" in text


def test_every_decision_is_printed_in_order_and_no_number_is(site: Site) -> None:
    done = site.ok("replay", site.write("one.ami", one_call()), "--decisions")
    lines = [line for line in done.out.splitlines() if line.startswith("2026-11-22 07:03:")]
    times = [line[: len("2026-11-22 07:03:30.010")] for line in lines]
    assert times == sorted(times)
    assert any(f"place a call: {ATTEMPT} 7001 waihu-sales" in line for line in lines)
    assert NUMBER not in done.out  # I9
    assert NUMBER not in site.ok("replay", site.write("one.ami", one_call()), "--json").out


def test_without_time_stamps_a_pace_is_assumed_and_said(site: Site) -> None:
    path = site.write("one.ami", one_call(stamped=False))
    assert "10 messages a second are assumed" in site.ok("replay", path, "--pace", "10").out
    assert site.ok("replay", path, "--json", "--pace", "10").json["outcomes"] == {"busy": 1}


def test_the_same_file_gives_the_same_words_twice(site: Site) -> None:
    path = site.write("one.ami", one_call())
    first = site.ok("replay", path, "--json", "--decisions").out
    assert site.ok("replay", path, "--json", "--decisions").out == first


def test_several_files_are_read_as_one_stream(site: Site) -> None:
    whole = one_call()
    middle = whole.index("Action: Originate")
    first = site.write("first.ami.gz", gzip.compress(whole[:middle].encode()))
    second = site.write("second.ami", whole[middle:])
    assert site.ok("replay", first, second, "--json").json["outcomes"] == {"busy": 1}


def test_two_runs_of_the_engine_are_no_one_stream(site: Site) -> None:
    began = message(0.0, "Event: WaihuRecording", "Note: started")
    path = site.write("one.ami", began + one_call())
    done = site("replay", path, path)
    assert (done.code, done.out) == (2, "")
    assert "these are 2 runs of the engine" in done.err


def test_of_a_cut_file_what_is_there_is_shown(site: Site) -> None:
    packed = gzip.compress(one_call().encode())
    done = site.ok("replay", site.write("cut.gz", packed[:-30]), "--json")
    assert done.json["read"]["messages"] > 50
    assert "breaks off at byte" in done.err


@pytest.mark.parametrize("data", [b"", b"\x00" * 5000, b"name,number\r\n\r\n1,2\r\n\r\n"])
def test_a_file_that_is_no_stream_is_refused_in_one_line(site: Site, data: bytes) -> None:
    done = site("replay", site.write("other", data))
    assert (done.code, done.out) == (1, "")
    assert "there is no AMI message in" in done.err


def test_a_missing_file_and_a_folder_are_wrong_usage(site: Site) -> None:
    assert site("replay", "nowhere.ami").code == 2
    assert site("replay", str(site.folder)).code == 2
    assert site("replay").code == 2


def test_damaged_notes_and_headers_change_nothing_else(site: Site) -> None:
    broken = "".join(
        [
            message(0.0, "Event: WaihuCampaign", "Campaign: x"),
            message(0.0, "Event: WaihuSite", "Queues: a=b", "Zone: Moon/Base"),
            message(0.0, "Event: WaihuWord", "Attempt: 1", "Disposition: nonsense"),
            message(0.0, "Event: WaihuLink"),
            message(0.0, "Event: WaihuStop", "Grace: long"),
            message(0.0, "Nonsense"),
            message(0.0, "Action: Originate"),
            message(0.0, "Action: Originate", "ActionID: waihu/originate/", "Channel: "),
            message(0.0, "Event: Hangup", "Uniqueid: ", "Cause: x"),
        ]
    )
    said = site.ok("replay", site.write("one.ami", broken + one_call()), "--json").json
    assert said["outcomes"] == {"busy": 1}
    assert said["read"]["unreadable"] > 0


def test_it_works_where_there_are_no_settings_at_all(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAIHU_CONFIG", "/nonexistent/waihu.toml")
    assert site.ok("replay", str(FIVE_CALLS), "--json").json["v"] == 1


# ── a predictive campaign ────────────────────────────────────────────────────────────────


def a_predictive_call() -> str:
    """With notes: a call for which nobody is kept, and the agent who is named when it answers."""
    ready = [message(1 + n / 10, "Action: Ping") for n in range(55)]
    waits = [message(7 + n / 10, "Action: Ping") for n in range(19)]
    queue, interface = "Queue: waihu-sales", "Interface: Local/7001@waihu-agent/n"
    campaign = (
        *("Event: WaihuCampaign", "Campaign: 1", "Name: sales", "State: running", "Kind: sales"),
        *(queue, "RingTimeout: 30", "WrapUp: 10", "MaxCalls: 50", "CallsPerSecond: 10"),
        "Mode: predictive",
    )
    agent = ("Event: WaihuAgent", "Agent: 1001", "Name: 1001", "Queues: waihu-sales", "Slot: ")
    call = f"Attempt: {ATTEMPT}"
    redirect = ("Action: Redirect", f"Channel: {ATTEMPT}", "Context: waihu-connect", "Exten: 7001")
    return "".join(
        [
            message(0, "Event: WaihuSite", "Zone: Asia/Shanghai", "Slots: 7001,7002", "Queues: "),
            message(0, *campaign),
            message(0, *agent),
            message(0.01, "Event: WaihuLink", "Status: up", "Version: 22.10"),
            message(0.05, "Event: FullyBooted"),
            message(0.1, "Event: WaihuSeat", "Agent: 1001", "Slot: 7001"),
            message(0.1, "Event: AgentLogin", "Agent: 7001", "Uniqueid: 1795330000.1"),
            message(0.2, "Action: QueueAdd", queue, interface, "MemberName: 1001"),
            *ready,
            pause(6.5, ""),
            *waits,
            message(8.95, "Event: WaihuClaimed", call, "Campaign: 1", "Contact: 5"),
            message(
                9.05,
                "Action: Originate",
                f"ActionID: waihu/originate/{ATTEMPT}",
                f"Channel: PJSIP/{NUMBER}@trunk",
                "Context: waihu-waiting",
                "Timeout: 30000",
                f"Variable: WAIHU_ATTEMPT={ATTEMPT}",
                "Variable: WAIHU_QUEUE=waihu-sales",
            ),
            message(10.0, "Event: UserEvent", "UserEvent: WaihuWaiting", call, "Tried: "),
            message(10.01, *redirect, "Priority: 1"),
            pause(10.02, "reserved"),
            message(
                10.1,
                "Event: BridgeEnter",
                f"Uniqueid: {ATTEMPT}",
                "BridgeUniqueid: b1",
                "BridgeNumChannels: 2",
                "BridgeType: basic",
            ),
            message(15, "Event: Hangup", f"Uniqueid: {ATTEMPT}", "Cause: 16"),
            pause(15.01, "wrapup"),
            *[message(16 + n, "Action: Ping") for n in range(9)],
            message(25.01, "Event: WaihuEnded", call, "Outcome: undisposed"),
            pause(25.02, ""),
            message(40, "Action: Ping"),
        ]
    )


def test_a_predictive_campaign_is_replayed_as_one(site: Site) -> None:
    path = site.write("one.ami", a_predictive_call())
    said = site.ok("replay", path, "--json", "--decisions").json
    assert said["outcomes"] == {"undisposed": 1}
    found = {one["kind"]: (one["subject"], one["detail"]) for one in said["decisions"]}
    assert found["originate"] == (ATTEMPT, " waihu-sales")
    assert found["connect"] == (ATTEMPT, "7001")
    assert said["agreement"]["different"] == []
    assert f"put through: {ATTEMPT} 7001" in site.ok("replay", path, "--decisions").out


def test_an_agent_who_was_named_otherwise_then_is_a_difference(site: Site) -> None:
    path = site.write("one.ami", a_predictive_call().replace("Exten: 7001", "Exten: 7002"))
    (difference,) = site.ok("replay", path, "--json").json["agreement"]["different"]
    assert difference["then"]["kind"] == difference["now"]["kind"] == "connect"
    assert (difference["then"]["detail"], difference["now"]["detail"]) == ("7002", "7001")


def test_a_call_that_is_screened_has_the_time_for_it_in_the_replay(site: Site) -> None:
    answered = message(
        9.5, "Event: Newstate", f"Uniqueid: {ATTEMPT}", "ChannelState: 6", "ChannelStateDesc: Up"
    )
    waiting = message(12.0, "Event: UserEvent", "UserEvent: WaihuWaiting", f"Attempt: {ATTEMPT}")
    screened = a_predictive_call().split("BridgeEnter")[0].split("Event: UserEvent")[0]
    for said, messages in (("yes", 0), ("no", 1)):
        noted = screened.replace("Mode: predictive", f"Mode: predictive\r\nScreened: {said}")
        stream = noted + answered + waiting + message(12.2, "Action: Ping")
        decided = site.ok("replay", site.write("one.ami", stream), "--json", "--decisions").json[
            "decisions"
        ]
        assert sum(one["kind"] == "message" for one in decided) == messages
