// The words of the pages: t(key), and a switch of language without reload.
//
// In HTML: data-t="key" fills the text of an element, data-t-title / data-t-aria-label /
// data-t-placeholder / data-t-alt fill these attributes. In scripts: t("key", {n: 3}).
// Whoever draws text by script listens: onLanguage(() => draw()).

export const LANGUAGES = Object.freeze({ "zh-CN": "简体中文", "zh-TW": "繁體中文", en: "English" });
const STORED = "waihu.language";
const ATTRIBUTES = ["title", "aria-label", "placeholder", "alt"];

let words = {};
let spoken = "en";
const listeners = new Set();

/** The text of `key` in the language spoken now; `{name}` is filled from `facts`. */
export function t(key, facts = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in facts ? String(facts[name]) : whole));
}

/** Whether there is a text of that key. */
export function has(key) {
  return key in words;
}

/** The keys that begin so. */
export function keys(prefix) {
  return Object.keys(words).filter((key) => key.startsWith(prefix));
}

/** The language spoken now: "zh-CN", "zh-TW" or "en". */
export function language() {
  return spoken;
}

/** Calls `listener` after each change of language; gives a function that ends it. */
export function onLanguage(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Fills every marked element below `root`. */
export function fill(root = document) {
  for (const element of root.querySelectorAll("[data-t]")) {
    element.textContent = t(element.dataset.t);
  }
  for (const name of ATTRIBUTES) {
    for (const element of root.querySelectorAll(`[data-t-${name}]`)) {
      element.setAttribute(name, t(element.getAttribute(`data-t-${name}`)));
    }
  }
}

/** Speaks `wish` from now on, and remembers it in this browser if `kept`. */
export async function speak(wish, { kept = true } = {}) {
  const chosen = known(wish);
  const answer = await fetch(`/words/${chosen}.json`);
  if (!answer.ok) return;
  words = await answer.json();
  spoken = chosen;
  if (kept) store(chosen);
  document.documentElement.lang = chosen;
  fill();
  for (const listener of listeners) listener(chosen);
}

/** Speaks what this browser last spoke, else what `account` or the browser prefers. */
export async function begin(account = null) {
  await speak(stored() ?? account ?? preferred(), { kept: false });
}

function preferred() {
  return navigator.languages?.[0] ?? navigator.language ?? "en";
}

function known(wish) {
  if (wish in LANGUAGES) return wish;
  const parts = String(wish).toLowerCase().split(/[-_]/);
  if (parts[0] !== "zh") return "en";
  return parts.some((part) => ["hant", "tw", "hk", "mo"].includes(part)) ? "zh-TW" : "zh-CN";
}

function stored() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

function store(chosen) {
  try {
    localStorage.setItem(STORED, chosen);
  } catch {
    // Storage may be barred; the choice then lasts as long as the page.
  }
}
