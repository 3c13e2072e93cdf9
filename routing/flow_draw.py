"""A flow as a picture: Mermaid, SVG, and a tree for the terminal.

Owns: labels, layout and escaping. Pure, and without words of any language but the flow's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from routing.flow import (
    Branch,
    Case,
    Collect,
    Enqueue,
    FindOrder,
    Flow,
    HangUp,
    Look,
    Lookup,
    Manner,
    Menu,
    OpeningHours,
    OpenOrder,
    Overflow,
    Play,
    RequestCallBack,
    Sayings,
    SetLanguage,
    Step,
    Survey,
    Transfer,
    Voicemail,
    sayings,
    ways,
)

_LONGEST: Final = 34
_BOX_W, _BOX_H, _LINE_H, _GAP_X, _GAP_Y, _MARGIN = 190, 52, 14, 26, 64, 20
_CHARACTER_W: Final = 6.2
_WIDE_FROM: Final = "\u2e80"
_FILL: Final[Mapping[type, str]] = {
    Enqueue: "#dff0d8",
    Transfer: "#dff0d8",
    Voicemail: "#e8e3f5",
    RequestCallBack: "#e8e3f5",
    HangUp: "#f3f3f3",
    Menu: "#fdf3d0",
    Collect: "#fdf3d0",
    Lookup: "#dbeafe",
    FindOrder: "#dbeafe",
    OpenOrder: "#dbeafe",
}


def does(step: Step) -> str:  # noqa: C901, PLR0911, PLR0912  one line a kind of step
    """What a step does, in the words of its file: `queue waihu-inbound`."""
    match step:
        case Play():
            return "play"
        case Menu():
            return "menu"
        case Collect(into=into):
            return f"collect {into}"
        case SetLanguage(language=language):
            return f"language {language}"
        case OpeningHours(hours=hours):
            return f"hours {hours}"
        case Branch():
            return "branch"
        case Lookup(url=url):
            return f"lookup {url.partition('://')[2].partition('/')[0]}"
        case FindOrder(number=number):
            return f"order {number or '{number}'}"
        case OpenOrder(kind=kind):
            return f"open order {kind}"
        case Look(queue=queue):
            return f"look {queue}"
        case Enqueue(queue=queue, last_agent=last_agent):
            return f"queue {queue} last_agent" if last_agent else f"queue {queue}"
        case Voicemail(box=box):
            return f"voicemail {box}"
        case Transfer(extension=extension, context=context):
            return f"transfer {extension}@{context}"
        case RequestCallBack():
            return "callback"
        case Survey(questions=questions):
            return f"survey of {len(questions)}"
        case HangUp():
            return "hangup"


def says(say: Sayings, language: str) -> str:
    """The words of it in that language, sounds by their names."""
    parts = (
        words if one.manner in {Manner.TEXT, Manner.SOUND} else f"<{one.manner} {words}>"
        for one in say
        if (words := one.in_language(language))
    )
    return " ".join(parts)


def _when(step: Step, way: str) -> str:
    """What leads along a way, short: the key, or what a case asks."""
    kind, _blank, rest = way.partition(" ")
    if kind == "key":
        return rest
    if kind == "case" and isinstance(step, Branch):
        return _asks(step.cases[int(rest) - 1])
    if kind == "overflow" and isinstance(step, Enqueue):
        return _overflows(step.overflow[int(rest) - 1])
    return way


def _overflows(one: Overflow) -> str:
    if one.waiting is not None:
        return f"waiting ≥ {one.waiting}"
    return f"≥ {one.expected_s} s" if one.after_s is None else f"{one.after_s} s"


def _asks(case: Case) -> str:
    parts = []
    if case.known is not None:
        parts.append("?" if case.known else "–")
    if case.one_of:
        parts.append("= " + "/".join(one or "–" for one in case.one_of))
    if case.lowest is not None:
        parts.append(f"≥ {case.lowest:g}")
    if case.highest is not None:
        parts.append(f"≤ {case.highest:g}")
    return f"{case.fact} {' '.join(parts)}"


def edges(flow: Flow) -> list[tuple[str, str, str]]:
    """From, to, and when; several ways between the same two steps are told together."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, step in flow.steps.items():
        for way, to in ways(step):
            if to in flow.steps and to is not None:
                found.setdefault((name, to), []).append(_when(step, way))
    return [(one, other, ", ".join(when)) for (one, other), when in found.items()]


