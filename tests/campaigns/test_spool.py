"""A list that comes through a pipe."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from campaigns.lists.readers import inspect_list, read_rows
from campaigns.lists.spool import spooled
from campaigns.row.list_faults import ListFault, ListRefusedError


def test_a_stream_is_read_as_a_file_that_only_its_owner_reads_and_that_goes() -> None:
    with spooled(io.BytesIO("电话,姓名\n138,张三\n".encode())) as path:
        shape = inspect_list(path)
        assert [row.cells for row in read_rows(shape)] == [("138", "张三")]
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert path.name == "standard-input"
    assert not path.parent.exists()


def test_what_is_longer_than_allowed_is_refused_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(ListRefusedError) as caught, spooled(io.BytesIO(b"x" * 101), 100):
        pass
    assert caught.value.fault is ListFault.TOO_BIG
    assert str(caught.value) == "standard-input is longer than 100 bytes"
    assert list(tmp_path.iterdir()) == []
