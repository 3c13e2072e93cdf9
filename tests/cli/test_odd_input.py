"""Whatever is typed: an exit code that scripts know, lines for people, and nothing else happens."""

from __future__ import annotations

import pytest

from campaigns.phone.numbers import is_e164
from store.schema import metadata
from tests.cli.terminal import NUMBER, Terminal
from tests.store.room import Room

ODD = (
    "",
    "\r\n",
    f"{NUMBER}\r\nAction: Originate\r\nChannel: PJSIP/1",
    "13812345678&PJSIP/110",
    "13812345678,30,tT",
    "13812345678@other-trunk",
    "${SHELL(id)}",
    "{number}{agent}{0}",
    "'; DROP TABLE contact; --",
    "9" * 25,
    "x" * 5000,
    "张三\u202e",
    "\x00",
)
COMMANDS = {
    "why": ("why", "--", "{}"),
    "contact show": ("contact", "show", "--", "{}"),
    "contact appoint": ("contact", "appoint", "--at", "2036-11-25 10:00", "--", "{}"),
    "contact reopen": ("contact", "reopen", "--", "{}"),
    "at a time": ("contact", "appoint", NUMBER, "--at={}"),
    "dnc add": ("dnc", "add", "--", "{}"),
    "dnc check": ("dnc", "check", "--", "{}"),
    "of a country": ("dnc", "check", "138", "--country={}"),
    "campaign show": ("campaign", "show", "--", "{}"),
    "campaign start": ("campaign", "start", "--", "{}"),
    "of a campaign": ("why", NUMBER, "--campaign={}"),
    "list show": ("list", "show", "--", "{}"),
    "report": ("report", "outcomes", "--", "{}"),
    "agent add": ("agent", "add", "--queue", "callback", "--", "{}"),
    "to a queue": ("agent", "add", "1001", "--queue={}"),
    "pause for": ("agent", "pause", "1001", "--reason={}"),
    "disposition": ("agent", "disposition", "1001", "--", "{}"),
    "dial string": (
        *("campaign", "create", "--name", "n", "--kind", "sales", "--queue", "sales"),
        *("--window", "every day=00:00-24:00", "--dial-string={}"),
    ),
    "window": (
        *("campaign", "create", "--name", "n", "--kind", "sales", "--queue", "sales"),
        *("--dial-string", "PJSIP/{number}@t", "--window={}"),
    ),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_odd_words_are_refused_in_plain_lines_and_change_nothing(
    waihu: Terminal, command: str
) -> None:
    waihu.campaign()
    waihu.contact()
    before = everything(waihu)
    for odd in ODD:
        arguments = [part.replace("{}", odd) for part in COMMANDS[command]]
        said = waihu(*arguments)
        assert said.code in {1, 2, 3}, (odd, said)
        assert said.err, odd
        assert said.out == "", odd
        assert "Traceback" not in said.err
    assert everything(waihu) == before


def everything(waihu: Terminal) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""

    async def read(room: Room) -> dict[str, list[tuple[object, ...]]]:
        async with room.database.reading() as connection:
            return {
                table.name: [tuple(row) for row in await connection.execute(table.select())]
                for table in metadata.sorted_tables
            }

    return waihu.on_file(read)


def test_whatever_a_list_holds_what_is_dialed_is_plus_and_digits(waihu: Terminal) -> None:
    waihu.campaign()
    quoted = (odd.replace('"', '""') for odd in ODD if odd not in {"", "\x00"})
    rows = "".join(f'"{odd[:200]}","{odd}"\n' for odd in quoted)
    path = waihu.list_of(f"姓名,电话\n{rows}好人,13812345670\n")
    report = waihu.well("list", "import", path, "--campaign", "hot", "--json").json["import"]
    assert report["added"] >= 1
    assert report["rows"] == report["added"] + report["refused"] + report["duplicates_in_file"]

    async def numbers(room: Room) -> list[str]:
        ids = [await room.contacts.find(str(at + 1)) for at in range(report["added"])]
        shown = [await room.contacts.show(found) for (found,) in ids]
        return [number.e164 for one in shown for number in one.contact.numbers]

    found = waihu.on_file(numbers)
    assert "+8613812345670" in found
    assert all(map(is_e164, found))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty", b"", "is empty"),
        ("zeros", b"\x00" * 4096, "is no text"),
        ("half of utf-16", "电话\n13812345678\n".encode("utf-16")[:-1], "is not UTF-16 LE"),
        ("wrong bytes", b"\xe7\x94\xb5\n\xff\xff\xff\n", "is neither UTF-8"),
        ("workbook", b"PK\x03\x04....", "is a damaged workbook"),
        ("header alone", "电话,姓名\n".encode(), "no rows under it"),
    ],
)
def test_a_file_that_is_no_list_loads_nothing_and_leaves_nothing_behind(
    waihu: Terminal, name: str, content: bytes, told: str
) -> None:
    waihu.campaign()
    before = everything(waihu)
    path = waihu.folder / f"{name}.csv"
    path.write_bytes(content)
    files = sorted(waihu.folder.iterdir())
    assert told in waihu.fails(2, "list", "import", str(path), "--campaign", "hot")
    assert everything(waihu) == before
    assert sorted(waihu.folder.iterdir()) == files


def test_a_huge_field_and_a_quote_that_is_never_closed_cost_only_their_rows(
    waihu: Terminal,
) -> None:
    waihu.campaign()
    huge, good = "x" * 2_000_000, "".join(f"好人,1381234{n:04}\n" for n in range(300))
    path = waihu.list_of(f'姓名,电话\n{huge},13912345678\n"从不关上,13912345679\n{good}')
    report = waihu.well("list", "import", path, "--campaign", "hot", "--json").json["import"]
    assert (report["added"], report["refused"]) == (300, 2)
    assert set(report["reasons"]) == {"line_too_long", "bad_quoting"}


def test_a_list_in_gb18030_is_looked_at_loaded_and_loaded_again(waihu: Terminal) -> None:
    waihu.campaign()
    text = "客户编号,客户姓名,联系电话\n1,镕基,13812345670\n2,㐀生僻,021-62881234\n3,坏,12\n"
    path = waihu.list_of(text, encoding="gb18030")
    load = ("list", "import", path, "--campaign", "hot", "--json")
    dry, first, again = (
        waihu.well(*load, *more).json["import"] for more in (["--dry-run"], [], [])
    )
    assert {one["encoding"] for one in (dry, first, again)} == {"gb18030"}
    assert [one["added"] for one in (dry, first, again)] == [2, 2, 0]
    assert again["duplicates_in_campaign"] == 2
    names = [
        waihu.well("contact", "show", who, "--json").json["contacts"][0]["name"] for who in "12"
    ]
    assert names == ["镕基", "㐀生僻"]
