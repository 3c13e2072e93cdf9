"""Which column of a list holds what.

Owns: the column names that are understood by themselves (Chinese and English), the operator's
own map (`phone=联系方式`), and what a row's cells mean under a map. Must not know how the file
is read, nor whether a number is good.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from campaigns.numbers import NumberKind


class ListField(StrEnum):
    """What a column can hold that the product understands; all else is custom data."""

    REFERENCE = "reference"
    NAME = "name"
    PHONE = "phone"
    TIME_ZONE = "timezone"


class ColumnFault(StrEnum):
    """Why a list's columns cannot be used."""

    NO_PHONE_COLUMN = "no_phone_column"
    NO_SUCH_COLUMN = "no_such_column"
    BAD_COLUMN_FLAG = "bad_column_flag"


class ColumnsRefusedError(Exception):
    """The columns do not fit. `wanted` is what was asked for, `headers` what the file has."""

    def __init__(self, fault: ColumnFault, *, wanted: str, headers: Sequence[str] = ()) -> None:
        self.fault = fault
        self.wanted = wanted
        self.headers = tuple(headers)
        super().__init__(_sentence(fault, wanted, self.headers))


def _sentence(fault: ColumnFault, wanted: str, headers: tuple[str, ...]) -> str:
    found = "; the file's columns are: " + ", ".join(headers)
    match fault:
        case ColumnFault.NO_PHONE_COLUMN:
            return f"no column is known to hold phone numbers; name it with phone=COLUMN{found}"
        case ColumnFault.NO_SUCH_COLUMN:
            return f"there is no column {wanted!r}{found}"
        case ColumnFault.BAD_COLUMN_FLAG:
            known = ", ".join(ListField)
            return f"{wanted!r} is no column map; write FIELD=COLUMN, where FIELD is one of {known}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMap:
    """Positions of the columns. `custom` are the other columns with the name to keep them by."""

    phones: tuple[int, ...]
    reference: int | None = None
    name: int | None = None
    time_zone: int | None = None
    custom: tuple[tuple[str, int], ...] = ()


class PhoneCell(NamedTuple):
    """A number as it was written, and what its column's header calls it."""

    text: str
    kind: NumberKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFacts:
    """What a row says, cells stripped; `phones` are the non-empty ones as they were written."""

    reference: str
    name: str
    time_zone: str
    phones: tuple[PhoneCell, ...]
    custom: dict[str, str]
    priority: str = ""
    appointment: str = ""
    appointment_agent: str = ""
    consent: str = ""
    consent_proof: str = ""
    consent_at: str = ""


_NAMES: Final[Mapping[ListField, str]] = {
    ListField.REFERENCE: (
        "编号 客户编号 序号 客户号 户号 工单号 id 編號 客戶編號 序號 客戶號 戶號 "
        "reference ref customerid customerno contactid recordid no"
    ),
    ListField.NAME: (
        "姓名 客户姓名 客户名称 客户 联系人 业主 业主姓名 名字 名称 "
        "客戶姓名 客戶名稱 客戶 聯絡人 聯繫人 業主 業主姓名 名稱 "
        "name fullname customer customername contact contactname"
    ),
    ListField.PHONE: (
        "电话 手机 号码 联系电话 手机号 手机号码 电话号码 联系方式 联系号码 座机 固话 固定电话 "
        "家庭电话 住宅电话 办公电话 公司电话 移动电话 备用电话 其他电话 业主电话 客户电话 本人电话 "
        "電話 手機 號碼 聯絡電話 聯繫電話 手機號 手機號碼 電話號碼 聯絡方式 行動電話 市話 市內電話 "
        "住宅電話 公司電話 家用電話 備用電話 "
        "phone phonenumber phoneno mobile mobilephone mobilenumber cell cellphone tel telephone "
        "telephonenumber number homephone workphone landline msisdn"
    ),
    ListField.TIME_ZONE: "时区 時區 timezone tz zone",
}
_FIELD_OF: Final = {name: field for field, names in _NAMES.items() for name in names.split()}
# The columns that the file of refused rows adds; loading it again leaves them out.
OWN_PREFIX: Final = "waihu_"
_REMARK: Final = re.compile(r"\(.*\)\s*$")
# What a terminal would obey becomes a sign; a note may have lines, and loses Windows' line ends.
_OBEYED: Final = {
    **dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], "\ufffd"),
    ord("\n"): "\n",
    ord("\t"): "\t",
    ord("\r"): None,
}
_IGNORED: Final = re.compile(r"[\s_\-*:()\[\]./#]+")


