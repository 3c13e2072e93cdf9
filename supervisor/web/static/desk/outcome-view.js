// What came of the call: the list by digits, who it was that answered, the promise, and saving.

import { clock, stamp } from "/static/desk/clock.js";
import { key } from "/static/desk/keys.js";
import { showPromise } from "/static/desk/promise-view.js";
import { redraw } from "/static/desk/redraw.js";
import { reasonWords } from "/static/desk/seat-view.js";
import { make } from "/static/dom.js";
import { t } from "/static/words.js";

const GROUPS = [
  ["connected", ["success", "success_proxy", "unsuccessful", "appointment", "refused"]],
  ["not_through", ["machine"]],
  ["wrong_contact", ["wrong_record", "number_changed", "vacant", "fax"]],
];

/** The key of an outcome: its place in the list, the tenth has 0. */
export function digitOf(outcomes, outcome) {
  const place = outcomes.indexOf(outcome) + 1;
  return place >= 1 && place <= 10 ? String(place % 10) : "";
}

/** Draws the pane. */
export function showOutcome(desk) {
  const pane = document.getElementById("outcome");
  const { work } = desk;
  if (!work) {
    redraw(pane, openWords(desk), make("p.empty", {}, t("desk.no_call")));
    return;
  }
  redraw(
    pane,
    openWords(desk),
    title(work),
    preview(desk),
    desk.previewing ? null : groups(desk),
    proxy(desk),
    desk.previewing ? null : make("div.promise", { id: "promise" }),
    more(desk),
    desk.previewing ? null : saving(desk),
  );
  showPromise(desk);
}

function title({ late, at, contact, draft }) {
  if (!late) return make("h2.pane-title", {}, t("desk.outcome"));
  const name = contact?.name || draft.body.meta?.title || "";
  const told = { name, time: at ? stamp(at) : "" };
  return make("h2.pane-title", {}, t("desk.outcome_late", told));
}

// ── words that are still to come ───────────────────────────────────────────

function openWords(desk) {
  const waiting = desk.waiting();
  if (waiting.length === 0) return null;
  return make(
    "div.open-words",
    {},
    make("span", {}, t("desk.open_words", { n: waiting.length })),
    waiting.slice(0, 3).map(({ call, title: name }) =>
      make(
        "button.button.tall",
        { type: "button", id: `open-${call}`, onclick: () => desk.openCall(call) },
        name || t("desk.unknown"),
      ),
    ),
    desk.work?.late && desk.card
      ? make("button.button.tall", { type: "button", onclick: () => desk.openCard() }, t("desk.back"))
      : null,
  );
}

// ── looking at a contact before it is called ───────────────────────────────

function preview(desk) {
  if (!desk.previewing) return null;
  const why = make("input.input", {
    id: "skip-why",
    maxlength: "200",
    autocomplete: "off",
    placeholder: t("desk.skip_why"),
    "aria-label": t("desk.skip_why"),
  });
  return make(
    "div.preview",
    {},
    make("button.button.main.tall", { type: "button", id: "dial", onclick: () => desk.dial() }, t("desk.dial"), key("F2")),
    why,
    make("button.button.tall", { type: "button", id: "skip", onclick: () => desk.skip(why.value) }, t("desk.skip")),
  );
}

// ── the list ───────────────────────────────────────────────────────────────

function groups(desk) {
  const { work } = desk;
  const box = make("div.outcomes", { role: "radiogroup", "aria-label": t("desk.outcome"), id: "outcomes" });
  if (work.draft.body.outcome === "appointment" && !desk.unfolded) {
    // The promise takes the room: the others are a key, or a press, away.
    box.append(make("div.folded", {}, option(desk, "appointment"), unfold(desk)));
    return box;
  }
  if (work.direction === "inbound") {
    box.append(list(desk, work.outcomes));
    return box;
  }
  for (const [name, members] of GROUPS) {
    const here = work.outcomes.filter((one) => members.includes(one));
    if (here.length === 0) continue;
    box.append(make(`h3.group.${name}`, {}, t(`desk.group.${name}`)), list(desk, here));
  }
  return box;
}

