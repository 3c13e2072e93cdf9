"""English or Chinese: which one is spoken, and catalogues that have every text exactly once."""

from __future__ import annotations

import ast
import gettext
import importlib.util
import re
import string
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from asterisk.errors import AnswerOverdue, LinkLost, LoginRefused
from campaigns.outcomes import Disposition, outcome_of
from config import language
from config.language import CHINESE, ENGLISH, LANGUAGES, TAIWANESE, VARIABLES, language_of
from dialer.messages import StoreHealth
from store.errors import StoreBusyError, StoreUnusableError
from store.health import Health
from supervisor.fault_words import fault_sentence
from supervisor.words import agent_words, branch_words, outcome_words, pause_word

ROOT = Path(__file__).parents[2]
ROOMS = ("agi", "asterisk", "campaigns", "config", "dialer", "routing", "store", "supervisor")
TRANSLATIONS = (CHINESE, TAIWANESE)
CHARACTERS = {"Hans": "gb2312", "Hant": "big5"}
# In both character sets, but written otherwise in Taiwan when they mean what we say with them.
NOT_IN_TAIWAN = frozenset("后里么几于云松")
MAINLAND_WORDS = (
    *("信息", "默認", "程序", "運行", "設置", "文件", "數據", "加載", "導入", "創建", "支持"),
    *("隊列", "項目", "服務器", "網絡", "用戶", "端口", "進程", "許可權", "軟件", "硬盤", "菜單"),
    *("外呼", "空閑", "示忙", "小結", "禁呼", "坐席", "呼損", "列名", "單元格", "屏幕", "質量"),
)
# Said otherwise by our own glossary, at the head of zh_CN's texts.
NOT_THE_HOUSES_WORDS = ("活动", "免打扰", "坐席", "外呼任务", "密钥", "客户", "通话结果")
REFERENCE = "客户编号"
THE_NAME = "Waihu 外呼"
STATE_COLUMNS = 8
OUTCOME_COLUMNS = 14


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """Every text of the program that an operator reads, and where it stands."""
    keywords = {"_": None, "mark": None}
    places: dict[str, str] = {}
    for room in ROOMS:
        for file, line, text, *_rest in extract_from_dir(ROOT / room, keywords=keywords):
            assert isinstance(text, str)
            places.setdefault(text, f"{room}/{file}:{line}")
    return places


@pytest.fixture(scope="module", params=TRANSLATIONS)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    """Each translation in turn."""
    return catalogue_of(request.param)


@pytest.fixture(scope="module")
def chinese(catalogue: Catalog) -> dict[str, str]:
    return {english_of(message): str(message.string) for message in entries(catalogue)}


@pytest.fixture
def spoken_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module by itself in a new folder, where no catalogue is compiled yet."""
    for name in (*VARIABLES, "LANGUAGE"):
        monkeypatch.setenv(name, "")
    domain, folder = gettext.textdomain(), gettext.bindtextdomain(language.DOMAIN)
    yield copy_of_the_module(tmp_path)
    gettext.textdomain(domain)
    gettext.bindtextdomain(language.DOMAIN, folder)


def copy_of_the_module(folder: Path) -> ModuleType:
    path = folder / "language.py"
    path.write_bytes((ROOT / "config" / "language.py").read_bytes())
    spec = importlib.util.spec_from_file_location("language_by_itself", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def place_of(translation: str) -> Path:
    return Path("locale") / translation / "LC_MESSAGES" / "waihu.po"


def catalogue_of(translation: str) -> Catalog:
    with (ROOT / "config" / place_of(translation)).open("rb") as file:
        return read_po(file, locale=translation, abort_invalid=True)


def compile_into(folder: Path) -> None:
    """Both translations, as the set-up does it."""
    for translation in TRANSLATIONS:
        target = (folder / place_of(translation)).with_suffix(".mo")
        target.parent.mkdir(parents=True)
        with target.open("wb") as file:
            write_mo(file, catalogue_of(translation))


def entries(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def english_of(message: Message) -> str:
    assert isinstance(message.id, str)
    return message.id


def placeholders(text: str) -> list[tuple[str, str | None, str | None]]:
    parts = string.Formatter().parse(text)
    return sorted((name, form, how) for _text, name, form, how in parts if name is not None)


def edges(text: str) -> tuple[str, str]:
    """The blanks before and after: texts are put together by them."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


# ── the catalogue ────────────────────────────────────────────────────────────────────────


def test_no_text_is_said_inside_a_formatted_string() -> None:
    """The extractor does not see it there: it would be on no list of what to translate."""
    unseen = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for formatted in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(formatted, ast.JoinedStr)
        for call in ast.walk(formatted)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "_"
    ]
    assert unseen == []


