// The header that all pages share: site, pages by rights, language, appearance, who, sign out.
//
// In HTML: <header id="header"></header> and <main id="content">; in the page's script:
// `const me = await whoAmI(); showHeader(me);`. `slot()` is the place for what a page adds.

import { make } from "/static/dom.js";
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
  return make("div.choices", {}, languageChoice(), themeChoice());
}

function skip() {
  return make("a.skip", { href: "#content", "data-t": "nav.skip" });
}

function brand(site) {
  const mark = make("span.brand-mark", { lang: "zh-CN" }, "外呼");
  return make("a.brand", { href: "/" }, mark, make("span.brand-site", {}, site));
}

function nav({ rights, agent }) {
  const list = make("nav.nav", { "data-t-aria-label": "nav.label" });
  for (const [path, key, right] of PAGES) {
    if (right !== null && !rights.includes(right)) continue;
    if (path === "/desk" && !agent) continue; // a desk is an agent's
    const here = location.pathname === path ? "page" : null;
    list.append(make("a.nav-link", { href: path, "data-t": key, "aria-current": here }));
  }
  return list;
}

function place() {
  return make("div.header-slot", { id: "header-slot" });
}

function tools(me) {
  const out = { type: "button", "data-t": "head.sign_out", onclick: signOut };
  return make("div.header-tools", {}, choices(), who(me), make("button.button.quiet", out));
}

function who(me) {
  if (me.screen) return make("span.who", { "data-t": "tv.title" });
  return make("a.who", { href: "/account", "data-t-title": "nav.account" }, me.name || me.account);
}

function languageChoice() {
  const select = make(
    "select.choice",
    { "data-t-aria-label": "head.language", onchange: () => speak(select.value) },
    Object.entries(LANGUAGES).map(([code, name]) => make("option", { value: code, lang: code }, name)),
  );
  const show = () => {
    select.value = language();
    select.setAttribute("aria-label", t("head.language"));
  };
  onLanguage(show);
  show();
  return select;
}

function themeChoice() {
  const select = make(
    "select.choice",
    { "data-t-aria-label": "head.theme", onchange: () => setTheme(select.value) },
    THEMES.map((theme) => make("option", { value: theme, "data-t": `head.theme.${theme}` })),
  );
  select.value = document.documentElement.dataset.theme ?? "auto";
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
