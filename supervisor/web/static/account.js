// One's own account: password, browsers, tokens.

import { make } from "/static/dom.js";
import { showHeader } from "/static/header.js";
import { copySecret, showSecret } from "/static/secret.js";
import { send, whoAmI } from "/static/session.js";
import { sure } from "/static/sure.js";
import { asked, tell } from "/static/told.js";
import { onLanguage, t } from "/static/words.js";

const at = (id) => document.getElementById(id);
const me = await whoAmI();
let sessions = [];
let tokens = [];

showHeader(me);
at("username").value = me.account;
at("old-field").hidden = me.has_password === false;
for (const right of me.rights) at("scopes").append(scope(right));
onLanguage(draw);
draw();
at("password").addEventListener("submit", asked(setPassword, at("password-told")));
at("end-others").addEventListener("click", asked(endOthers, at("sessions-told")));
at("token").addEventListener("submit", asked(makeToken, at("tokens-told")));
at("tv").addEventListener("submit", asked(makeTelevision, at("tokens-told")));
at("copy").addEventListener("click", copySecret);
await load();

async function load() {
  const [first, second] = await Promise.all([
    send("GET", "/account/sessions"),
    send("GET", "/account/tokens"),
  ]);
  ({ sessions } = first);
  ({ tokens } = second);
  draw();
}

function draw() {
  document.title = `${t("account.title")} · ${me.site.name}`;
  at("who").textContent = [me.name || me.account, t(`role.${me.role}`), me.agent]
    .filter(Boolean)
    .join(" · ");
  at("sessions").replaceChildren(...sessions.map(sessionRow));
  at("end-others").disabled = sessions.length < 2;
  at("tokens").replaceChildren(...tokens.map(tokenRow));
  for (const label of document.querySelectorAll("[data-right]")) {
    label.textContent = t(`right.${label.dataset.right}`);
  }
}

async function setPassword(place) {
  const [old, wanted, again] = ["old", "new", "again"].map((id) => at(id).value);
  if (wanted !== again) {
    tell(place, t("fault.not_the_same"));
    at("again").focus();
    return;
  }
  await send("PUT", "/account/password", { old, new: wanted });
  at("password").reset();
  at("username").value = me.account;
  at("old-field").hidden = false;
  tell(place, t("account.password_set"), { good: true });
  await load();
}

// ── browsers ───────────────────────────────────────────────────────────────

function sessionRow(session) {
  const act = session.this
    ? make("span.mark.here", {}, t("account.this"))
    : button("account.end", () => end(session), "sessions-told");
  return row(
    browser(session.browser),
    session.address,
    moment(session.created_at),
    moment(session.seen_at),
    act,
  );
}

async function end(session) {
  await send("DELETE", `/account/sessions/${encodeURIComponent(session.number)}`);
  await load();
}

async function endOthers(place) {
  await send("DELETE", "/account/sessions");
  tell(place, t("account.others_ended"), { good: true });
  await load();
}

function browser(agent) {
  const name = /Edg|Firefox|Chrome|Safari/.exec(agent)?.[0] ?? "";
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(agent)?.[0] ?? "";
  const known = [name.replace("Edg", "Edge"), system].filter(Boolean).join(" · ");
  return make("span", { title: agent }, known || agent.slice(0, 40));
}

// ── tokens ─────────────────────────────────────────────────────────────────

function tokenRow(token) {
  const rights = token.scopes.map((right) => t(`right.${right}`)).join(" · ");
  const scopes = token.screen ? t("account.television") : rights;
  const until = token.ends_at ? moment(token.ends_at) : t("account.days_none");
  const used = token.used_at ? moment(token.used_at) : t("account.never");
  const act = button("account.revoke", () => revoke(token), "tokens-told");
  return row(token.name, scopes, until, used, act);
}

async function revoke(token) {
  if (!(await sure(t("account.sure_revoke", { name: token.name }), t("account.revoke")))) return;
  await send("DELETE", `/account/tokens/${encodeURIComponent(token.name)}`);
  await load();
}

async function makeToken() {
  const scopes = [...at("scopes").querySelectorAll("input:checked")].map((one) => one.value);
  const days = at("token-days").value;
  const made = await send("POST", "/account/tokens", {
    name: at("token-name").value,
    scopes,
    days: days === "" ? null : Number(days),
  });
  at("token").reset();
  await show("account.keep", made.secret);
}

async function makeTelevision() {
  const wanted = { name: at("tv-name").value, board: at("tv-board").value };
  const made = await send("POST", "/account/screens", wanted);
  at("tv").reset();
  await show("account.tv_keep", location.origin + made.path);
}

/** What is told this once. */
async function show(key, secret) {
  at("keep").dataset.t = key;
  at("keep").textContent = t(key);
  showSecret(secret);
  await load();
}

function scope(right) {
  const box = make("input", { type: "checkbox", value: right });
  return make("label.check", {}, box, make("span", { "data-right": right }));
}

// ── parts ──────────────────────────────────────────────────────────────────

function row(...cells) {
  const act = cells.pop();
  return make("tr", {}, cells.map((cell) => make("td", {}, cell)), make("td.acts", {}, act));
}

function button(key, act, place) {
  return make("button.button", { type: "button", onclick: asked(act, at(place)) }, t(key));
}

/** A moment on the site's clock, as 2026-11-23 09:00, which all read alike; of none, "". */
function moment(iso) {
  if (!iso) return "";
  return new Intl.DateTimeFormat("sv-SE", {
    timeZone: me.site.zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(new Date(iso));
}