def test_every_text_of_the_program_is_in_the_catalogue(
    said: dict[str, str], chinese: dict[str, str]
) -> None:
    assert {text: place for text, place in said.items() if text not in chinese} == {}


def test_no_text_hides_within_another() -> None:
    """The catalogue's reader does not look into f-strings."""
    hidden = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for room in ROOMS
        for file in sorted((ROOT / room).rglob("*.py"))
        for text in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        if call.func.id in {"_", "mark"}
    ]
    assert hidden == []


def test_the_catalogue_has_nothing_that_the_program_does_not_say(
    said: dict[str, str], catalogue: Catalog
) -> None:
    assert [text for text in map(english_of, entries(catalogue)) if text not in said] == []
    assert not catalogue.obsolete


def test_every_text_is_translated_and_nobody_is_unsure(catalogue: Catalog) -> None:
    assert not catalogue.fuzzy
    assert [one.id for one in entries(catalogue) if one.fuzzy or not one.string] == []


def test_a_translation_has_the_placeholders_of_its_text(chinese: dict[str, str]) -> None:
    wrong = {
        text: translation
        for text, translation in chinese.items()
        if placeholders(text) != placeholders(translation)
    }
    assert wrong == {}


def test_a_translation_begins_and_ends_with_the_blanks_of_its_text(
    chinese: dict[str, str],
) -> None:
    assert {text: put for text, put in chinese.items() if edges(text) != edges(put)} == {}


def test_each_translation_is_written_in_its_own_characters(catalogue: Catalog) -> None:
    """What is only simplified is not in Big5, what is only traditional not in GB 2312."""
    assert catalogue.locale is not None
    written = CHARACTERS[str(catalogue.locale.script)]
    letters = set("".join(str(message.string) for message in entries(catalogue)))
    strange = {one for one in letters if "一" <= one <= "鿿" and not one.encode(written, "ignore")}
    assert strange == set()


def test_the_taiwanese_one_is_said_as_in_taiwan() -> None:
    said = [str(one.string) for one in entries(catalogue_of(TAIWANESE)) if one.id != THE_NAME]
    assert [text for text in said if not NOT_IN_TAIWAN.isdisjoint(text)] == []
    assert [text for text in said if any(word in text for word in MAINLAND_WORDS)] == []


def test_the_mainlands_one_has_one_name_for_one_thing() -> None:
    said = [str(one.string).replace(REFERENCE, "") for one in entries(catalogue_of(CHINESE))]
    assert [text for text in said if any(word in text for word in NOT_THE_HOUSES_WORDS)] == []


def faults_of_a_slow_database() -> list[str]:
    """What the watch over the database says of a write that hangs, and of one that took long."""
    told: list[StoreHealth] = []
    for looked_at in (True, False):
        now = [0.0]
        health = Health(told.append, partial(now.__getitem__, 0))
        with health.watched():
            now[0] = 2.0
            if looked_at:
                health.look()
    return [one.text for one in told]


FAULTS = (
    str(StoreBusyError(5)),
    str(StoreUnusableError("/srv/waihu.db", "database or disk is full")),
    str(LinkLost("10.1.2.3:5038 does not answer: Connection refused")),
    str(LinkLost("Asterisk shuts down")),
    str(LoginRefused("waihu", "Authentication failed")),
    str(LinkLost(str(AnswerOverdue("Ping", 5)))),
    *faults_of_a_slow_database(),
)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_ails_an_engine_is_said_in_the_readers_language(
    fault: str, chinese: dict[str, str]
) -> None:
    """No two English words in a row: paths, names and addresses stay."""
    said = fault_sentence(fault, lambda text: chinese[text])
    assert not re.search(r"[A-Za-z]+ [a-z]+", said), said
    assert fault_sentence(fault, lambda text: text) == fault


def test_a_fault_that_is_not_known_is_shown_as_it_is(chinese: dict[str, str]) -> None:
    told = "The AMI link is down: the moon fell on it"
    assert fault_sentence(told, lambda text: chinese[text]).endswith("the moon fell on it")
    assert fault_sentence("the moon fell {on} it", str.upper) == "the moon fell {on} it"


def test_the_words_of_the_live_view_fit_into_its_columns(chinese: dict[str, str]) -> None:
    states = [*agent_words(chinese.__getitem__).values()]
    states += [
        pause_word(why, chinese.__getitem__) for why in ("break", "login", "lunch", "timeout")
    ]
    assert [word for word in states if cell_len(word) > STATE_COLUMNS] == []
    tree = [
        *branch_words(chinese.__getitem__).values(),
        *outcome_words(chinese.__getitem__).values(),
    ]
    assert [word for word in tree if cell_len(word) > OUTCOME_COLUMNS] == []


