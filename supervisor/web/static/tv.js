// Makes a television of this browser, by a link that holds once: #wall=… or #floor=….

import { choices } from "/static/header.js";
import { Refusal, send, session } from "/static/session.js";
import { begin, fill, onLanguage, t } from "/static/words.js";

const BOARDS = ["wall", "floor"];
const at = (id) => document.getElementById(id);
const said = new URLSearchParams(location.hash.slice(1));
const board = BOARDS.find((name) => said.has(name)) ?? BOARDS[0];
const link = said.get(board) ?? "";
let told = null; // the Refusal that is shown

// The link must stay neither in the address bar nor in the history.
history.replaceState(null, "", location.pathname);
await begin();
at("top").append(choices());
fill();
onLanguage(redraw);
redraw();
at("go").addEventListener("click", tried(go));
await tried(arrive)();

/** At once, unless a person works here: nobody is signed out by a link that was sent to them. */
async function arrive() {
  const found = await session();
  const person = found.account !== null && !found.screen;
  at("signed-in").hidden = !person;
  if (!person) await go();
}

async function go() {
  await session(); // whoever is signed in, the request is this page's
  await send("POST", "/session", { screen: link });
  location.replace(`/${board}?tv=1`);
}

function tried(act) {
  return async () => {
    told = null;
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      told = error;
    }
    at("go").hidden = false;
    redraw();
  };
}

function redraw() {
  document.title = `${t("tv.title")} · Waihu 外呼`;
  at("fault").hidden = told === null;
  if (told !== null) at("fault").textContent = told.words;
}
