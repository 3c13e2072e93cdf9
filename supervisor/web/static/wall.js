// The wallboard: puts the bands together, and draws when the picture or the time has changed.
//
// Owns: what the parts share (`board`). What a band shows is its own module's in `board/`.

import { put } from "/static/dom.js";
import { showHeader } from "/static/header.js";
import { may, toSignIn, whoAmI } from "/static/session.js";
import { onLanguage, t } from "/static/words.js";
import { watch } from "./live.js";
import { Acts } from "./board/acts.js";
import { Watched, drawAlarms, open, whom } from "./board/alarms.js";
import { drawAgents } from "./board/agents.js";
import { drawFigures } from "./board/band1.js";
import { CAMPAIGN_COLUMNS, drawCampaigns } from "./board/campaigns.js";
import { Cards } from "./board/cards.js";
import { Charts } from "./board/charts.js";
import { faultSentence } from "./board/faults.js";
import { Keys } from "./board/keys.js";
import { Notices } from "./board/notices.js";
import { QUEUE_COLUMNS, drawQueues } from "./board/queues.js";
import { alarmSentence } from "./board/reasons.js";
import { Sound } from "./board/sound.js";
import { bar, drawAge, drawClock, drawStatus } from "./board/status.js";
import { Pins, drawHeads } from "./board/table.js";
import { tick } from "./board/ticking.js";
import { turnTv } from "./board/tv.js";

const byId = (id) => document.getElementById(id);
const RELOAD_AFTER_MS = 5_000;

const board = {
  picture: null,
  live: null,
  pins: new Pins(),
  filter: "",
  drawing: 0, // goes up where everything is to be drawn anew: the language has changed
  may,
  now: () => board.live.now(),
  zone: () => board.picture?.site.zone ?? "UTC",
  fault: (said) => faultSentence(said),
  meant: (...words) => isMeant(board.filter, words),
  redraw: () => draw(new Set(["site", "queues", "agents", "campaigns", "alarms", "minutes"])),
  band: (number) => (document.querySelector(`#band-${number} [data-row]`) ?? byId(`band-${number}`)).focus(),
  findAgents: () => byId("filter").focus(),
  clearFilter: () => filter(""),
  newestAlarm: () => open(board.picture)[0],
  turnTv,
  say: (words, wrong) => notices.say(words, wrong),
  listening: (heard) => notices.listening(heard),
  chosen,
};
board.acts = new Acts(board);
const notices = new Notices(board);
const sound = new Sound();
const watched = new Watched({
  sound: (level) => sound.play(level),
  notify: (alarm) => notices.notify(headline(alarm)),
  say: (alarms) => put(byId("announce"), alarms.map(headline).join(". ")),
});
Object.assign(board, { cards: new Cards(board), sound });
for (const act of ["open", "explain", "opened", "help"]) {
  board[act] = (...what) => board.cards[act](...what);
}

const headline = (alarm) =>
  [t(`board.level.${alarm.level}`), whom(alarm, board), alarmSentence(alarm, board)]
    .filter(Boolean)
    .join(" · ");

function isMeant(filter, words) {
  return !filter || words.some((word) => word?.toLowerCase().includes(filter));
}

function filter(text) {
  byId("filter").value = text;
  board.filter = text.trim().toLowerCase();
  if (board.picture) board.redraw();
}

/** The row that has the focus, or that the open card is about. */
function chosen() {
  const row = document.activeElement?.closest?.("[data-row]");
  const about = row ? { kind: row.dataset.row, name: row.dataset.name } : board.cards.about;
  if (!about) return null;
  const found = board.picture[`${about.kind}s`].get(about.name);
  return found ? { kind: about.kind, row: found } : null;
}

// ── drawing ─────────────────────────────────────────────────────────────────────────────

let charts = null;
const due = new Set();
let asked = false;

function changed(picture, sections) {
  board.picture = picture;
  watched.saw(picture, board.now()); // at once: nothing is drawn on a page that is hidden
  for (const section of sections) due.add(section);
  if (document.hidden) drawStatus(board);
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    draw(new Set(due));
    due.clear();
  });
}

function draw(sections) {
  const touched = (...names) => names.some((name) => sections.has(name));
  if (!isOld()) drawClock(board.now(), board.zone());
  drawStatus(board);
  drawFigures(byId("figures"), board);
  if (touched("queues", "agents", "alarms")) drawQueues(byId("queues").tBodies[0], board);
  if (touched("campaigns", "agents", "alarms")) drawCampaigns(byId("campaigns").tBodies[0], board);
  if (touched("agents", "alarms")) drawAgents(byId("agents"), board);
  if (touched("alarms", "site")) drawAlarms(byId("alarms"), byId("log"), board, watched);
  if (touched("minutes")) charts.draw(board);
  byId("nobody").hidden = byId("agents").childElementCount > 0;
  byId("all-well").hidden = board.picture.alarms.size > 0;
  board.cards.again();
}

/** Once a second: clocks and waits go on, and with them what depends on them. */
function second() {
  if (!board.picture || isOld()) return;
  const now = board.now();
  drawClock(now, board.zone());
  tick(document.body, now);
  drawFigures(byId("figures"), board);
  drawQueues(byId("queues").tBodies[0], board);
  if (!board.picture.site.link_up) drawStatus(board);
}

const isOld = () => document.documentElement.hasAttribute("data-old");

function respoken() {
  board.drawing += 1;
  drawHeads(byId("queues"), "queue", QUEUE_COLUMNS);
  drawHeads(byId("campaigns"), "campaign", CAMPAIGN_COLUMNS);
  notices.respoken();
  if (board.picture) board.redraw();
}

async function start() {
  showHeader(await whoAmI());
  onLanguage(respoken);
  charts = new Charts(byId("charts"));
  respoken();
  turnTv(false);
  board.keys = new Keys(board);
  board.live = watch({
    changed,
    aged: (age) => drawAge(age),
    signedOut: toSignIn,
    refused: (status, problem) => {
      if (status === 403) location.assign("/"); // the right to watch is gone
      else bar(problem);
    },
    newer: () => setTimeout(() => location.reload(), RELOAD_AFTER_MS),
  });
  setInterval(second, 1_000);
  byId("filter").addEventListener("input", (event) => filter(event.target.value));
  byId("tv").addEventListener("click", () => turnTv(true));
  byId("help-open").addEventListener("click", () => board.help());
  const repaint = () => board.picture && charts.repaint(board);
  new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme", "data-tv"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
}

start();
