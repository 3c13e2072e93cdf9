// Small parts of pages made by script: elements, times, notes, and a question before what cannot
// be taken back.

import { t } from "/static/words.js";

/** An element. `facts`: properties; `data-…`, `aria-…`, `role`, `for` and `class` as attributes. */
export function make(tag, facts = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (value === null || value === undefined) continue;
    if (/^(data-|aria-|role$|for$|class$|scope$)/.test(name)) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A moment on the site's clock, as 2026-11-23 09:00, which all read alike; of none, "". */
export function moment(iso, zone) {
  if (!iso) return "";
  return new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(new Date(iso));
}

/** Shows what came of an act in `place`, a note with role="status" or "alert". */
export function tell(place, words, { good = false } = {}) {
  place.className = good ? "note good" : "note bad";
  place.textContent = words;
  place.hidden = words === "";
}

/** Asks once; gives true if the person said yes. */
export function sure(question, yes) {
  const dialog = make("dialog", { class: "ask", "aria-labelledby": "ask-words" });
  const no = make("button", { class: "button", type: "button", textContent: t("ask.no") });
  const go = make("button", { class: "button danger", type: "button", textContent: yes });
  dialog.append(
    make("p", { id: "ask-words", textContent: question }),
    make("div", { class: "row end" }, no, go),
  );
  document.body.append(dialog);
  return new Promise((resolve) => {
    let answer = false;
    no.addEventListener("click", () => dialog.close());
    go.addEventListener("click", () => {
      answer = true;
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    dialog.showModal();
    no.focus();
  });
}

/** Puts the text on the clipboard; where that is barred (no TLS), it is selected instead. */
export async function copy(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    return false;
  }
}
