"""How much a text looks like Chinese that people write.

Owns: which characters are common, and a text's score. It tells GB18030 from Big5: nearly every
file of the one can be decoded as the other, but then its characters are odd ones. Must not know
where the text comes from.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

# Families, given names, places, and what lists are about: the characters of their cells.
_EVERYDAY: Final = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許邓鄧"
    "韩韓冯馮曹彭曾肖蕭田董潘袁蔡蒋蔣余于杜叶葉程魏苏蘇吕呂丁任卢盧姚沈钟鍾姜崔谭譚陆陸"
    "范汪廖石金韦韋贾賈夏付方邹鄒熊白孟秦邱侯江尹薛洪赖賴詹游简簡柯翁施欧歐阳陽"
    "伟偉芳娜敏静靜丽麗强強磊军軍洋勇艳艷杰傑娟涛濤明超秀霞平刚剛桂英华華玉兰蘭建国國"
    "文辉輝志美淑惠雅婷怡君俊宏家豪冠宇佳玲雯春生红紅梅云雲海波飞飛龙龍凤鳳燕小大子"
    "一二三四五六七八九十百千万萬年月日时時分元号號"
    "北京上海天津重庆慶广廣州深圳南东東西中山川湖河省市县縣区區镇鎮乡鄉村路街道巷弄栋棟"
    "室楼樓层層单單门門里裡园園花苑城新安台臺湾灣高雄桃竹苗彰化投义義"
    "姓名电電话話手机機码碼联聯系繫絡络编編序客户戶公司地址备備注註工单單业業主性别別男女"
    "先生小姐士住宅办辦固定移动動行动邮郵箱件身份证證类類型状狀态態期间間服务務产產品价價"
    "格数數量金额額合同约約回访訪预預投诉訴报報修满滿意度是否有无無不的在人了我他这這个個"
    "们們来來到说說和为為以要就出会會可也你对對能自己之"
)
_WIDE_SIGNS: Final = re.compile(r"[\u3001-\u3011\uff01-\uff5e]")
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_WEIGHT_EVERYDAY: Final = 1.0
_WEIGHT_COMMON: Final = 0.5


@cache
def _common() -> frozenset[str]:
    """The first levels of GB 2312 (3,755 characters) and of Big5 (5,401): what is in use."""
    gb = (bytes((lead, trail)) for lead in range(0xB0, 0xD8) for trail in range(0xA1, 0xFF))
    big5 = (
        bytes((lead, trail))
        for lead in range(0xA4, 0xC7)
        for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    )
    return frozenset(
        "".join(pair.decode("gb2312", "ignore") for pair in gb)
        + "".join(pair.decode("big5", "ignore") for pair in big5)
    )


def commonness(text: str) -> tuple[float, int]:
    """Return how common the characters beyond ASCII are, 0 to 1, and how many there are."""
    characters = _NOT_ASCII.findall(text)
    if not characters:
        return 0.0, 0
    return sum(map(_weight, characters)) / len(characters), len(characters)


def _weight(character: str) -> float:
    if character in _EVERYDAY:
        return _WEIGHT_EVERYDAY
    common = character in _common() or _WIDE_SIGNS.fullmatch(character) is not None
    return _WEIGHT_COMMON if common else 0.0
