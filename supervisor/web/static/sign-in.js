// The sign-in page: by account and password, or by a link that holds once.

import { choices } from "/static/header.js";
import { Refusal, send, session } from "/static/session.js";
import { begin, fill, has, onLanguage, t } from "/static/words.js";

const form = document.getElementById("form");
const fault = document.getElementById("fault");
const nobody = document.getElementById("nobody");
const account = document.getElementById("name");
const password = document.getElementById("password");
const show = document.getElementById("show");
const go = document.getElementById("go");
const caps = document.getElementById("caps");

let shown = null; // the Refusal
let going = false;

await begin();
document.getElementById("top").append(choices());
fill();
onLanguage(redraw);
redraw();
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!going) signIn({ account: account.value, password: password.value });
});
show.addEventListener("click", () => reveal(password.type === "password"));
password.addEventListener("keyup", (event) => {
  caps.textContent = event.getModifierState?.("CapsLock") ? t("sign_in.caps") : "";
});
await arrive();

async function arrive() {
  const told = new URLSearchParams(location.hash.slice(1));
  const link = told.get("link");
  const code = told.get("refused");
  // The link must stay neither in the address bar nor in the history.
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  // What the form was refused that the browser sent by itself, before this script was here. In
  // our own words only: anybody may write what stands behind the #.
  if (has(`fault.${code}`)) refused(new Refusal(0, { code, wait_s: Number(told.get("wait_s")) }));
  try {
    const found = await session();
    document.getElementById("site").textContent = found.site?.name ? ` · ${found.site.name}` : "";
    nobody.hidden = found.accounts !== false;
    // Nobody is made somebody else by a link that was sent to them.
    if (found.account !== null) leave();
    else if (link !== null) await signIn({ link });
  } catch (error) {
    refused(error);
  }
}

async function signIn(by) {
  going = true;
  redraw();
  try {
    await send("POST", "/session", by);
    leave();
  } catch (error) {
    refused(error);
  } finally {
    going = false;
    redraw();
  }
}

function refused(error) {
  if (!(error instanceof Refusal)) throw error;
  shown = error;
  redraw();
  if (error.code === "wrong") {
    password.value = "";
    password.focus();
  }
}

function redraw() {
  document.title = `${t("sign_in.title")} · Waihu 外呼`;
  fault.hidden = shown === null;
  if (shown !== null && fault.textContent !== shown.words) fault.textContent = shown.words;
  const wrong = shown?.code === "wrong";
  for (const input of [account, password]) input.setAttribute("aria-invalid", String(wrong));
  go.textContent = t(going ? "sign_in.going" : "sign_in.go");
  go.setAttribute("aria-busy", String(going));
  reveal(password.type !== "password");
}

function reveal(seen) {
  password.type = seen ? "text" : "password";
  show.setAttribute("aria-pressed", String(seen));
  const words = t(seen ? "sign_in.hide" : "sign_in.show");
  show.setAttribute("aria-label", words);
  show.title = words;
}

/** Goes where the person was going, if that is a page of ours; else to their own. */
function leave() {
  location.replace(inside(new URLSearchParams(location.search).get("next")));
}

function inside(next) {
  if (next === null || !/^\/[^/\\]/.test(next)) return "/";
  const target = new URL(next, location.origin);
  if (target.origin !== location.origin || target.pathname === location.pathname) return "/";
  return target.pathname + target.search;
}
