// Everybody's accounts, for administrators.

import { copy, make, sure, tell } from "/static/dom.js";
import { showHeader } from "/static/header.js";
import { Refusal, send, whoAmI } from "/static/session.js";
import { onLanguage, t } from "/static/words.js";

const at = (id) => document.getElementById(id);
const me = await whoAmI();
let accounts = [];
let roles = {};

showHeader(me);
onLanguage(draw);
at("add").addEventListener("submit", asked(add, "add-told"));
at("role").addEventListener("change", drawRoleHint);
at("with-withdrawn").addEventListener("change", draw);
at("copy").addEventListener("click", () => copy(at("secret")));
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
  return Object.keys(roles).map((role) => new Option(t(`role.${role}`), role));
}

function accountRow(account) {
  const shut = account.state !== "active";
  const name = make(
    "span",
    { class: "account-name" },
    make("strong", { textContent: account.name }),
    make("span", { class: "quiet-text", textContent: account.full_name }),
  );
  const state = make("span", {
    class: shut ? "mark shut" : "mark",
    textContent: t(`state.${account.state}`),
  });
  return make(
    "tr",
    {},
    make("td", {}, name),
    make("td", {}, roleChoice(account)),
    make("td", { class: "figures", textContent: account.agent ?? "" }),
    make("td", {}, state),
    make("td", { class: "acts" }, ...acts(account)),
  );
}

function roleChoice(account) {
  const select = make("select", {
    class: "choice",
    "aria-label": t("accounts.role_of", { name: account.name }),
  });
  select.append(...roleOptions());
  select.value = account.role;
  select.disabled = account.state === "withdrawn";
  select.addEventListener("change", () => change(account, { role: select.value }));
  return select;
}

function acts(account) {
  const label = (key) => `${t(key)}: ${account.name}`;
  const button = (key, act, classes = "button") => {
    const made = make("button", { class: classes, type: "button", textContent: t(key) });
    made.setAttribute("aria-label", label(key));
    made.addEventListener("click", asked(act, "told"));
    return made;
  };
  const withdraw = () => withdrawn(account);
  switch (account.state) {
    case "active":
      return [
        button("accounts.link", () => link(account)),
        button("accounts.suspend", () => change(account, { state: "suspended" })),
        button("accounts.withdraw", withdraw, "button danger"),
      ];
    case "suspended":
      return [
        button("accounts.restore", () => change(account, { state: "active" })),
        button("accounts.withdraw", withdraw, "button danger"),
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
  at("made").hidden = false;
  at("secret").value = location.origin + made.path;
  at("secret").focus();
  at("secret").select();
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

/** What a form or a button does, with its refusal told beside it. */
function asked(act, place) {
  return async (event) => {
    event.preventDefault();
    tell(at(place), "");
    try {
      await act(at(place));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      tell(at(place), error.words);
    }
  };
}
