// How bad things are: "" is well, "attention" (amber, ▲) look soon, "alarm" (vermilion, ■) act now.
//
// Rates and floors are judged by the engine, with its patience (`supervisor/alarms.py`): a colour
// here and an alarm there never disagree. Only a wait is judged on the spot, for it grows by itself.

import { since } from "./times.js";

export const WELL = "";
export const ATTENTION = "attention";
export const ALARM = "alarm";
export const SIGNS = { [WELL]: "", [ATTENTION]: "▲", [ALARM]: "■" };

const LONG_WAIT_MS = 60_000;
const RANK = { [WELL]: 0, [ATTENTION]: 1, [ALARM]: 2 };
const AWAY = new Set(["signed_out", "paused", "unknown"]);

export const rank = (level) => RANK[level] ?? 0;
export const worse = (one, other) => (rank(other) > rank(one) ? other : one);

/** The alarms about one entity; `kind` site, queue, campaign or agent. */
export function alarmsOf(picture, kind, name) {
  const found = [];
  for (const alarm of picture.alarms.values()) {
    if (alarm.kind === kind && (name === undefined || alarm.name === name)) found.push(alarm);
  }
  return found;
}

/** The worst level of the standing alarms with one of the codes. */
export function levelOf(picture, ...codes) {
  let level = WELL;
  for (const alarm of picture.alarms.values()) {
    if (codes.includes(alarm.code)) level = worse(level, alarm.level);
  }
  return level;
}

/** The worst level of the alarms about one entity. */
export function levelAbout(picture, kind, name) {
  return alarmsOf(picture, kind, name).reduce((level, alarm) => worse(level, alarm.level), WELL);
}

/** Since when the longest of a queue waits, in ISO 8601; null where nobody does. */
export function longestSince(queue) {
  return queue.callers?.[0]?.joined_at ?? null;
}

/** How bad the wait in one queue is at `now`. */
export function waitLevel(picture, queue, now) {
  if (!queue.waiting) return WELL;
  const wait = since(longestSince(queue), now) ?? 0;
  if (wait >= LONG_WAIT_MS || !staffed(picture, queue.name)) return ALARM;
  return wait >= queue.threshold_s * 1000 ? ATTENTION : WELL;
}

/** Whether anybody who serves the queue is at work. */
export function staffed(picture, queue) {
  return [...picture.agents.values()].some(
    (agent) => agent.queues.includes(queue) && !AWAY.has(agent.look),
  );
}

/** Agents of a queue who are signed in. */
export function signedIn(picture, queue) {
  let count = 0;
  for (const agent of picture.agents.values()) {
    if (agent.look !== "signed_out" && (!queue || agent.queues.includes(queue))) count += 1;
  }
  return count;
}
