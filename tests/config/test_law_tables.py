"""What a campaign file says of the law, and that nothing of it is lost on file."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaigns.books import Books
from campaigns.calendars import unknown
from campaigns.campaign import Campaign
from campaigns.consent import ConsentBasis
from campaigns.law.law_choice import UNLESS_SAID, LawChoice
from campaigns.windows import parse
from config.campaign_file import CampaignFile
from config.errors import ConfigError
from config.regulation_file import load_regulations
from store.codec import decode_campaign, encode_campaign

BOOKS = Books(calendar=unknown, regulations=load_regulations())
CAMPAIGN = """\
name = "autumn"
kind = "sales"
dial_string = "PJSIP/{number}@trunk"
queue = "sales"
windows = { "every day" = ["09:00-12:00"] }
"""


def campaign(folder: Path, more: str) -> Campaign:
    path = folder / "autumn.toml"
    path.write_text(CAMPAIGN + more, encoding="utf-8")
    return CampaignFile.load(path).campaign(1, "Asia/Shanghai", BOOKS)


def test_what_is_not_said_is_left_to_the_house(tmp_path: Path) -> None:
    made = campaign(tmp_path, "")
    assert (made.law, made.consent, made.filter) == (UNLESS_SAID, None, None)


@pytest.mark.parametrize(
    "more",
    [
        'law = ["auto", "us-reg-f"]\nconsent = "contract"\n',
        "filter = '城市 = \"上海\" and not vip'\n",
        '[law]\nprofiles = ["auto"]\nwiden = "07:00-22:00"\nreason = "夜班回访, 已批准"\n',
        '[consent]\nbasis = "request"\nproof = "recording 4711"\n',
    ],
)
def test_it_is_kept_as_it_was_said(tmp_path: Path, more: str) -> None:
    made = campaign(tmp_path, more)
    assert decode_campaign(1, "autumn", encode_campaign(made), BOOKS) == made


def test_profiles_widening_and_ground(tmp_path: Path) -> None:
    made = campaign(
        tmp_path,
        'consent = "contract"\n[law]\nprofiles = ["cn"]\nwiden = "07:00-22:00"\nreason = "r"\n',
    )
    assert made.law == LawChoice(profiles=("cn",), widened=parse("07:00-22:00"), reason="r")
    assert made.consent is not None
    assert made.consent.basis is ConsentBasis.CONTRACT


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[law]\nprofiles = ["auto"]\nwiden = "07:00-22:00"\n', "6: law: .* written reason"),
        ('[law]\nwiden = "22:00-07:00"\nreason = "r"\n', "7: law.widen: .* closes before"),
        ("law = []\n", "6: law.profiles"),
        ('law = ["us-reg-f"]\n', "6: law: .* left out only for a written reason"),
        ('law = ["auto", "us-reg-g"]\n', "no regulation us-reg-g"),
        ('consent = "perhaps"\n', "6: consent.basis: .* not one of consent, request or contract"),
        ('filter = "tries <"\n', "6: filter: at sign 8: the text ends; a value is expected"),
    ],
)
def test_what_cannot_hold_is_refused_with_the_line(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        campaign(tmp_path, more)


def test_a_definition_from_before_the_law_is_under_what_holds_unless_said(tmp_path: Path) -> None:
    definition = encode_campaign(campaign(tmp_path, "")).replace('"law"', '"flaw"')
    assert decode_campaign(1, "autumn", definition, BOOKS).law == UNLESS_SAID
