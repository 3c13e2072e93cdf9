"""`[redis]`, `[mqtt]` and `[metrics]`: what they take, and what they refuse (R18, R25)."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.loading import load_settings
from config.settings import Settings
from dialer.sinks import metrics_token, mqtt_place, redis_place

WORD = "open-sesame"


def loaded(folder: Path, text: str) -> Settings:
    file = folder / "waihu.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


def secret_file(folder: Path) -> Path:
    file = folder / "secret"
    file.write_text(WORD + "\n", encoding="utf-8")
    file.chmod(0o600)
    return file


def test_nobody_is_told_unless_it_is_asked_for(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "")
    assert redis_place(settings) is None
    assert mqtt_place(settings) is None
    assert settings.metrics.on is False
    assert settings.redis.pops is settings.mqtt.pops is False


def test_files_are_found_beside_the_settings(tmp_path: Path) -> None:
    secret_file(tmp_path)
    settings = loaded(
        tmp_path,
        '[redis]\nurl = "rediss://u@h:6379/2"\npassword_file = "secret"\nca_file = "ca.pem"\n'
        '[mqtt]\nhost = "h"\nuser = "u"\ntls = true\npassword_file = "secret"\n'
        '[metrics]\non = true\nhost = "0.0.0.0"\ntoken_file = "secret"\n',
    )
    redis, mqtt = redis_place(settings), mqtt_place(settings)
    assert redis is not None
    assert mqtt is not None
    assert (redis.password, redis.ca_file) == (WORD, tmp_path / "ca.pem")
    assert (mqtt.password, mqtt.port) == (WORD, 8883)
    assert metrics_token(settings) == WORD


def test_a_password_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAIHU_REDIS_PASSWORD", WORD)
    redis = redis_place(loaded(tmp_path, '[redis]\nurl = "redis://h"\n'))
    assert redis is not None
    assert redis.password == WORD


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'[redis]\nurl = "redis://u:{WORD}@h"\n', "must hold no password"),
        (f'[redis]\nurl = "redis://h?password={WORD}"\n', "must hold no password"),
        ('[redis]\nurl = "http://h"\n', "must begin with redis://"),
        ('[redis]\nurl = "redis://h/live"\n', "no number of a database"),
        ('[redis]\nurl = "redis://h:port"\n', "is no URL"),
        ("[redis]\nevents_kept = 10\n", "must be at least 1000"),
        ('[mqtt]\nhost = "h"\nca_file = "ca.pem"\n', "write tls = true"),
        ('[mqtt]\nhost = "h"\ntls = true\nkey = "k.pem"\n', "certificate and key"),
        (f'[mqtt]\nhost = "h"\npassword = "{WORD}"\n', "write user as well"),
        ('[metrics]\non = true\nhost = "0.0.0.0"\n', "set token_file"),
        ('[metrics]\non = true\nhost = "metrics.example"\n', "set token_file"),
        ('[metrics]\nhots = "h"\n', "did you mean host?"),
    ],
)
def test_what_cannot_be_is_refused_in_words_that_show_no_secret(
    tmp_path: Path, text: str, said: str
) -> None:  # R25
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, text)
    assert said in str(refused.value)
    assert WORD not in str(refused.value)


def test_a_password_that_others_may_read_is_refused(tmp_path: Path) -> None:  # R25
    secret_file(tmp_path).chmod(0o644)
    settings = loaded(tmp_path, '[redis]\nurl = "redis://h"\npassword_file = "secret"\n')
    with pytest.raises(ConfigError, match="chmod 600"):
        redis_place(settings)
