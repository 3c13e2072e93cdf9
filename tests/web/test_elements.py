"""R25: whatever others have named themselves is text on our pages, and never markup or script."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from supervisor.web.pages import STATIC
from tests.web.board_stage import visited

VENDOR = STATIC / "vendor"
MAKERS = re.compile(
    r"createElement|innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|parseFromString"
    r"|createContextualFragment|document\.write|srcdoc|\beval\(|new Function|new Option"
)

HOSTILE = """<img src="/x" onerror="window.hit = true">"""


def test_elements_are_made_in_one_place_and_never_of_markup() -> None:
    scripts = [one for one in STATIC.rglob("*.js") if VENDOR not in one.parents]
    found = {
        one.relative_to(STATIC).as_posix(): MAKERS.findall(one.read_text("utf-8"))
        for one in scripts
    }
    assert {name: what for name, what in found.items() if what} == {"dom.js": ["createElement"]}


async def test_strings_are_text_and_never_a_listener(tmp_path: Path) -> None:
    made = await _made(tmp_path, TEXT, HOSTILE)
    assert made == {"elements": 0, "text": HOSTILE * 2, "title": HOSTILE, "refused": "TypeError"}


async def test_what_is_none_is_left_out_and_a_list_is_its_members(tmp_path: Path) -> None:
    made = await _made(tmp_path, LEFT_OUT, None)
    assert (
        made == '<p class="note bad" id="a" hidden="" tabindex="0" data-n="">1<b></b>2<i></i></p>'
    )


async def test_listeners_are_called_with_their_event(tmp_path: Path) -> None:
    assert await _made(tmp_path, LISTENERS, None) == ["click", "dblclick"]


async def test_what_does_not_differ_is_not_set_again(tmp_path: Path) -> None:
    assert await _made(tmp_path, CHANGED, None) == {"text": 1, "level": ["1", None], "changes": 3}


async def _made(folder: Path, script: str, given: object) -> Any:
    async with visited(folder) as (_stage, visitor):
        page = await visitor.open("/floor")
        return await page.evaluate(script, given)


TEXT = """async (hostile) => {
  const { make, put } = await import("/static/dom.js");
  const half = make("b", { title: hostile }, hostile);
  const other = make("b", {});
  put(other, hostile);
  const made = make("p", {}, [half], other);
  let refused = null;
  try {
    make("p", { onclick: hostile });
  } catch (error) {
    refused = error.name;
  }
  return {
    elements: made.querySelectorAll("img").length,
    text: made.textContent,
    title: half.title,
    refused,
  };
}"""

LEFT_OUT = """async () => {
  const { make } = await import("/static/dom.js");
  const none = { title: null, lang: undefined, inert: false };
  const facts = { id: "a", hidden: true, tabindex: 0, "data-n": "", ...none };
  return make("p.note.bad", facts, null, 1, [make("b"), undefined, 2], false, make("i")).outerHTML;
}"""

LISTENERS = """async () => {
  const { make } = await import("/static/dom.js");
  const heard = [];
  const listen = (event) => heard.push(event.type);
  const made = make("button", { onclick: listen, ondblclick: listen });
  made.click();
  made.dispatchEvent(new Event("dblclick"));
  return heard;
}"""

CHANGED = """async () => {
  const { make, mark, put } = await import("/static/dom.js");
  const made = make("p", {}, "0");
  const watch = new MutationObserver(() => {});
  watch.observe(made, { attributes: true, childList: true });
  for (const text of [1, "1"]) put(made, text);
  const level = [];
  for (const value of [1, "1", null, null]) {
    mark(made, "data-level", value);
    level.push(made.getAttribute("data-level"));
  }
  const changes = watch.takeRecords().length;
  return { text: Number(made.textContent), level: [level[1], level[3]], changes };
}"""
