// Promising a call: quick keys, a time of one's own, and what is allowed (R4).
//
// The server judges every time by the contact's clock, the windows and the holidays; a time that it
// refuses cannot be chosen here.

import { short, spoken } from "/static/desk/clock.js";
import { redraw } from "/static/desk/redraw.js";
import { make } from "/static/dom.js";
import { send } from "/static/session.js";
import { t } from "/static/words.js";

const QUICK = ["half_hour", "two_hours", "today_18", "tomorrow_morning", "tomorrow_afternoon"];

/** Draws the part, where the outcome is an appointment. */
export function showPromise(desk) {
  const place = document.getElementById("promise");
  if (!place) return;
  const { work } = desk;
  const wanted = work?.draft.body.outcome === "appointment" && work.contact;
  place.hidden = !wanted;
  if (!wanted) {
    place.replaceChildren();
    return;
  }
  if (desk.times?.contact !== work.contact.contact) {
    ask(desk, null);
    return;
  }
  redraw(place, clockLine(desk), quick(desk), own(desk), refusal(desk), load(desk), whose(desk), sentence(desk));
}

/** Asks the server; `at`: a time of the contact's wall clock. */
export async function ask(desk, at) {
  const { work } = desk;
  const contact = work.contact.contact;
  try {
    const told = await send("POST", "/desk/api/times", { contact, at });
    if (desk.work !== work) return;
    desk.times = { contact, ...told };
    if (told.asked && !told.asked.fault) take(desk, told.asked);
  } catch (error) {
    desk.times = { contact, away: error.words, quick: {}, load: [], asked: null };
  }
  showPromise(desk);
}

function take(desk, { at, local }) {
  desk.work.draft.change({ appointment_at: at, appointment_local: local });
}

function choose(desk, time) {
  desk.times.asked = { ...time, fault: null, slots: [] };
  take(desk, time);
  desk.fault = "";
  showPromise(desk);
}

function clockLine({ times }) {
  if (times.away) return make("p.note.bad", {}, times.away);
  if (!times.differs) return null;
  const told = { time: times.now_local.slice(11, 16), zone: times.zone };
  return make("p.zone", { id: "local-time" }, t("desk.local_time", told));
}

function quick(desk) {
  const { times, work } = desk;
  const box = make("div.quick", { role: "group", "aria-label": t("desk.quick") });
  for (const name of QUICK) {
    const time = times.quick[name];
    if (!time) continue;
    const chosen = work.draft.body.appointment_at === time.at;
    const why = time.fault ? t(`desk.time.${time.fault}`) : "";
    box.append(
      make(
        "button.button.tall",
        {
          type: "button",
          id: `quick-${name}`,
          disabled: Boolean(time.fault),
          title: why || null,
          "aria-pressed": String(chosen),
          onclick: () => choose(desk, time),
        },
        make("span", {}, t(`desk.quick.${name}`)),
        make("small.figures", {}, time.fault ? why : short(time.at, times.zone)),
      ),
    );
  }
  return box;
}

function own(desk) {
  const { times, work } = desk;
  const field = make("input.input", {
    id: "own-time",
    type: "datetime-local",
    step: "900",
    min: times.now_local?.slice(0, 16),
    "aria-label": t("desk.own_time"),
    onchange: () => field.value && ask(desk, field.value),
  });
  field.value = (times.asked?.local ?? work.draft.body.appointment_local ?? "").slice(0, 16);
  return make("div.field", {}, make("label", { for: "own-time" }, t("desk.own_time")), field);
}

function refusal(desk) {
  const asked = desk.times.asked;
  if (!asked?.fault) return null;
  return make(
    "div.note.bad",
    { role: "alert", id: "refused-time" },
    make("p", {}, t(`desk.time.${asked.fault}`)),
    asked.slots.length > 0 ? make("p", {}, t("desk.nearest")) : null,
    make(
      "div.slots",
      {},
      asked.slots.map((slot, nth) =>
        make(
          "button.button.tall.figures",
          { type: "button", id: `slot-${nth}`, onclick: () => choose(desk, slot) },
          short(slot.at, desk.times.zone),
        ),
      ),
    ),
  );
}

function load({ times }) {
  const most = Math.max(0, ...times.load.map(({ promised }) => promised));
  if (most === 0) return null;
  const bars = times.load.map(({ local, promised }) => {
    const time = local.slice(11, 16);
    const height = Math.ceil((promised / most) * 4);
    return make("span.bar", { "data-height": String(height), title: `${time}: ${promised}` });
  });
  const words = t("desk.load", { n: times.load.reduce((sum, { promised }) => sum + promised, 0) });
  return make("div.load", { role: "img", "aria-label": words, title: words }, bars);
}

function whose(desk) {
  const { draft } = desk.work;
  const mine = make("input", {
    id: "mine",
    type: "checkbox",
    checked: Boolean(draft.body.mine),
    onchange: () => draft.change({ mine: mine.checked }),
  });
  return make("label.pick", { for: "mine" }, mine, make("span", {}, t("desk.mine")));
}

function sentence({ work, times }) {
  const at = work.draft.body.appointment_at;
  if (!at || times.asked?.fault) return null;
  const text = t("desk.confirm", { time: spoken(at, times.zone) });
  return make("blockquote.script.confirm", { id: "confirm" }, text);
}
