// The floor board: how the day goes for all, on a screen that everybody sees. It asks every five
// seconds: nothing on it is for acting at once, and a stream is a supervisor's.

import { put } from "/static/dom.js";
import { showHeader } from "/static/header.js";
import { send, whoAmI } from "/static/session.js";
import { onLanguage, t } from "/static/words.js";
import { rate, shown } from "./board/rates.js";
import { clock, duration } from "./board/times.js";
import { turnTv } from "./board/tv.js";

const ASK_EVERY_MS = 5_000;
const OLD_AFTER_MS = 15_000;
const byId = (id) => document.getElementById(id);

let floor = null;
let heardAt = performance.now();
let offset = 0;

function draw() {
  if (!floor) return;
  const level = rate(floor.in_time, floor.served);
  put(byId("service"), shown(level));
  put(byId("target"), t("floor.target", { percent: Math.round(floor.target * 100) }));
  for (const name of ["answered", "reached", "appointments"]) put(byId(name), floor[name]);
  const met = level.value !== null && level.value >= floor.target;
  put(byId("thanks"), t(met ? "floor.thanks" : "floor.onward"));
}

function tick() {
  const age = performance.now() - heardAt;
  const old = age > OLD_AFTER_MS;
  document.documentElement.toggleAttribute("data-old", old);
  byId("old").hidden = !old;
  if (old) put(byId("old"), t("floor.old", { time: duration(age) }));
  else if (floor) put(byId("clock"), clock(Date.now() + offset, floor.zone));
}

async function ask() {
  try {
    floor = (await send("GET", "/floor.json")) ?? floor;
    if (floor) offset = Date.parse(floor.ts) - Date.now();
    heardAt = performance.now();
    draw();
  } catch {
    // The page says by itself how old its figures are.
  }
}

async function start() {
  showHeader(await whoAmI());
  onLanguage(draw);
  turnTv(false);
  document.addEventListener("keydown", (event) => event.key === "t" && !event.target.closest("select") && turnTv());
  await ask();
  setInterval(ask, ASK_EVERY_MS);
  setInterval(tick, 1_000);
}

start();