# ── Mermaid ──────────────────────────────────────────────────────────────────────────────


def mermaid(flow: Flow) -> str:
    """A flowchart for Markdown. Nodes are numbered: a name may be a word of Mermaid's own."""
    ids = {name: f"s{nth}" for nth, name in enumerate(flow.steps)}
    lines = ["flowchart TD", f'  start(("{_quoted(flow.name)}")) --> {ids.get(flow.start, "?")}']
    lines += [f'  {ids[name]}["{_mermaid_label(flow, name)}"]' for name in flow.steps]
    for one, other, when in edges(flow):
        lines.append(f'  {ids[one]} -->|"{_quoted(when)}"| {ids[other]}')
    return "\n".join(lines) + "\n"


def _mermaid_label(flow: Flow, name: str) -> str:
    return "<br/>".join(_quoted(line) for line in _label(flow, name) if line)


def _quoted(text: str) -> str:
    """Mermaid's own way of entities: `#` begins one."""
    plain = text.replace("#", "#35;").replace('"', "#quot;")
    return plain.replace("<", "#lt;").replace(">", "#gt;")


def _label(flow: Flow, name: str) -> tuple[str, str]:
    step = flow.steps[name]
    said = says(step.say, flow.languages[0]) if sayings(step) and hasattr(step, "say") else ""
    second = does(step) + (f": {said}" if said else "")
    return name, second if len(second) <= _LONGEST else second[: _LONGEST - 1] + "…"


# ── a tree ───────────────────────────────────────────────────────────────────────────────


def tree(flow: Flow) -> Iterator[str]:
    """Lines for a terminal; a step that was told before is named only, with an arrow."""
    told: set[str] = set()
    yield flow.name
    yield from _branch(flow, flow.start, "", "", told, last=True)
    for name in flow.steps:
        if name not in told:
            yield from _branch(flow, name, "", "", told, last=True)


def _branch(
    flow: Flow, name: str, when: str, front: str, told: set[str], *, last: bool
) -> Iterator[str]:
    twig, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
    lead = f"{when} → " if when else ""
    step = flow.steps.get(name)
    if step is None or name in told:
        yield f"{front}{twig}{lead}{name} {'?' if step is None else '↑'}"
        return
    told.add(name)
    yield f"{front}{twig}{lead}{name}: {_label(flow, name)[1]}"
    onward = [(to, _when(step, way)) for way, to in ways(step) if to is not None]
    for nth, (to, why) in enumerate(onward, start=1):
        yield from _branch(flow, to, why, front + below, told, last=nth == len(onward))


# ── SVG ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """A step's place. `far`: its ways to other rows than the next, which are told, not drawn."""

    x: float
    y: float
    height: int
    row: int
    far: tuple[str, ...]


