// Keys of the desk. Single keys hold only outside of fields and never while a word is being
// composed; those with which a browser does its own things are left alone.

import { make } from "/static/dom.js";

const OFF = "waihu.desk.keys";

/** Listens. `acts` maps names (`F2`, `1`, `Ctrl+Enter`) to what is done; it is asked each time. */
export function listen(acts) {
  document.addEventListener("keydown", (event) => {
    const name = nameOf(event);
    if (name === null || (isSingle(name) && (!singleKeys() || isField(event.target)))) return;
    const act = acts()[name];
    if (!act) return;
    event.preventDefault();
    act(event);
  });
}

/** Whether a word is being composed (an input method is at work): then no key is ours. */
export function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

/** A key as it stands on the keyboard. */
export function key(name) {
  return make("kbd", { "aria-hidden": "true" }, name);
}

function nameOf(event) {
  if (isComposing(event) || event.altKey || event.metaKey) return null;
  if (event.key === "Enter" && event.ctrlKey) return event.shiftKey ? "Ctrl+Shift+Enter" : "Ctrl+Enter";
  if (event.ctrlKey) return null;
  if (/^F\d+$/.test(event.key)) return event.shiftKey ? null : event.key;
  return event.key.length === 1 ? event.key.toLowerCase() : null;
}

function isSingle(name) {
  return name.length === 1;
}

function isField(element) {
  if (document.querySelector("dialog[open]")) return true;
  const typed = element.closest?.("textarea, select, [contenteditable]");
  const input = element.closest?.("input:not([type=radio], [type=checkbox], [type=button])");
  return Boolean(typed || input);
}

/** Whether single keys act; whoever speaks to the machine may have them off (WCAG 2.1.4). */
export function singleKeys() {
  try {
    return localStorage.getItem(OFF) !== "off";
  } catch {
    return true;
  }
}

/** Turns them on or off, for this browser. */
export function setSingleKeys(on) {
  try {
    localStorage.setItem(OFF, on ? "on" : "off");
  } catch {
    // Storage may be barred; they stay on.
  }
}
