"""The names of columns that are understood by themselves, Chinese and English.

Owns: the words, and how a header is reduced to one. Must not know the positions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from campaigns.phone.numbers import NumberKind


class ListField(StrEnum):
    """What a column can hold that the product understands; all else is custom data."""

    REFERENCE = "reference"
    NAME = "name"
    PHONE = "phone"
    TIME_ZONE = "timezone"
    PRIORITY = "priority"
    APPOINTMENT = "appointment"
    APPOINTMENT_AGENT = "appointment_agent"
    CONSENT = "consent"
    CONSENT_PROOF = "consent_proof"
    CONSENT_AT = "consent_at"


_SINGLE_NAMES: Final[Mapping[ListField, str]] = {
    ListField.REFERENCE: (
        "编号 客户编号 序号 客户号 户号 工单号 id 編號 客戶編號 序號 客戶號 戶號 "
        "reference ref customerid customerno contactid recordid no"
    ),
    ListField.NAME: (
        "姓名 客户姓名 客户名称 客户 联系人 业主 业主姓名 名字 名称 "
        "客戶姓名 客戶名稱 客戶 聯絡人 聯繫人 業主 業主姓名 名稱 "
        "name fullname customer customername contact contactname"
    ),
    ListField.TIME_ZONE: "时区 時區 timezone tz zone",
    ListField.PRIORITY: "优先级 优先 优先级别 優先級 優先 優先順序 優先級別 priority prio",
    ListField.APPOINTMENT: (
        "预约时间 回访时间 预约回访时间 约定时间 回电时间 下次回访时间 "
        "預約時間 回訪時間 預約回訪時間 約定時間 回電時間 下次回訪時間 "
        "appointment appointmentat appointmenttime callbackat callbacktime"
    ),
    ListField.APPOINTMENT_AGENT: (
        "预约坐席 预约座席 指定坐席 指定座席 预约专员 回访专员 專屬專員 "
        "預約座席 預約坐席 指定座席 預約專員 回訪專員 預約客服 "
        "appointmentagent callbackagent"
    ),
    ListField.CONSENT: (
        "同意依据 授权依据 同意类型 同意依據 授權依據 同意類型 consent consentbasis lawfulbasis"
    ),
    ListField.CONSENT_PROOF: (
        "同意凭证 授权凭证 同意证明 同意憑證 授權憑證 同意證明 consentproof proofofconsent"
    ),
    ListField.CONSENT_AT: (
        "同意时间 授权时间 同意日期 授权日期 同意時間 授權時間 同意日期 授權日期 "
        "consentat consenttime consentdate"
    ),
}
_PHONE_NAMES: Final[Mapping[NumberKind, str]] = {
    NumberKind.PHONE: (
        "电话 号码 联系电话 电话号码 联系方式 联系号码 备用电话 其他电话 业主电话 客户电话 "
        "本人电话 電話 號碼 聯絡電話 聯繫電話 電話號碼 聯絡方式 備用電話 其他電話 業主電話 "
        "客戶電話 本人電話 "
        "phone phonenumber phoneno tel telephone telephonenumber number otherphone msisdn"
    ),
    NumberKind.MOBILE: (
        "手机 手机号 手机号码 移动电话 联系手机 备用手机 "
        "手機 手機號 手機號碼 行動電話 行動電話號碼 聯絡手機 備用手機 "
        "mobile mobilephone mobilenumber mobileno cell cellphone cellnumber"
    ),
    NumberKind.HOME: (
        "家庭电话 住宅电话 家里电话 家庭號碼 家庭电话号码 宅电 "
        "家庭電話 住宅電話 家用電話 家裡電話 宅電 home homephone homenumber hometel"
    ),
    NumberKind.WORK: (
        "办公电话 公司电话 单位电话 工作电话 辦公電話 公司電話 單位電話 工作電話 "
        "work workphone worknumber office officephone officenumber businessphone companyphone"
    ),
    NumberKind.FIXED: (
        "座机 固话 固定电话 座机号 座机号码 固话号码 座機 固話 固定電話 市話 市內電話 室內電話 "
        "landline landlinenumber fixedline fixedphone"
    ),
    NumberKind.TOLL_FREE: "免费电话 免費電話 免付費電話 tollfree tollfreenumber freephone",
}
_FIELD_OF: Final = {name: field for field, names in _SINGLE_NAMES.items() for name in names.split()}
_KIND_OF: Final = {name: kind for kind, names in _PHONE_NAMES.items() for name in names.split()}
_REMARK: Final = re.compile(r"\(.*\)\s*$")
_IGNORED: Final = re.compile(r"[\s_\-*:()\[\]./#]+")


def field_of(header: str) -> ListField | None:
    """Know a header by itself or without a remark in brackets: 姓名（必填）."""
    if kind_of(header) is not None:
        return ListField.PHONE
    return next((_FIELD_OF[name] for name in _forms(header) if name in _FIELD_OF), None)


def kind_of(header: str) -> NumberKind | None:
    """Return what kind of number a header names, None if it names no number.

    电话2, phone 2: a further column of the same kind; only phones come in several.
    """
    for name in _forms(header):
        for form in (name, name.rstrip("0123456789")):
            if (kind := _KIND_OF.get(form)) is not None:
                return kind
    return None


def plain_header(header: str) -> str:
    """Return what is left when case, width, blanks and decoration do not matter."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", header)).casefold()


def _forms(header: str) -> tuple[str, str]:
    without_remark = _REMARK.sub("", unicodedata.normalize("NFKC", header))
    return plain_header(header), plain_header(without_remark)
