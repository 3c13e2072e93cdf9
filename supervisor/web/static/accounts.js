// Everybody's accounts, for administrators.

import { make } from "/static/dom.js";
import { showHeader } from "/static/header.js";
import { copySecret, showSecret } from "/static/secret.js";
import { Refusal, send, whoAmI } from "/static/session.js";
import { sure } from "/static/sure.js";
import { asked, tell } from "/static/told.js";
import { onLanguage, t } from "/static/words.js";

const at = (id) => document.getElementById(id);
const me = await whoAmI();
let accounts = [];
let roles = {};

showHeader(me);
onLanguage(draw);
at("add").addEventListener("submit", asked(add, at("add-told")));
at("role").addEventListener("change", drawRoleHint);
at("with-withdrawn").addEventListener("change", draw);
at("copy").addEventListener("click", copySecret);
await load();

async function load() {
  ({ accounts, roles } = await send("GET", "/accounts/all"));
  draw();
}

function draw() {
  document.title = `${t("accounts.title")} · ${me.site.name}`;
  const all = at("with-withdrawn").checked;
  const shown = accounts.filter((one) => all || one.state !== "withdrawn");
  at("all").replaceChildren(...shown.map(accountRow));
  const chosen = at("role").value || "agent";
  at("role").replaceChildren(...roleOptions());
  at("role").value = chosen;
  drawRoleHint();
}

function drawRoleHint() {
  const rights = roles[at("role").value] ?? [];
  at("role-may").textContent = rights.map((right) => t(`right.${right}`)).join(" · ");
}

function roleOptions() {
  return Object.keys(roles).map((role) => make("option", { value: role }, t(`role.${role}`)));
}

function accountRow(account) {
  const shut = account.state !== "active";
  const name = make(
    "span.account-name",
    {},
    make("strong", {}, account.name),
    make("span.quiet-text", {}, account.full_name),
  );
  const state = make(`span.mark${shut ? ".shut" : ""}`, {}, t(`state.${account.state}`));
  return make(
    "tr",
    {},
    make("td", {}, name),
    make("td", {}, roleChoice(account)),
    make("td.figures", {}, account.agent),
    make("td.figures", {}, phoneField(account)),
    make("td", {}, state),
    make("td.acts", {}, acts(account)),
  );
}

function roleChoice(account) {
  const facts = {
    "aria-label": t("accounts.role_of", { name: account.name }),
    disabled: account.state === "withdrawn",
    onchange: () => change(account, { role: select.value }),
  };
  const select = make("select.choice", facts, roleOptions());
  select.value = account.role;
  return select;
}

function phoneField(account) {
  const facts = {
    "aria-label": t("accounts.phone_of", { name: account.name }),
    value: account.phone,
    maxlength: 20,
    size: 6,
    autocomplete: "off",
    disabled: account.state === "withdrawn",
    onchange: () => change(account, { phone: field.value }),
  };
  const field = make("input.choice", facts);
  return field;
}

function acts(account) {
  const button = (key, act, looks = "") => {
    const label = `${t(key)}: ${account.name}`;
    const facts = { type: "button", "aria-label": label, onclick: asked(act, at("told")) };
    return make(`button.button${looks}`, facts, t(key));
  };
  const withdraw = () => withdrawn(account);
  switch (account.state) {
    case "active":
      return [
        button("accounts.link", () => link(account)),
        button("accounts.suspend", () => change(account, { state: "suspended" })),
        button("accounts.withdraw", withdraw, ".danger"),
      ];
    case "suspended":
      return [
        button("accounts.restore", () => change(account, { state: "active" })),
        button("accounts.withdraw", withdraw, ".danger"),
      ];
    default:
      return [];
  }
}

async function change(account, changes) {
  tell(at("told"), "");
  try {
    await send("PATCH", `/accounts/all/${encodeURIComponent(account.name)}`, changes);
    tell(at("told"), t("accounts.changed", { name: account.name }), { good: true });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    tell(at("told"), error.words);
  }
  await load();
}

async function withdrawn(account) {
  const question = t("accounts.sure_withdraw", { name: account.name });
  if (await sure(question, t("accounts.withdraw"))) await change(account, { state: "withdrawn" });
}

async function link(account) {
  const made = await send("POST", `/accounts/all/${encodeURIComponent(account.name)}/link`, {});
  showSecret(location.origin + made.path);
}

async function add(place) {
  const password = at("first-password").value;
  const name = at("name").value;
  await send("POST", "/accounts/all", {
    name,
    full_name: at("full-name").value,
    role: at("role").value,
    agent: at("agent").value || null,
    password: password === "" ? null : password,
  });
  at("add").reset();
  tell(place, t("accounts.added", { name }), { good: true });
  await load();
  at("name").focus();
}
