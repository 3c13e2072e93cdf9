// Everybody's accounts, for administrators.

import { keyed, make, mark, put } from "/static/dom.js";
import { showHeader } from "/static/header.js";
import { copySecret, showSecret } from "/static/secret.js";
import { Refusal, send, whoAmI } from "/static/session.js";
import { sure } from "/static/sure.js";
import { asked, tell } from "/static/told.js";
import { language, onLanguage, t } from "/static/words.js";

const at = (id) => document.getElementById(id);
const me = await whoAmI();
let accounts = [];
let roles = {};
let underway = 0; // Changes that have not been answered yet.
let loads = 0;

showHeader(me);
onLanguage(draw);
at("add").addEventListener("submit", asked(add, at("add-told")));
at("role").addEventListener("change", drawRoleHint);
at("with-withdrawn").addEventListener("change", draw);
at("copy").addEventListener("click", copySecret);
await load();

async function load() {
  loads += 1;
  const mine = loads;
  const found = await send("GET", "/accounts/all");
  // What is older than a change is not shown: that change's own load is still to come.
  if (underway > 0 || mine !== loads) return;
  ({ accounts, roles } = found);
  draw();
}

function draw() {
  document.title = `${t("accounts.title")} · ${me.site.name}`;
  const all = at("with-withdrawn").checked;
  const shown = accounts.filter((one) => all || one.state !== "withdrawn");
  keyed(at("all"), shown, (account) => account.name, accountRow, updateRow);
  drawRoles(at("role"), at("role").value || "agent");
  drawRoleHint();
}

function drawRoleHint() {
  const rights = roles[at("role").value] ?? [];
  at("role-may").textContent = rights.map((right) => t(`right.${right}`)).join(" · ");
}

function drawRoles(select, chosen) {
  keyed(
    select,
    Object.keys(roles),
    (role) => role,
    (role) => make("option", { value: role }),
    (option, role) => put(option, t(`role.${role}`)),
  );
  select.value = chosen;
}

// A row is made once and then changed: what is being typed in it stays, whatever is told of others.

function accountRow({ name }) {
  const select = make("select.choice", { onchange: () => change(name, { role: select.value }) });
  const field = make("input.choice", {
    maxlength: 20,
    size: 6,
    autocomplete: "off",
    onchange: () => change(name, { phone: field.value }),
  });
  return make(
    "tr",
    {},
    make("td", {}, make("span.account-name", {}, make("strong", {}, name), make("span.quiet-text"))),
    make("td", {}, select),
    make("td.figures"),
    make("td.figures", {}, field),
    make("td", {}, make("span.mark")),
    make("td.acts"),
  );
}

function updateRow(row, account) {
  const { name } = account;
  const [names, role, agent, phone, state, actions] = row.cells;
  put(names.querySelector(".quiet-text"), account.full_name);
  put(agent, account.agent ?? "");
  updateRole(role.firstElementChild, account);
  updatePhone(phone.firstElementChild, account);
  put(state.firstElementChild, t(`state.${account.state}`));
  state.firstElementChild.classList.toggle("shut", account.state !== "active");
  const said = `${language()} ${account.state}`;
  if (actions.dataset.said === said) return;
  actions.dataset.said = said;
  actions.replaceChildren(...acts(account));
}

function updateRole(select, account) {
  mark(select, "aria-label", t("accounts.role_of", { name: account.name }));
  mark(select, "disabled", account.state === "withdrawn" ? "" : null);
  drawRoles(select, account.role);
}

function updatePhone(field, account) {
  mark(field, "aria-label", t("accounts.phone_of", { name: account.name }));
  mark(field, "disabled", account.state === "withdrawn" ? "" : null);
  if (field !== document.activeElement) field.value = account.phone ?? "";
}

function acts(account) {
  const { name, state } = account;
  const button = (key, act, looks = "") => {
    const label = `${t(key)}: ${name}`;
    const facts = { type: "button", "aria-label": label, onclick: asked(act, at("told")) };
    return make(`button.button${looks}`, facts, t(key));
  };
  const withdraw = () => withdrawn(name);
  switch (state) {
    case "active":
      return [
        button("accounts.link", () => link(name)),
        button("accounts.suspend", () => change(name, { state: "suspended" })),
        button("accounts.withdraw", withdraw, ".danger"),
      ];
    case "suspended":
      return [
        button("accounts.restore", () => change(name, { state: "active" })),
        button("accounts.withdraw", withdraw, ".danger"),
      ];
    default:
      return [];
  }
}

async function change(name, changes) {
  tell(at("told"), "");
  underway += 1;
  try {
    await send("PATCH", `/accounts/all/${encodeURIComponent(name)}`, changes);
    tell(at("told"), t("accounts.changed", { name }), { good: true });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    tell(at("told"), error.words);
  } finally {
    underway -= 1;
  }
  await load();
}

async function withdrawn(name) {
  const question = t("accounts.sure_withdraw", { name });
  if (await sure(question, t("accounts.withdraw"))) await change(name, { state: "withdrawn" });
}

async function link(name) {
  const made = await send("POST", `/accounts/all/${encodeURIComponent(name)}/link`, {});
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