function unfold(desk) {
  return make(
    "button.button.tall",
    {
      type: "button",
      id: "unfold",
      onclick: () => {
        desk.unfolded = true;
        showOutcome(desk);
        document.getElementById("outcome-appointment")?.focus();
      },
    },
    t("desk.other_outcome"),
  );
}

function list(desk, outcomes) {
  return make("div.outcome-list", {}, outcomes.map((outcome) => option(desk, outcome)));
}

function option(desk, outcome) {
  const { work } = desk;
  const chosen = work.draft.body.outcome === outcome;
  const first = !work.draft.body.outcome && outcome === work.outcomes[0];
  const danger = outcome === "refused" ? ".danger" : "";
  return make(
    `button.outcome-option${danger}`,
    {
      type: "button",
      role: "radio",
      id: `outcome-${outcome}`,
      "aria-checked": String(chosen),
      tabindex: chosen || first ? 0 : -1,
      onclick: () => desk.choose_outcome(outcome),
      onkeydown: (event) => step(desk, event),
    },
    key(digitOf(work.outcomes, outcome)),
    make("span", {}, t(`desk.outcome.${outcome}`)),
    chosen ? make("span.tick", { "aria-hidden": "true" }, "✓") : null,
  );
}

function step(desk, event) {
  const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const all = desk.work.outcomes;
  const here = all.indexOf(event.currentTarget.id.replace("outcome-", ""));
  const next = all[(here + by + all.length) % all.length];
  desk.choose_outcome(next);
  document.getElementById(`outcome-${next}`)?.focus();
}

function proxy(desk) {
  const { draft } = desk.work;
  if (draft.body.outcome !== "success_proxy") return null;
  const field = make("input.input", {
    id: "proxy",
    maxlength: "100",
    autocomplete: "off",
    oninput: () => draft.change({ who: field.value }),
  });
  field.value = draft.body.who ?? "";
  return make("div.field", {}, make("label", { for: "proxy" }, t("desk.proxy_who")), field);
}

// ── beside the outcome ─────────────────────────────────────────────────────

function more(desk) {
  const { work, choices } = desk;
  const box = make("div.more", {});
  if (choices.order_kinds.length > 0 && !desk.previewing) {
    box.append(
      make("button.button.tall", { type: "button", id: "order", onclick: () => desk.openOrder() }, t("desk.new_order")),
    );
  }
  if (choices.call_back && work.direction === "inbound" && !work.late) {
    box.append(
      make("button.button.tall", { type: "button", id: "call-back", onclick: () => desk.callBack() }, t("desk.wish_call_back")),
    );
  }
  return box;
}

function saving(desk) {
  const { work, seat } = desk;
  const next = seat.next && seat.next !== "notes";
  const main = next ? t("desk.save_then", { what: reasonWords(seat.next) }) : t("desk.save_ready");
  const busy = desk.saving;
  return make(
    "div.saving",
    {},
    desk.fault ? make("p.note.bad", { role: "alert", id: "save-fault" }, desk.fault) : null,
    make("p.saved", { id: "saved", role: "status" }, savedWords(desk)),
    make("div.save-row", {}, make(
      "button.button.main.tall.wide",
      { type: "button", id: "save", disabled: busy, onclick: () => desk.save("ready") },
      busy ? t("desk.saving") : work.late ? t("desk.save") : main,
      key("Ctrl ⏎"),
    ),
    work.late
      ? make("button.button.tall.wide", { type: "button", id: "discard", onclick: () => desk.discard() }, t("desk.discard"))
      : make(
          "button.button.tall.wide",
          { type: "button", id: "save-break", disabled: busy, onclick: () => desk.save("not_ready") },
          t("desk.save_break"),
          key("Ctrl ⇧ ⏎"),
        )),
  );
}

function savedWords({ savedAt }) {
  return savedAt ? `✓ ${t("desk.saved", { time: clock(savedAt) })}` : "";
}
