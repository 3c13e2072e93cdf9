// The bar of the own seat: state, time, what comes next, the phone, the day's figures, the buttons.

import { left, since, span, until } from "/static/desk/clock.js";
import { key } from "/static/desk/keys.js";
import { redraw } from "/static/desk/redraw.js";
import { signInRow } from "/static/desk/sign-in-view.js";
import { make } from "/static/dom.js";
import { t } from "/static/words.js";

const SHAPES = {
  ready: "○",
  reserved: "◔",
  talking: "●",
  wrap_up: "✎",
  paused: "▮▮",
  signing_in: "◔",
  signed_out: "–",
  unknown: "?",
};

/** The state's one word, with the reason of a break. */
export function lookWords({ look, reason }) {
  const word = t(`desk.look.${look}`);
  return look === "paused" && reason ? `${word} · ${reasonWords(reason)}` : word;
}

/** The reason of a break: our own worded, others as they were set. */
export function reasonWords(reason) {
  const worded = t(`desk.reason.${reason}`);
  return worded === `desk.reason.${reason}` ? reason : worded;
}

/** Draws the bar. */
export function showSeat(desk) {
  const { seat, pending } = desk;
  redraw(
    document.getElementById("seat"),
    stateBox(seat, pending),
    seat.next ? make("span.next", { id: "next" }, nextWords(seat.next)) : null,
    make("div.seat-acts", {}, acts(desk)),
    phone(seat),
    figures(desk.today),
    signInRow(desk),
  );
}

function nextWords(next) {
  return next === "notes" ? t("desk.held_short") : t("desk.after", { what: reasonWords(next) });
}

/** Every second: the clocks of the bar. */
export function tickSeat({ seat }) {
  const timer = document.getElementById("timer");
  if (!timer || !seat.since) return;
  timer.textContent = since(seat.since);
  const due = document.getElementById("due");
  if (!due) return;
  due.textContent = dueWords(seat);
  due.classList.toggle("soon", left(seat.due_at) <= 10);
}

function stateBox(seat, pending) {
  const word = pending ? t("desk.changing") : lookWords(seat);
  const due = seat.due_at ? make("span.due.figures", { id: "due" }, dueWords(seat)) : null;
  return make(
    "div.state",
    { "data-look": seat.look ?? "unknown", id: "state" },
    make("span.shape", { "aria-hidden": "true" }, SHAPES[seat.look] ?? "?"),
    make("strong.word", {}, word),
    make("span.timer.figures", { id: "timer" }, seat.since ? since(seat.since) : ""),
    due,
  );
}

function dueWords({ look, due_at: due }) {
  return t(look === "reserved" ? "desk.look_left" : "desk.wrap_left", { time: until(due) });
}

function acts(desk) {
  const { seat, choices } = desk;
  if (!seat.phone) return [];
  const ready = seat.look === "ready" || (["talking", "wrap_up"].includes(seat.look) && !seat.next);
  const found = [];
  if (seat.look === "talking") {
    found.push(button("hang-up", "desk.hang_up", "F2", () => desk.hangUp()));
  }
  if (!ready) found.push(button("ready", "desk.go_ready", "F8", () => desk.setStatus("ready")));
  if (ready) found.push(breakMenu(desk, choices.reasons));
  if (choices.preview.length > 0 && ["ready", "paused"].includes(seat.look)) {
    found.push(button("fetch", "desk.next_contact", "", () => desk.nextContact()));
  }
  if (["ready", "paused"].includes(seat.look)) {
    found.push(make("span.gap", { "aria-hidden": "true" }), button("sign-out", "desk.sign_out", "", () => desk.signOut()));
  }
  return found;
}

function button(id, words, shortcut, act) {
  return make(
    "button.button.tall",
    { type: "button", id, onclick: act },
    t(words),
    shortcut ? key(shortcut) : null,
  );
}

function breakMenu(desk, reasons) {
  const menu = make("div.menu", { role: "group", "aria-label": t("desk.go_break") });
  const label = ["talking", "wrap_up"].includes(desk.seat.look) ? "desk.break_after" : "desk.go_break";
  menu.append(make("span.menu-label", {}, t(label), key("F8")));
  for (const [nth, reason] of reasons.entries()) {
    menu.append(
      make(
        "button.button.tall",
        { type: "button", id: `break-${nth}`, onclick: () => desk.setStatus("not_ready", reason) },
        reasonWords(reason),
      ),
    );
  }
  return menu;
}

function phone({ phone: there, link_up: link }) {
  const state = !link ? "no-link" : there ? "there" : "gone";
  const words = t(`desk.phone.${state}`);
  return make("span.phone", { "data-phone": state, id: "phone" }, there && link ? "☎ " : "✕ ", words);
}

function figures(today) {
  if (!today) return null;
  const talk = today.talk_s === null ? "–" : span(today.talk_s * 1000);
  const told = [
    ["desk.day.calls", today.calls],
    ["desk.day.successes", today.successes],
    ["desk.day.talk", talk],
    ["desk.day.late", today.late.length],
  ];
  return make(
    "dl.day",
    {},
    told.map(([words, value]) =>
      make("div", {}, make("dt", {}, t(words)), make("dd.figures", {}, String(value))),
    ),
  );
}
