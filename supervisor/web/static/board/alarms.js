// Band 4: what asks for a person, newest first, with one thing to do about it; and how it is told:
// one sound an alarm, a desktop notification for who wants them, at most one announcement in 5 s.

import { keyed, make, mark, put } from "../dom.js";
import { onlyWatches } from "../session.js";
import { t } from "../words.js";
import { SIGNS, rank } from "./levels.js";
import { alarmSentence } from "./reasons.js";
import { running } from "./ticking.js";
import { clock, instant } from "./times.js";

const ANNOUNCE_EVERY_MS = 5_000;
const LOG_KEPT = 30;

const KINDS = ["site", "queue", "campaign", "agent"];

/** Those that nobody sees to first, the worst of them, then callers before agents, then the newest. */
export const standing = (picture) => [...picture.alarms.values()].sort(byNews);

function byNews(a, b) {
  const seen = (alarm) => (alarm.acknowledged_by ? 1 : 0);
  const kind = (alarm) => KINDS.indexOf(alarm.kind);
  const worst = seen(a) - seen(b) || rank(b.level) - rank(a.level);
  return worst || kind(a) - kind(b) || instant(b.since) - instant(a.since);
}

export const open = (picture) => standing(picture).filter((alarm) => !alarm.acknowledged_by);

export function drawAlarms(list, log, board, watched) {
  const now = board.now();
  keyed(
    list,
    standing(board.picture),
    (alarm) => alarm.id,
    (alarm) => row(alarm.id, board),
    (node, alarm) => update(node, alarm, board, now),
  );
  keyed(log, watched.over, (entry) => entry.id, () => make("li"), (node, entry) => put(node, past(entry, board)));
}

function row(id, board) {
  const acknowledge = () => board.acts.acknowledge(id);
  return make(
    "li",
    { tabindex: "-1", "data-row": "alarm", "data-name": id },
    make("p.what", {}, make("span.sign", { role: "img" }), " ", make("b"), " ", make("span.sentence")),
    make(
      "p.foot",
      {},
      make("time"),
      make("button.act.suggested", { type: "button" }),
      make("button.act.acknowledge", { type: "button", onclick: acknowledge }),
      make("span.seen"),
    ),
  );
}

function update(node, alarm, board, now) {
  const of = (name) => node.querySelector(name);
  node.dataset.level = alarm.level;
  mark(node, "data-acknowledged", alarm.acknowledged_by ? "" : null);
  put(of(".sign"), SIGNS[alarm.level] ?? "▲");
  mark(of(".sign"), "aria-label", t(`board.level.${alarm.level}`));
  put(of("b"), whom(alarm, board));
  put(of(".sentence"), alarmSentence(alarm, board));
  running(of("time"), alarm.since, now);
  suggest(of(".suggested"), alarm, board);
  const free = !alarm.acknowledged_by && board.may("watch") && !onlyWatches();
  of(".acknowledge").hidden = !free;
  put(of(".acknowledge"), t("board.act.acknowledge"));
  put(of(".seen"), alarm.acknowledged_by ? t("board.acknowledged", { by: alarm.acknowledged_by }) : "");
}

function suggest(button, alarm, board) {
  const possible = board.acts.suggested(alarm);
  button.hidden = !possible;
  if (!possible) return;
  const seen = alarm.act === "end_break" && alarm.kind !== "agent" ? "breaks" : alarm.act;
  put(button, t(`board.suggest.${seen}`));
  button.onclick = possible;
}

export function whom(alarm, board) {
  if (alarm.kind === "agent") return board.picture.agents.get(alarm.name)?.name || alarm.name;
  return alarm.name;
}

function past(entry, board) {
  const zone = board.zone();
  const span = `${clock(entry.from, zone)}–${clock(entry.until, zone)}`;
  return [span, whom(entry.alarm, board), alarmSentence(entry.alarm, board)].filter(Boolean).join(" ");
}

/** Sees alarms come and go, and tells of the new ones: once each, whatever redraws. */
export class Watched {
  constructor({ say, sound, notify }) {
    this.tell = { say, sound, notify };
    this.known = null;
    this.over = [];
    this.waiting = [];
    this.saidAt = -Infinity;
  }

  /** To be called with every picture, also while the page is hidden. */
  saw(picture, now) {
    const alarms = new Map(standing(picture).map((alarm) => [alarm.id, alarm]));
    const before = this.known ?? alarms; // those that stand at the first look are no news
    for (const alarm of alarms.values()) {
      const was = before.get(alarm.id);
      if (!was || (was.level !== alarm.level && alarm.level === "alarm")) this.raised(alarm);
    }
    for (const [id, alarm] of before) {
      if (!alarms.has(id)) this.over.unshift({ id, alarm, from: instant(alarm.since), until: now });
    }
    this.over.length = Math.min(this.over.length, LOG_KEPT);
    this.known = alarms;
  }

  raised(alarm) {
    if (alarm.acknowledged_by) return;
    this.tell.sound(alarm.level);
    this.tell.notify(alarm);
    this.waiting.push(alarm);
    this.announce();
  }

  /** One announcement in five seconds: those that came meanwhile are told together. */
  announce() {
    if (this.timer || this.waiting.length === 0) return;
    const left = this.saidAt + ANNOUNCE_EVERY_MS - performance.now();
    const speak = () => {
      this.timer = null;
      this.saidAt = performance.now();
      this.tell.say(this.waiting.splice(0));
    };
    if (left <= 0) speak();
    else this.timer = setTimeout(speak, left);
  }
}
