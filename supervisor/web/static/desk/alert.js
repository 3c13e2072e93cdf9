// What the agent did not do himself is told by a banner, a sound and the tab's title.

import { make } from "/static/dom.js";
import { onLanguage, t } from "/static/words.js";

const box = () => document.getElementById("notices");
let plain = "";
let flashing = null;
let sounds = null;

/** Shows a banner until it is closed, or another of the same `kind` comes. `acts`: its buttons. */
export function notice(kind, tone, text, acts = []) {
  take(kind);
  const close = make(
    "button.button.quiet",
    { type: "button", "aria-label": t("desk.close"), onclick: () => take(kind) },
    "✕",
  );
  const words = make("span.notice-text", {}, text);
  box().append(make(`div.notice.${tone}`, { "data-kind": kind }, words, ...acts, close));
}

/** What is shown is so many seconds old: said once, counted on without a word to screen readers. */
export function old(seconds) {
  if (!box().querySelector('[data-kind="old"]')) {
    take("old");
    const count = make("span.figures", { "aria-hidden": "true", id: "old-count" });
    box().prepend(make("div.notice.bad", { "data-kind": "old" }, make("span", {}, t("desk.old")), count));
  }
  document.getElementById("old-count").textContent = `${seconds} s`;
}

/** Takes a banner away. */
export function take(kind) {
  box().querySelector(`[data-kind="${kind}"]`)?.remove();
}

/** Somebody or something else has changed what the agent does: seen, heard, and in the title. */
export function alarm(kind, text) {
  notice(kind, "warn", text);
  beep();
  flash(text);
}

/** What the tab is called. */
export function title(text) {
  plain = text;
  if (flashing === null) document.title = text;
}

function flash(text) {
  clearInterval(flashing);
  let on = true;
  document.title = `● ${text}`;
  flashing = setInterval(() => {
    on = !on;
    document.title = on ? `● ${text}` : plain;
  }, 1000);
  const end = () => {
    clearInterval(flashing);
    flashing = null;
    document.title = plain;
    for (const name of ["focus", "keydown", "pointerdown"]) removeEventListener(name, end);
  };
  for (const name of ["focus", "keydown", "pointerdown"]) addEventListener(name, end);
}

function beep() {
  try {
    sounds ??= new AudioContext();
    const tone = sounds.createOscillator();
    const volume = sounds.createGain();
    volume.gain.value = 0.08;
    tone.frequency.value = 660;
    tone.connect(volume).connect(sounds.destination);
    tone.start();
    tone.stop(sounds.currentTime + 0.18);
  } catch {
    // Without sound there are still banner and title.
  }
}

onLanguage(() => {
  for (const one of box()?.querySelectorAll("button[aria-label]") ?? []) {
    one.setAttribute("aria-label", t("desk.close"));
  }
});