def test_an_agents_word_means_one_disposition_in_chinese_too(chinese: dict[str, str]) -> None:
    words = outcome_words(chinese.__getitem__)
    assert len({words[outcome_of(word)] for word in Disposition}) == len(Disposition)


# ── which language ───────────────────────────────────────────────────────────────────────


def test_the_programs_own_variable_goes_before_those_of_the_system() -> None:
    assert language_of({"WAIHU_LANG": "zh-CN", "LC_ALL": "en_US.UTF-8", "LANG": "C"}) == CHINESE
    assert language_of({"WAIHU_LANG": "en", "LC_ALL": "zh_CN.UTF-8", "LANG": "zh_CN"}) == ENGLISH


def test_lc_all_goes_before_lc_messages_and_that_before_lang() -> None:
    assert language_of({"LC_ALL": "zh_CN.UTF-8", "LC_MESSAGES": "C", "LANG": "C"}) == CHINESE
    assert language_of({"LC_ALL": "C", "LC_MESSAGES": "zh_CN", "LANG": "zh_CN"}) == ENGLISH
    assert language_of({"LC_MESSAGES": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}) == CHINESE
    assert language_of({"LANG": "zh_CN.UTF-8"}) == CHINESE


def test_a_variable_that_is_set_to_nothing_does_not_decide() -> None:
    assert language_of({"WAIHU_LANG": "", "LC_ALL": "", "LANG": "zh_CN.UTF-8"}) == CHINESE


@pytest.mark.parametrize(
    "name",
    [
        *("zh", "zh-CN", "zh_CN", "zh_CN.UTF-8", "zh_CN.GB18030", "ZH_cn", "zh-Hans", "zh_SG"),
        *("zh_MY.UTF-8", "zh-Hans-HK"),
    ],
)
def test_simplified_chinese_has_many_names(name: str) -> None:
    assert language_of({"WAIHU_LANG": name}) == CHINESE


@pytest.mark.parametrize(
    "name",
    ["zh-TW", "zh_TW.UTF-8", "zh_TW.Big5", "zh_HK", "zh-MO", "zh-Hant", "zh_Hant_TW", "zh_TW@x"],
)
def test_traditional_chinese_has_many_names_too(name: str) -> None:
    assert language_of({"WAIHU_LANG": name}) == TAIWANESE


@pytest.mark.parametrize("name", ["C", "C.UTF-8", "POSIX", "de_DE.UTF-8", "zhuang", "klingon"])
def test_a_language_that_we_do_not_speak_is_english(name: str) -> None:
    assert language_of({"LANG": name}) == ENGLISH
    assert language_of({}) == ENGLISH


@given(st.dictionaries(st.sampled_from(VARIABLES), st.text()))
def test_whatever_the_environment_says_a_known_language_is_spoken(wishes: dict[str, str]) -> None:
    assert language_of(wishes) in LANGUAGES


# ── speaking ─────────────────────────────────────────────────────────────────────────────


def test_the_environment_decides_what_is_said(
    spoken_anew: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_into(tmp_path)
    assert spoken_anew.translate("talking") == "talking"
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert spoken_anew.translate("talking") == "通话中"
    monkeypatch.setenv("LANG", "zh_HK.UTF-8")
    assert spoken_anew.translate("talking") == "通話中"
    monkeypatch.setenv("WAIHU_LANG", "en")
    assert spoken_anew.translate("talking") == "talking"


def test_a_language_that_was_chosen_goes_before_the_environment(
    spoken_anew: ModuleType, tmp_path: Path
) -> None:
    compile_into(tmp_path)
    spoken_anew.speak("zh-CN")
    assert spoken_anew.spoken() == CHINESE
    assert spoken_anew.translate("do-not-call") == "禁呼"
    spoken_anew.speak(None)
    assert spoken_anew.translate("do-not-call") == "do-not-call"


def test_without_a_compiled_catalogue_it_is_english(spoken_anew: ModuleType) -> None:
    spoken_anew.speak("zh-CN")
    assert spoken_anew.translate("talking") == "talking"


def test_a_text_without_a_translation_is_said_as_it_is(
    spoken_anew: ModuleType, tmp_path: Path
) -> None:
    compile_into(tmp_path)
    spoken_anew.speak("zh-CN")
    assert spoken_anew.translate("waihu-callback") == "waihu-callback"


def test_nothing_to_say_is_nothing_and_not_the_catalogues_header(
    spoken_anew: ModuleType, tmp_path: Path
) -> None:
    compile_into(tmp_path)
    spoken_anew.speak("zh-CN")
    assert spoken_anew.translate("") == ""
