"""A flow's file: what it says becomes a flow; what is wrong is told with its place and its cure."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config.calendar_file import CalendarShelf
from config.errors import ConfigError
from routing.flow import Collect, Lookup, Manner, Menu, Play, Saying, Valid
from routing.loader import Surroundings, load_flow, read_flow

ROOT = Path(__file__).parents[2]
SITE = Surroundings(
    zone="Asia/Shanghai",
    calendar=CalendarShelf(None, date(2026, 11, 23)).calendar,
    queues=frozenset({"waihu-inbound", "waihu-sales"}),
)
TOP = 'start = "main"\nrescue = "desk"\nlanguages = ["zh", "en"]\n'
DESK = '[step.desk]\ndo = "queue"\nqueue = "inbound"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "hotline.toml"
    path.write_text(TOP + text + DESK, encoding="utf-8")
    return path


def faults_of(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        load_flow(path, SITE)
    return str(refused.value).replace(f"{path}:", "").splitlines()


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "flows").glob("*.toml")), ids=str)
def test_every_example_is_fit_for_the_line(path: Path) -> None:
    read = read_flow(path, SITE)
    assert {one.code.value for one in read.findings} <= {"calendar_ends"}
    assert load_flow(path, SITE).name == path.stem


def test_steps_come_out_as_they_were_written(tmp_path: Path) -> None:
    text = """
    [step.main]
    do = "menu"
    say = ["hotline/main", { text = { zh = "请按键", en = "press a key" } }]
    keys = { 1 = "order", "*" = "main" }
    nothing = "desk"
    [step.order]
    do = "collect"
    say = { digits = "{number}" }
    into = "order"
    digits = [6, 12]
    next = "find"
    [step.find]
    do = "lookup"
    url = "https://crm.example/{order}"
    take = { state = "order.state" }
    next = "told"
    [step.told]
    do = "play"
    say = "status/{state}"
    next = "desk"
    """
    steps = load_flow(written(tmp_path, text), SITE).steps
    main, order, find, told = (steps[name] for name in ("main", "order", "find", "told"))
    assert isinstance(main, Menu)
    assert main.keys == {"1": "order", "*": "main"}
    assert main.say == (
        Saying(manner=Manner.SOUND, words={"": "hotline/main"}),
        Saying(manner=Manner.TEXT, words={"zh": "请按键", "en": "press a key"}),
    )
    assert isinstance(order, Collect)
    assert order.valid == Valid(least=6, most=12)
    assert isinstance(find, Lookup)
    assert find.take == {"state": "order.state"}
    assert isinstance(told, Play)
    assert told.say[0].words == {"": "status/{state}"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[step.main]\ndo = "sing"\n', '5: step.main.do: "sing" is nothing that a step can do'),
        ('[step.main]\nsay = "a"\n', "4: step.main.do: is missing (write one of play, menu"),
        (
            '[step.main]\ndo = "play"\nsay = "a"\nnxt = "desk"\n',
            "7: step.main.nxt: is not known; did you mean next?",
        ),
        (
            '[step.main]\ndo = "play"\nsay = "../../etc/passwd"\nnext = "desk"\n',
            '6: step.main.say: "../../etc/passwd" is no sound',
        ),
        (
            '[step.main]\ndo = "play"\nsay = "a"\nnext = "dekst"\n',
            "7: step.main.next: there is no step “dekst”",
        ),
        (
            '[step.main]\ndo = "menu"\nsay = "a"\nkeys = { 12 = "desk" }\n',
            '7: step.main.keys.12: "12" is no key of a phone',
        ),
        (
            '[step.main]\ndo = "queue"\nqueue = "nowhere"\n',
            "6: step.main.queue: there is no queue waihu-nowhere",
        ),
        (
            '[step.main]\ndo = "voicemail"\nbox = "1,${EXTEN}"\nnext = "desk"\n',
            '6: step.main.box: "1,${EXTEN}" may only have letters, digits',
        ),
        (
            '[step.main]\ndo = "collect"\nsay = "a"\ninto = "x"\npattern = "("\nnext = "desk"\n',
            '8: step.main.pattern: "(" is no pattern',
        ),
        (
            '[step.main]\ndo = "collect"\npattern = "0{9999999999}"\nsay = "a"\ninto = "x"\n',
            '6: step.main.pattern: "0{9999999999}" is no pattern',
        ),
        (
            '[step.main]\ndo = "collect"\npattern = "([0-9]+)+0"\nsay = "a"\ninto = "x"\n',
            '6: step.main.pattern: "([0-9]+)+0" repeats a group',
        ),
        (
            '[step.main]\ndo = "collect"\npattern = "1*1*1*1*0"\nsay = "a"\ninto = "x"\n',
            '6: step.main.pattern: "1*1*1*1*0" leaves too many ways to try',
        ),
        (
            '[step.main]\ndo = "collect"\npattern = "(?=1)1"\nsay = "a"\ninto = "x"\n',
            '6: step.main.pattern: "(?=1)1" may only have digits',
        ),
        (
            '[step.main]\ndo = "play"\nsay = { text = {} }\nnext = "desk"\n',
            "6: step.main.say: text: is empty",
        ),
        (
            '[step.main]\ndo = "branch"\nwhen = [{ fact = "vip", to = "desk" }]\n',
            "6: step.main.when[1]: asks nothing: write is, lowest, highest or known",
        ),
        (
            '[hours.x]\nwindows = { mon = ["09:00-18:00"] }\ncalendar = "ZZ"\n',
            "6: hours.x.calendar: nothing is known of the public holidays of ZZ",
        ),
    ],
)
def test_each_fault_is_told_with_line_step_and_key(tmp_path: Path, text: str, fault: str) -> None:
    text = text if "[step.main]" in text else f'{text}[step.main]\ndo = "hangup"\n'
    (said,) = faults_of(written(tmp_path, text))
    assert said.startswith(fault)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/{x}",
        "file:///etc/passwd",
        "http://{x}/",
        "http://host{x}/",
        "http://host:80{x}/",
        "http://a@b/{x}",
        "http://user:secret@host/",
        "http://host/a b",
        "http://host:port/",
        "http://host:99999/",
        "http://host/\\n",
    ],
)
def test_facts_never_choose_whom_a_lookup_asks(tmp_path: Path, url: str) -> None:
    text = f'[step.main]\ndo = "lookup"\nurl = "{url}"\ntake = {{ a = "a" }}\nnext = "desk"\n'
    (said,) = faults_of(written(tmp_path, text))
    assert said.startswith("6: step.main.url: ")


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = '[step.main]\ndo = "sing"\n[step.more]\ndo = "play"\nsay = 7\n'
    assert [one.split(":")[0] for one in faults_of(written(tmp_path, text))] == ["5", "8"]


def test_the_files_name_is_the_flows(tmp_path: Path) -> None:
    path = tmp_path / "My Flow.toml"
    path.write_text(TOP, encoding="utf-8")
    (said,) = faults_of(path)
    assert "is no flow" in said
