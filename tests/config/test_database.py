"""Where the database is, and that its password is shown to nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.database import password_of, target_of
from config.errors import ConfigError
from config.loading import load_settings

URL = "postgresql://waihu@/waihu?host=/run/postgresql"


def written(folder: Path, text: str) -> Path:
    path = folder / "waihu.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_url_it_is_the_file_of_the_paths(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, '[paths]\ndatabase = "x.db"\n'))
    assert target_of(settings) == tmp_path / "x.db"
    assert password_of(settings) is None
    assert settings.site.engine == "engine-1"


def test_a_url_names_a_postgresql_in_file_or_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, f'[database]\nurl = "{URL}"\n')
    assert target_of(load_settings(path)) == URL
    monkeypatch.setenv("WAIHU_DATABASE_URL", "postgres://elsewhere/waihu")
    assert target_of(load_settings(path)) == "postgres://elsewhere/waihu"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://waihu:hunter2@db/waihu", "must hold no password"),
        ("postgresql://db/waihu?password=hunter2", "must hold no password"),
        ("mysql://waihu@db/waihu", "must begin with postgresql://"),
        ("waihu.db", "must begin with postgresql://"),
        ("postgresql://[db/waihu", "is no URL"),
    ],
)
def test_a_wrong_url_is_refused_and_its_password_not_repeated(  # I9
    tmp_path: Path, url: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        load_settings(written(tmp_path, f'[database]\nurl = "{url}"\n'))
    assert "waihu.toml:2: database.url" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_the_password_comes_from_the_environment_or_a_file_of_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    (tmp_path / "secret").chmod(0o600)
    path = written(tmp_path, f'[database]\nurl = "{URL}"\npassword_file = "secret"\n')
    assert password_of(load_settings(path)) == "hunter2"
    monkeypatch.setenv("WAIHU_DATABASE_PASSWORD", "hunter3")
    settings = load_settings(path)
    assert password_of(settings) == "hunter3"
    assert "hunter" not in repr(settings)


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        ("hunter2", 0o640, r"others may read .* \(mode 0640\); chmod 600"),
        ("", 0o600, "is empty"),
        (None, 0, "No such file"),
    ],
)
def test_a_password_file_that_others_may_read_or_that_says_nothing_is_refused(  # R25
    tmp_path: Path, content: str | None, mode: int, said: str
) -> None:
    secret = tmp_path / "secret"
    if content is not None:
        secret.write_text(content)
        secret.chmod(mode)
    path = written(tmp_path, f'[database]\nurl = "{URL}"\npassword_file = "{secret}"\n')
    with pytest.raises(ConfigError, match=said) as refused:
        password_of(load_settings(path))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("name", ["", "engine 1", "-1", "x" * 41, "引擎"])
def test_an_engine_has_a_plain_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="is no engine's name"):
        load_settings(written(tmp_path, f'[site]\nengine = "{name}"\n'))
