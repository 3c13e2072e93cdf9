"""The columns and cells of a plan of seats: their names, and what is written in them.

Owns: the names, Chinese and English, and the notations of hours, rates and figures. Must not know
files, rows, nor how many seats an hour takes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from campaigns.row.column_names import plain_header


class PlanColumn(StrEnum):
    """What a column can hold. Times are in seconds, an hour's figures are of that hour."""

    DATE = "date"
    HOUR = "hour"
    CALLS = "calls"
    AHT = "aht"
    PATIENCE = "patience"
    RECORDS = "records"
    ATTEMPTS = "attempts"
    ANSWER_RATE = "answer_rate"
    TALK = "talk"
    WRAP_UP = "wrap_up"


_NAMES: Final[Mapping[PlanColumn, str]] = {
    PlanColumn.DATE: "日期 日 天 day date 通話日期 通话日期",
    PlanColumn.HOUR: "小时 时段 时间段 时间 钟点 小時 時段 時間 hour time interval period",
    PlanColumn.CALLS: (
        "呼入量 呼入 呼入数 呼入电话 来电量 来电数 来电 进线量 进线数 进线 话务量 人工请求量 "
        "呼入電話 來電量 來電數 來電 進線量 進線數 進線 話務量 "
        "calls inbound inboundcalls callsin offered incoming incomingcalls"
    ),
    PlanColumn.AHT: (
        "平均处理时长 处理时长 平均处理时间 呼入处理时长 平均處理時間 處理時間 平均處理時長 "
        "aht handletime averagehandletime"
    ),
    PlanColumn.PATIENCE: "耐心 等待耐心 平均耐心 客户耐心 客戶耐心 patience",
    PlanColumn.RECORDS: (
        "外呼量 外呼名单 外呼名单量 外呼数 名单 名单量 名单数 目标名单 目标数据量 数据量 记录数 "
        "外撥量 外撥名單 名單 名單量 名單數 目標名單 資料量 筆數 "
        "records outbound outboundrecords contacts leads targetrecords"
    ),
    PlanColumn.ATTEMPTS: (
        "拨打次数 最多拨打次数 拨打上限 撥打次數 最多撥打次數 撥打上限 attempts tries maxattempts"
    ),
    PlanColumn.ANSWER_RATE: (
        "接通率 外呼接通率 预计接通率 外撥接通率 預計接通率 answerrate connectrate connectionrate"
    ),
    PlanColumn.TALK: (
        "通话时长 平均通话时长 通话时间 通話時間 平均通話時間 通話時長 "
        "talk talktime averagetalktime"
    ),
    PlanColumn.WRAP_UP: (
        "话后时长 话后处理 话后处理时长 事后处理时长 整理时长 話後處理 話後處理時間 話後時間 "
        "wrapup wrapuptime acw aftercallwork"
    ),
}
_BY_NAME: Final = {
    plain_header(name): column for column, names in _NAMES.items() for name in names.split()
}
_REMARK: Final = re.compile(r"[(\[【].*?[)\]】]")
_HOUR: Final = re.compile(
    r"(\d{1,2})\s*(?:[:点點时時]\s*(\d{2})?\s*分?)?"
    r"(?:\s*(?:[-–—~至到])\s*(\d{1,2})\s*(?:[:点點时時]\s*(\d{2})?\s*分?)?)?",
    re.ASCII,
)
_FIGURE: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+", re.ASCII)
_MOST: Final = 10_000_000.0
_LAST_HOUR: Final = 23
_LAST_MINUTE: Final = 59
_NOT_ZERO: Final = frozenset({PlanColumn.AHT, PlanColumn.ATTEMPTS, PlanColumn.ANSWER_RATE})


def read_figure(column: PlanColumn, text: str) -> float | None:
    """What a cell or a flag says; None: it is no such figure.

    A rate is `30 %`, `30` or `0.3`; from 1 on it is per cent, so that `1` is 1 %. Thousands may
    be parted by commas.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    in_percent = written.endswith("%")
    found = _FIGURE.fullmatch(written.removesuffix("%").rstrip())
    if found is None or (in_percent and column is not PlanColumn.ANSWER_RATE):
        return None
    figure = float(found[0].replace(",", ""))
    if column is PlanColumn.ANSWER_RATE:
        figure = figure / 100 if in_percent or figure >= 1 else figure
        return figure if 0 < figure <= 1 else None
    return figure if figure <= _MOST and (figure or column not in _NOT_ZERO) else None


def read_hour(text: str) -> int | None:
    """`9`, `09:00`, `9点`, `9:00-10:00` or `09:00-09:59`: hour 9. None: no whole hour."""
    found = _HOUR.fullmatch(unicodedata.normalize("NFKC", text).strip().removesuffix("分"))
    if found is None or int(found[1]) > _LAST_HOUR or int(found[2] or 0):
        return None
    hour = int(found[1])
    if found[3] is not None:
        ends = int(found[3]), int(found[4] or 0)
        if ends not in {(hour + 1, 0), (hour, _LAST_MINUTE), ((hour + 1) % 24, 0)}:
            return None
    return hour


def column_of(header: str) -> PlanColumn | None:
    """What a column of that name holds; a remark in brackets, `(秒)`, does not matter."""
    plain = unicodedata.normalize("NFKC", header)
    return _BY_NAME.get(plain_header(plain)) or _BY_NAME.get(plain_header(_REMARK.sub("", plain)))