def parse_column_flags(flags: Sequence[str]) -> dict[ListField, tuple[str, ...]]:
    """Read `phone=手机` and the like; a field may be given several times (several phones).

    Raises:
        ColumnsRefusedError: a flag is not FIELD=COLUMN with a known FIELD.
    """
    chosen: dict[ListField, tuple[str, ...]] = {}
    for flag in flags:
        field, _, column = flag.partition("=")
        try:
            known = ListField(field.strip().lower())
        except ValueError:
            raise ColumnsRefusedError(ColumnFault.BAD_COLUMN_FLAG, wanted=flag) from None
        if not column.strip():
            raise ColumnsRefusedError(ColumnFault.BAD_COLUMN_FLAG, wanted=flag)
        chosen[known] = (*chosen.get(known, ()), column.strip())
    return chosen


def map_columns(
    headers: Sequence[str], chosen: Mapping[ListField, Sequence[str]] | None = None
) -> ColumnMap:
    """Find the columns: those `chosen` by the operator, for the other fields by their names.

    Raises:
        ColumnsRefusedError: a chosen column is not there, or no column holds phone numbers.
    """
    found = _by_name(headers)
    for field, columns in (chosen or {}).items():
        found[field] = [_position(headers, column) for column in columns]
    phones = tuple(dict.fromkeys(found[ListField.PHONE]))
    if not phones:
        raise ColumnsRefusedError(ColumnFault.NO_PHONE_COLUMN, wanted="phone", headers=headers)
    single = {field: positions[0] for field, positions in found.items() if positions}
    taken = {*phones, *single.values()}
    return ColumnMap(
        phones=phones,
        reference=single.get(ListField.REFERENCE),
        name=single.get(ListField.NAME),
        time_zone=single.get(ListField.TIME_ZONE),
        custom=_custom(headers, taken),
    )


def row_facts(cells: Sequence[str], columns: ColumnMap) -> RowFacts:
    """Read a row by its map. A missing cell is empty; cells past the header are kept nowhere."""

    def cell(position: int | None) -> str:
        if position is None or position >= len(cells):
            return ""
        text = cells[position]
        return (text if text.isprintable() else text.translate(_OBEYED)).strip()

    return RowFacts(
        reference=cell(columns.reference),
        name=cell(columns.name),
        time_zone=cell(columns.time_zone),
        phones=tuple(
            PhoneCell(cells[position], NumberKind.PHONE)
            for position in columns.phones
            if position < len(cells) and cells[position].strip()
        ),
        custom={name: text for name, position in columns.custom if (text := cell(position))},
    )


def _by_name(headers: Sequence[str]) -> dict[ListField, list[int]]:
    found: dict[ListField, list[int]] = {field: [] for field in ListField}
    for position, header in enumerate(headers):
        field = _field_of(header)
        if field is not None:
            found[field].append(position)
    return found


def _field_of(header: str) -> ListField | None:
    """Know a header by itself or without a remark in brackets: 姓名（必填）."""
    for text in (header, _REMARK.sub("", unicodedata.normalize("NFKC", header))):
        plain = _plain(text)
        if (field := _FIELD_OF.get(plain)) is not None:
            return field
        # 电话2, phone 2: a further column of the same kind; only phones come in several.
        if _FIELD_OF.get(plain.rstrip("0123456789")) is ListField.PHONE:
            return ListField.PHONE
    return None


def _plain(header: str) -> str:
    return _IGNORED.sub("", unicodedata.normalize("NFKC", header)).casefold()


def _position(headers: Sequence[str], column: str) -> int:
    for same in (str.strip, _plain):
        for position, header in enumerate(headers):
            if same(header) == same(column):
                return position
    raise ColumnsRefusedError(ColumnFault.NO_SUCH_COLUMN, wanted=column, headers=headers)


def _custom(headers: Sequence[str], taken: set[int]) -> tuple[tuple[str, int], ...]:
    """Name the other columns; a name that comes twice gets its position behind it."""
    named: dict[str, int] = {}
    for position, header in enumerate(headers):
        if position in taken or header.startswith(OWN_PREFIX):
            continue
        name = header.translate(_OBEYED).strip() or f"column {position + 1}"
        named[name if name not in named else f"{name} ({position + 1})"] = position
    return tuple(named.items())
