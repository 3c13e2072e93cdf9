// The line under the header: whose board, what time, how fresh, which lamps, how many alarms.
// When the picture is old the page says so first of all, and nothing on it pretends to be now.

import { mark, put } from "../dom.js";
import { LOST_AFTER_MS, OLD_AFTER_MS } from "../live.js";
import { has, t } from "../words.js";
import { open } from "./alarms.js";
import { levelOf } from "./levels.js";
import { clock, day, duration, since } from "./times.js";

const OLD_SIGN = "▲ ";
const byId = (id) => document.getElementById(id);

let barred = null; // {problem, at}: why the server tells nothing, as long as it does not

/** The server will not tell, for the reason that its problem names. */
export function bar(problem) {
  barred = has(`fault.${problem.code}`) ? { problem, at: performance.now() } : null;
}

/** Draw how old the picture is. Returns whether it is old. */
export function drawAge(age_ms) {
  const old = age_ms !== null && age_ms > OLD_AFTER_MS;
  const lost = age_ms !== null && age_ms > LOST_AFTER_MS;
  const whole = Math.floor((age_ms ?? 0) / 1000);
  const fresh = age_ms === null ? t("board.connecting") : `● ${(age_ms / 1000).toFixed(1)} s`;
  put(byId("freshness"), old ? `▲ ${t("board.old", { n: whole })}` : fresh);
  mark(document.documentElement, "data-old", old ? "" : null);
  mark(document.documentElement, "data-waiting", age_ms === null ? "" : null);
  if (old !== document.title.startsWith(OLD_SIGN)) {
    document.title = old ? OLD_SIGN + document.title : document.title.slice(OLD_SIGN.length);
  }
  if (barred && age_ms !== null && performance.now() - age_ms > barred.at) barred = null; // heard
  byId("lost").hidden = !lost && !barred;
  const told = [
    lost && t("board.lost", { time: duration(age_ms) }),
    barred && t(`fault.${barred.problem.code}`, barred.problem),
  ];
  put(byId("lost"), told.filter(Boolean).join(" · "));
  return old;
}

export function drawClock(now, zone) {
  put(byId("clock"), clock(now, zone));
  put(byId("day"), day(now, zone));
}

export function drawStatus(board) {
  const { site } = board.picture;
  put(byId("site"), site.site ?? "");
  lamp(byId("lamp-link"), site.link_up, t("board.lamp.link"), linkNote(site, board));
  const well = !site.store_fault && !site.set_aside;
  const faults = site.store_fault ? board.fault(site.store_fault) : "";
  lamp(byId("lamp-store"), well, t("board.lamp.store"), faults);
  lamp(byId("lamp-trunk"), !levelOf(board.picture, "network_fails"), t("board.lamp.trunk"), "");
  const count = open(board.picture).length;
  put(byId("alarm-count"), count);
  put(byId("alarm-total"), board.picture.alarms.size || "");
  mark(byId("alarms-link"), "data-some", count ? "" : null);
  byId("stopping").hidden = !site.stopping;
  const old = document.title.startsWith(OLD_SIGN) ? OLD_SIGN : "";
  document.title = old + (count ? `(${count}) ` : "") + t("board.title");
}

function linkNote(site, board) {
  const down = site.link_since ? duration(since(site.link_since, board.now())) : "";
  return site.link_up ? "" : [down, site.link_fault && board.fault(site.link_fault)].filter(Boolean).join(" · ");
}

function lamp(node, well, name, note) {
  put(node, `${well ? "●" : "✕"} ${name}${note ? ` · ${note}` : ""}`);
  mark(node, "data-level", well ? null : "alarm");
}
