"""Settings: defaults, under the file, under the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaigns.outcomes import Disposition
from config.errors import ConfigError
from config.loading import load_settings
from config.locations import SYSTEM_CONFIG, SYSTEM_STATE, find_config, state_folder

EXAMPLE = Path(__file__).parents[2] / "config" / "waihu.example.toml"


def settings_file(folder: Path, text: str) -> Path:
    path = folder / "waihu.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_says_what_the_defaults_are(tmp_path: Path) -> None:
    example = load_settings(EXAMPLE)
    nothing = load_settings(settings_file(tmp_path, ""))
    assert example.model_dump(exclude={"paths"}) == nothing.model_dump(exclude={"paths"})


def test_the_environment_goes_before_the_file_and_the_file_before_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = settings_file(tmp_path, '[ami]\nhost = "10.0.0.1"\nuser = "file"\n')
    monkeypatch.setenv("WAIHU_AMI_USER", "environment")
    ami = load_settings(path).ami
    assert (ami.host, ami.user, ami.port) == ("10.0.0.1", "environment", 5038)


def test_the_secret_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAIHU_AMI_SECRET", "hunter2")
    settings = load_settings(settings_file(tmp_path, ""))
    assert settings.ami.secret is not None
    assert settings.ami.secret.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in settings.model_dump_json()


@pytest.mark.parametrize("secret", ["12345", "['hunter2']", "'a\\r\\nhunter2'"])
def test_a_wrong_secret_is_not_repeated_in_the_error(tmp_path: Path, secret: str) -> None:
    text = f"[ami]\nsecret = {secret}\n".replace("'", '"')
    with pytest.raises(ConfigError) as caught:
        load_settings(settings_file(tmp_path, text))
    assert "ami.secret" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "12345" not in str(caught.value)


def test_all_faults_are_told_at_once_with_line_or_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAIHU_AGI_PORT", "abc")
    path = settings_file(
        tmp_path,
        '[ami]\nport = 99999\nsecrett = "a"\n[[queues]]\nname = "inbound"\n'
        '[[queues]]\nname = "b"\nstrategy = "x"\n',
    )
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert str(caught.value).splitlines()[:3] == [
        'WAIHU_AGI_PORT: "abc" is not a whole number',
        f"{path}:2: ami.port: 99999 must be at most 65535",
        f"{path}:3: ami.secrett: is not known; did you mean secret?",
    ]
    assert f"{path}:8: queues[2].strategy:" in str(caught.value)


def test_a_variable_that_is_no_setting_of_a_section_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAIHU_AMI_SECERT", "hunter2")
    with pytest.raises(ConfigError, match="WAIHU_AMI_SECERT: is not known") as caught:
        load_settings(settings_file(tmp_path, ""))
    assert "hunter2" not in str(caught.value)


def test_a_variable_that_cannot_be_read_is_the_operators_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAIHU_QUEUES", "{not json")
    with pytest.raises(ConfigError, match="WAIHU_"):
        load_settings(settings_file(tmp_path, ""))


def test_relative_paths_start_at_the_files_folder(tmp_path: Path) -> None:
    path = settings_file(tmp_path, '[paths]\ndatabase = "data/x.db"\nrun = "/run/waihu"\n')
    paths = load_settings(path).paths
    assert paths.database == tmp_path / "data" / "x.db"
    assert paths.socket == Path("/run/waihu/waihu.sock")


def test_a_run_folder_too_deep_for_a_socket_is_refused(tmp_path: Path) -> None:
    path = settings_file(tmp_path, f'[paths]\nrun = "/{"x" * 100}"\n')
    with pytest.raises(ConfigError, match=r"waihu.toml:2: paths.run: .* too long for a socket"):
        load_settings(path)


def test_a_number_may_have_a_queue_of_its_own_and_it_must_exist(tmp_path: Path) -> None:  # R9
    numbers = '[inbound.numbers]\n"4008001234" = "sales"\n'
    inbound = load_settings(settings_file(tmp_path, numbers)).inbound
    assert inbound.numbers == {"4008001234": "waihu-sales"}
    with pytest.raises(ConfigError, match="waihu-nowhere"):
        load_settings(settings_file(tmp_path, numbers.replace("sales", "nowhere")))


def test_the_inbound_queue_must_be_one_of_the_queues(tmp_path: Path) -> None:
    path = settings_file(tmp_path, '[inbound]\nqueue = "hotline"\n')
    with pytest.raises(ConfigError, match=r"waihu-hotline, which is not in \[\[queues\]\]"):
        load_settings(path)


def test_keys_are_the_sites_own_and_a_table_replaces_the_usual_one(tmp_path: Path) -> None:
    own = '[agents.keypad]\n1 = "success"\n90 = "refused"\n'
    keypad = load_settings(settings_file(tmp_path, own)).agents.keypad
    assert keypad == {"1": Disposition.SUCCESS, "90": Disposition.REFUSED}
    assert load_settings(settings_file(tmp_path, "[agents.keypad]\n")).agents.keypad == {}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('9 = "refused"', r"waihu.toml:\d: agents.keypad: refused is for good"),
        ('99 = "refused"', "not one digit or two different ones"),
        ('4 = "appointment"', "appointment needs a time"),
        ('1 = "wonderful"', r"waihu.toml:2: agents.keypad.1: .* is not one of"),
    ],
)
def test_keys_that_invite_mistakes_are_refused(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        load_settings(settings_file(tmp_path, f"[agents.keypad]\n{line}\n"))


def test_a_queue_named_twice_is_refused(tmp_path: Path) -> None:
    queues = '[[queues]]\nname = "inbound"\n[[queues]]\nname = "waihu-inbound"\n'
    with pytest.raises(ConfigError, match="waihu-inbound is there twice"):
        load_settings(settings_file(tmp_path, queues))


def test_the_nearest_settings_file_is_taken(tmp_path: Path) -> None:
    folder, home = tmp_path / "here", tmp_path / "home"
    own = home / ".config" / "waihu" / "waihu.toml"
    for path in (folder / "waihu.toml", own):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert find_config({}, folder, home) == folder / "waihu.toml"
    assert find_config({"WAIHU_CONFIG": str(own)}, folder, home) == own
    (folder / "waihu.toml").unlink()
    assert find_config({}, folder, home) == own


def test_a_named_settings_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="WAIHU_CONFIG names nowhere"):
        find_config({"WAIHU_CONFIG": "nowhere"}, tmp_path, tmp_path)


def test_state_goes_beside_the_kind_of_installation(tmp_path: Path) -> None:
    assert state_folder(SYSTEM_CONFIG, tmp_path) == SYSTEM_STATE
    assert state_folder(None, tmp_path).is_relative_to(tmp_path)
