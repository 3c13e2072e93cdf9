// An agent's state as shape, word and colour; and who is in trouble before whom.

import { alarmsOf, rank } from "./levels.js";
import { instant, since } from "./times.js";

export const SHAPES = {
  ready: "○",
  reserved: "◔",
  talking: "●",
  hold: "‖",
  wrap_up: "✎",
  paused: "▮▮",
  signing_in: "↥",
  signed_out: "–",
  unknown: "?",
  fault: "✕",
};

const FAULTS = new Set(["agent_phone"]);
const IDLE_MS = 5 * 60_000;
// The first are the worst (screens.md, band 3).
const TROUBLE = ["agent_phone", "agent_break", "agent_wrap_up", "agent_talk", "agent_missed"];

/** {look, shape, over, level}: what a cell shows. `over`: beyond a limit, in this state. */
export function stateOf(picture, agent) {
  const alarms = alarmsOf(picture, "agent", agent.agent);
  const fault = alarms.some((alarm) => FAULTS.has(alarm.code));
  const look = fault ? "fault" : agent.look in SHAPES ? agent.look : "unknown";
  const level = alarms.reduce((most, alarm) => Math.max(most, rank(alarm.level)), 0);
  return { look, shape: SHAPES[look], over: alarms.length > 0 && !fault, alarms, level };
}

/** Agents, those in trouble first, then by name; who is signed out comes last. */
export function byTrouble(picture, agents, now) {
  const places = new Map(agents.map((agent) => [agent, place(picture, agent, now)]));
  return [...agents].sort((a, b) => compare(places.get(a), places.get(b)) || named(a, b));
}

function place(picture, agent, now) {
  if (agent.look === "signed_out") return [TROUBLE.length + 3, 0];
  const codes = alarmsOf(picture, "agent", agent.agent).map((alarm) => alarm.code);
  const worst = Math.min(...codes.map((code) => TROUBLE.indexOf(code)).filter((at) => at >= 0));
  if (Number.isFinite(worst)) return [worst, instant(agent.since) ?? 0];
  const idle = agent.look === "ready" && since(agent.since, now) > IDLE_MS;
  return [idle ? TROUBLE.length + 1 : TROUBLE.length + 2, 0];
}

const compare = (a, b) => a[0] - b[0] || a[1] - b[1];

const { compare: byName } = new Intl.Collator("zh-CN", { numeric: true });

function named(a, b) {
  return byName(a.name, b.name) || (a.agent < b.agent ? -1 : 1);
}
