"""Keys and the lines they stand on."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.toml_file import read_toml

TEXT = '''# a comment
name = "x"
[windows]
"mon-fri" = [
  "09:00-12:00",
]
[a.b]
c.d = 1
[[queues]]
name = "one"
[[queues]]
name = "two"
text = """
name = "not a key"
"""
last = 1
'''


@pytest.mark.parametrize(
    ("location", "line"),
    [
        (("name",), 2),
        (("windows",), 3),
        (("windows", "mon-fri"), 4),
        (("windows", "mon-fri", 0), 4),
        (("a", "b", "c", "d"), 8),
        (("queues", 0, "name"), 10),
        (("queues", 1, "name"), 12),
        (("queues", 1, "last"), 16),
        (("queues", 1, "missing"), 11),
        (("nowhere",), None),
    ],
)
def test_a_key_is_found_on_its_line(
    tmp_path: Path, location: tuple[int | str, ...], line: int | None
) -> None:
    path = tmp_path / "x.toml"
    path.write_text(TEXT, encoding="utf-8")
    assert read_toml(path).line_of(location) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [(b"a = 1\nb = \n", 2), (b"a = 1\na = 2\n", 2), (b'a = 1\n\nb = """x', 3), (b"a=1\n\xff", 2)],
)
def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path, text: bytes, line: int) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(text)
    with pytest.raises(ConfigError) as caught:
        read_toml(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")


@pytest.mark.parametrize(
    ("value", "said"),
    [("[" * 100_000, "nested too deeply"), ("9" * 5_000, "a number too long")],
    ids=["brackets", "digits"],
)
def test_what_has_no_end_is_a_fault_of_the_file(tmp_path: Path, value: str, said: str) -> None:
    path = tmp_path / "waihu.toml"
    path.write_text(f"a = {value}", encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        read_toml(path)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\n")
    assert read_toml(path).data == {"a": 1}


def test_a_file_that_is_not_there_is_the_operators_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_toml(tmp_path / "none.toml")
