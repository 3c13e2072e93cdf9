// The header that all pages share: site, pages by rights, language, appearance, who, sign out.
//
// In HTML: <header id="header"></header> and <main id="content">; in the page's script:
// `const me = await whoAmI(); showHeader(me);`. `slot()` is the place for what a page adds.

import { LANGUAGES, fill, language, onLanguage, speak, t } from "/static/words.js";
import { signOut } from "/static/session.js";

const PAGES = [
  ["/wall", "nav.wall", "watch"],
  ["/floor", "nav.floor", null],
  ["/desk", "nav.desk", "desk"],
  ["/accounts", "nav.accounts", "accounts"],
];
const THEMES = ["auto", "light", "dark"];

/** Draws the header for the person `me`, as GET /session tells of them. */
export function showHeader(me) {
  const header = document.getElementById("header");
  header.className = "header";
  header.replaceChildren(skip(), brand(me.site?.name ?? ""), nav(me), place(), tools(me));
  fill(header);
  onLanguage(() => fill(header));
}

/** The place in the header's middle that belongs to the page. */
export function slot() {
  return document.getElementById("header-slot");
}

/** Language and appearance: for pages that stand before the sign-in, too. */
export function choices() {
  const box = make("div", "choices");
  box.append(languageChoice(), themeChoice());
  return box;
}

function skip() {
  const link = make("a", "skip");
  link.href = "#content";
  link.dataset.t = "nav.skip";
  return link;
}

function brand(site) {
  const link = make("a", "brand");
  link.href = "/";
  const mark = make("span", "brand-mark");
  mark.textContent = "外呼";
  mark.lang = "zh-CN";
  const name = make("span", "brand-site");
  name.textContent = site;
  link.append(mark, name);
  return link;
}

function nav({ rights, agent }) {
  const list = make("nav", "nav");
  list.setAttribute("data-t-aria-label", "nav.label");
  for (const [path, key, right] of PAGES) {
    if (right !== null && !rights.includes(right)) continue;
    if (path === "/desk" && !agent) continue; // a desk is an agent's
    const link = make("a", "nav-link");
    link.href = path;
    link.dataset.t = key;
    if (location.pathname === path) link.setAttribute("aria-current", "page");
    list.append(link);
  }
  return list;
}

function place() {
  const box = make("div", "header-slot");
  box.id = "header-slot";
  return box;
}

function tools(me) {
  const box = make("div", "header-tools");
  const who = make(me.screen ? "span" : "a", "who");
  who.textContent = me.name || me.account;
  if (me.screen) who.dataset.t = "tv.title";
  else {
    who.href = "/account";
    who.setAttribute("data-t-title", "nav.account");
  }
  const out = make("button", "button quiet");
  out.type = "button";
  out.dataset.t = "head.sign_out";
  out.addEventListener("click", signOut);
  box.append(choices(), who, out);
  return box;
}

function languageChoice() {
  const select = make("select", "choice");
  select.setAttribute("data-t-aria-label", "head.language");
  for (const [code, name] of Object.entries(LANGUAGES)) {
    const option = new Option(name, code);
    option.lang = code;
    select.append(option);
  }
  const show = () => {
    select.value = language();
    select.setAttribute("aria-label", t("head.language"));
  };
  select.addEventListener("change", () => speak(select.value));
  onLanguage(show);
  show();
  return select;
}

function themeChoice() {
  const select = make("select", "choice");
  select.setAttribute("data-t-aria-label", "head.theme");
  for (const theme of THEMES) {
    const option = new Option("", theme);
    option.dataset.t = `head.theme.${theme}`;
    select.append(option);
  }
  select.value = document.documentElement.dataset.theme ?? "auto";
  select.addEventListener("change", () => setTheme(select.value));
  return select;
}

function setTheme(theme) {
  const root = document.documentElement;
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    localStorage.setItem("waihu.theme", theme);
  } catch {
    // Storage may be barred; the choice then lasts as long as the page.
  }
}

function make(tag, classes) {
  const element = document.createElement(tag);
  element.className = classes;
  return element;
}