def svg(flow: Flow) -> str:
    """A picture that stands alone: steps in rows by their distance from the start.

    Arrows lead to the next row only; lines across the whole picture would hide it.
    """
    boxes, width, height = _layout(flow)
    arrows = [
        _arrow(boxes[one], boxes[other], when)
        for one, other, when in edges(flow)
        if boxes[other].row == boxes[one].row + 1
    ]
    parts = arrows + [_drawn(flow, name, box) for name, box in boxes.items()]
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" '
        'font-size="12">\n<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" '
        'markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#777"/>'
        f'</marker></defs>\n<rect width="{width}" height="{height}" fill="#ffffff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _layout(flow: Flow) -> tuple[dict[str, _Box], int, int]:
    """Where each step stands, and the picture's width and height."""
    rows = _rows(flow)
    row_of = {name: nth for nth, row in enumerate(rows) for name in row}
    far: dict[str, list[str]] = {name: [] for name in flow.steps}
    for one, other, when in edges(flow):
        if row_of[other] != row_of[one] + 1:
            far[one].append(f"{when} → {other}")
    width = max(len(row) for row in rows) * (_BOX_W + _GAP_X) - _GAP_X + 2 * _MARGIN
    boxes: dict[str, _Box] = {}
    y = _MARGIN
    for nth, row in enumerate(rows):
        left = (width - len(row) * (_BOX_W + _GAP_X) + _GAP_X) / 2
        heights = [_BOX_H + _LINE_H * len(far[name]) for name in row]
        for across, (name, height) in enumerate(zip(row, heights, strict=True)):
            x = left + across * (_BOX_W + _GAP_X)
            boxes[name] = _Box(x=x, y=y, height=height, row=nth, far=tuple(far[name]))
        y += max(heights) + _GAP_Y
    return boxes, width, y - _GAP_Y + _MARGIN


def _rows(flow: Flow) -> list[list[str]]:
    onward: dict[str, list[str]] = {name: [] for name in flow.steps}
    for one, other, _why in edges(flow):
        onward[one].append(other)
    row = [flow.start] if flow.start in flow.steps else []
    seen, rows = set(row), []
    while row:
        rows.append(row)
        row = list(dict.fromkeys(to for name in row for to in onward[name] if to not in seen))
        seen.update(row)
    lost = [name for name in flow.steps if name not in seen]
    return [*rows, lost] if lost else rows


def _drawn(flow: Flow, name: str, box: _Box) -> str:
    first, second = _label(flow, name)
    fill = _FILL.get(type(flow.steps[name]), "#ffffff")
    frame = f'<rect x="{box.x:g}" y="{box.y:g}" width="{_BOX_W}" height="{box.height}" rx="7"'
    lines = [(first, 21, 'font-weight="bold"'), (second, 39, 'fill="#333"')]
    lines += [
        (way, _BOX_H + 2 + nth * _LINE_H, 'font-size="10" fill="#06c"')
        for nth, way in enumerate(box.far)
    ]
    middle = box.x + _BOX_W / 2
    return f'{frame} fill="{fill}" stroke="#555"/>' + "".join(
        f'<text x="{middle:g}" y="{box.y + down:g}" text-anchor="middle" {look}>'
        f"{escape(_fitting(text))}</text>"
        for text, down, look in lines
    )


def _fitting(text: str) -> str:
    """As much of a text as a box holds; a Chinese character is as wide as two others."""
    left, kept = _BOX_W - 14.0, ""
    for character in text:
        left -= _CHARACTER_W * (2 if character >= _WIDE_FROM else 1)
        if left < 0:
            return kept.rstrip("…") + "…"
        kept += character
    return kept


def _arrow(above: _Box, below: _Box, when: str) -> str:
    """From box to box, with its label near the head: at the tails those of a menu overlap."""
    x1, y1 = above.x + _BOX_W / 2, above.y + above.height
    x2, y2 = below.x + _BOX_W / 2, below.y
    bend = (y1 + y2) / 2
    x, y = x1 + (x2 - x1) * 0.85, y1 + (y2 - y1) * 0.75
    return (
        f'<path d="M{x1:g} {y1:g}C{x1:g} {bend:g} {x2:g} {bend:g} {x2:g} {y2:g}" fill="none" '
        f'stroke="#999" marker-end="url(#a)"/><text x="{x:g}" y="{y:g}" text-anchor="middle" '
        'font-size="10" fill="#06c" stroke="#fff" stroke-width="3" paint-order="stroke">'
        f"{escape(_fitting(when))}</text>"
    )
