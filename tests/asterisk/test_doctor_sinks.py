"""`waihu doctor` tries the programs that are to be told, against real ones (R18)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from asterisk.doctor.codes import Code, Level
from asterisk.doctor.findings import Finding
from asterisk.doctor.sinks import examine_sinks
from asterisk.lab.ports import free_port
from config.settings import PathSettings, Settings
from config.sink_settings import MqttSettings, RedisSettings
from tests.real_mosquitto import real_mosquitto
from tests.real_redis import real_redis

RIGHT, WRONG = "open-sesame", "open-barley"


async def examined(folder: Path, **sections: Any) -> list[Finding]:
    paths = PathSettings(database=folder / "w.db", run=folder, log=folder / "w.log")
    return await examine_sinks(Settings(paths=paths, **sections))


async def test_where_none_is_wanted_that_is_well(tmp_path: Path) -> None:
    (finding,) = await examined(tmp_path)
    assert (finding.code, finding.level) == (Code.SINKS_NONE, Level.OK)


@pytest.mark.parametrize(("word", "code"), [(RIGHT, Code.SINK_OK), (WRONG, Code.SINK_AWAY)])
async def test_both_are_reached_and_logged_in_to(tmp_path: Path, word: str, code: Code) -> None:
    login = ("waihu", RIGHT)
    secret = SecretStr(word)
    with (
        real_redis(tmp_path, password=RIGHT) as redis,
        real_mosquitto(tmp_path, login=login) as mqtt,
    ):
        findings = await examined(
            tmp_path,
            redis=RedisSettings(url=f"redis://127.0.0.1:{redis.port}", password=secret),
            mqtt=MqttSettings(host="127.0.0.1", port=mqtt.port, user="waihu", password=secret),
        )
    assert [finding.code for finding in findings] == [code, code]
    assert all(WRONG not in finding.text for finding in findings)


async def test_one_that_is_away_is_a_warning_with_its_cure(tmp_path: Path) -> None:
    away = RedisSettings(url=f"redis://127.0.0.1:{free_port()}")
    (finding,) = await examined(tmp_path, redis=away)
    assert finding.level is Level.WARNING
    assert finding.cure is not None
    assert "[redis]" in finding.cure


async def test_a_password_that_others_may_read_is_a_fault(tmp_path: Path) -> None:  # R25
    file = tmp_path / "password"
    file.write_text(RIGHT)
    file.chmod(0o644)
    (finding,) = await examined(tmp_path, mqtt=MqttSettings(host="h", user="u", password_file=file))
    assert finding.level is Level.FAULT
    assert "chmod 600" in finding.text
