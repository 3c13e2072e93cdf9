// Band 1: the five figures that say what must be done now, out of a picture and the time.
//
// Pure. A figure is {key, parts, target, level, trend, n, about, explain}: `parts` are texts,
// times ({since}) or nothing; `trend` 1, -1 or 0 against the quarter of an hour before, `better`
// which way is good.

import { levelOf, longestSince, signedIn, waitLevel, worse } from "./levels.js";
import { many, rate, shown, together } from "./rates.js";
import { instant } from "./times.js";

const QUARTER_MS = 15 * 60_000;
const HALF_HOUR_MS = 30 * 60_000;
const DEFAULT_CAP = 0.03;

export function figures(picture, now) {
  return [waiting, serviceLevel, dropRate, freeAgents, answerRate].map((one) => one(picture, now));
}

function waiting(picture, now) {
  const queues = [...picture.queues.values()];
  const longest = queues
    .filter(longestSince)
    .sort((a, b) => instant(longestSince(a)) - instant(longestSince(b)))[0];
  const level = queues.reduce((worst, q) => worse(worst, waitLevel(picture, q, now)), "");
  const count = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const thresholds = queues.map((queue) => queue.threshold_s);
  return {
    key: "waiting",
    parts: [count, longest ? { since: longestSince(longest) } : null],
    target: thresholds.length ? { key: "board.target_wait", s: Math.min(...thresholds) } : null,
    level,
    trend: trend(picture, now, (minutes) => mean(minutes, "waiting")),
    better: -1,
    about: longest ? longest.name : "",
    n: null,
    explain: null,
  };
}

function serviceLevel(picture, now) {
  const queues = [...picture.queues.values()].filter((queue) => queue.service_level);
  const today = together(queues.map((queue) => queue.service_level));
  const thresholds = [...new Set(queues.map((queue) => queue.threshold_s))];
  const judged = queues.filter((queue) => many(queue.service_level));
  const worst = judged.sort((a, b) => a.service_level.value - b.service_level.value)[0];
  const late = served(between(picture, now - HALF_HOUR_MS, now));
  return {
    key: "service_level",
    parts: [shown(today)],
    target: { key: "board.target_service", s: thresholds.length === 1 ? thresholds[0] : "T" },
    level: levelOf(picture, "service_level"),
    trend: trend(picture, now, (minutes) => served(minutes).value),
    better: 1,
    about: queues.length > 1 && worst ? `${worst.name} ${shown(worst.service_level)}` : "",
    late,
    n: today.n,
    explain: { ...today, late },
  };
}

/** Of the campaign that is nearest to its cap: the cap is each campaign's own. */
function dropRate(picture, now) {
  const worst = [...picture.campaigns.values()]
    .filter((campaign) => campaign.state === "running" || campaign.abandoned > 0)
    .map((campaign) => ({ campaign, figure: dropped(campaign) }))
    .sort((a, b) => nearness(b) - nearness(a))[0];
  const cap = worst?.campaign.pace?.cap ?? DEFAULT_CAP;
  return {
    key: "drop_rate",
    parts: [worst ? shown(worst.figure, 1) : "–"],
    target: { key: "board.target_drop", percent: (cap * 100).toFixed(1).replace(".0", "") },
    level: levelOf(picture, "abandon_cap"),
    trend: trend(picture, now, (minutes) => rate(sum(minutes, "abandoned"), persons(minutes)).value),
    better: -1,
    about: worst?.campaign.name ?? "",
    left: worst ? left(worst.campaign) : null,
    n: worst ? worst.figure.n : null,
    explain: worst ? { ...worst.figure, campaign: worst.campaign.name } : null,
  };
}

/** Lost of those who answered: of the block where it is counted, else since the engine began. */
export function dropped(campaign) {
  const { pace } = campaign;
  const figure = pace
    ? rate(pace.block_abandoned, pace.block_answered)
    : rate(campaign.abandoned, live(campaign));
  return { ...figure, formula: "drop-US", window: pace ? "block" : "run" };
}

/** Calls that a person answered; of what has just been answered nobody knows yet. */
export function live({ answered, machines }) {
  return Math.max(answered - machines, 0);
}

/** How many more may be lost before the cap; null where nobody counts. */
export function left(campaign) {
  return campaign.pace ? Math.max(Math.floor(campaign.pace.left), 0) : null;
}

function nearness({ campaign, figure }) {
  return (figure.value ?? -1) / (campaign.pace?.cap ?? DEFAULT_CAP);
}

function freeAgents(picture, now) {
  const counts = picture.site.agent_counts ?? {};
  const expected = [...picture.campaigns.values()]
    .filter((campaign) => campaign.state === "running" && campaign.pace)
    .reduce((most, campaign) => Math.max(most, campaign.pace.expected_free), 0);
  return {
    key: "free_agents",
    parts: [counts.ready ?? 0, `/ ${signedIn(picture)}`],
    target: { key: "board.target_free" },
    level: levelOf(picture, "no_free_agent"),
    trend: trend(picture, now, (minutes) => mean(minutes, "free")),
    better: 1,
    about: "",
    expected: expected >= 1 ? Math.floor(expected) : null,
    n: null,
    explain: null,
  };
}

/** Beside the same hour of other days; where little is on file of these, beside this last hour. */
function answerRate(picture, now) {
  const { norm } = picture.site;
  const late = answers(between(picture, now - QUARTER_MS, now));
  const hour = answers([...picture.minutes.values()]);
  return {
    key: "answer_rate",
    parts: [shown(late)],
    target: norm
      ? { key: "board.target_norm", rate: shown(rate(norm.answered, norm.placed)) }
      : { key: "board.target_answer", rate: shown(hour) },
    level: worse(levelOf(picture, "answer_rate"), levelOf(picture, "network_fails")),
    trend: trend(picture, now, (minutes) => answers(minutes).value),
    better: 1,
    about: "",
    n: late.n,
    explain: { ...late, formula: "outbound-answer-rate", window: "quarter", norm: norm ?? null },
  };
}

// ── the last minutes ────────────────────────────────────────────────────────────────────

function between(picture, from, to) {
  return [...picture.minutes.values()].filter((minute) => {
    const at = instant(minute.at);
    return at > from && at <= to;
  });
}

/** Whether the last quarter of an hour is above (1) or below (-1) the one before, or neither. */
function trend(picture, now, value) {
  const late = value(between(picture, now - QUARTER_MS, now));
  const before = value(between(picture, now - 2 * QUARTER_MS, now - QUARTER_MS));
  if (late === null || before === null) return null;
  const step = Math.max(Math.abs(before) * 0.05, 0.005);
  if (Math.abs(late - before) < step) return 0;
  return late > before ? 1 : -1;
}

const sum = (minutes, name) => minutes.reduce((total, minute) => total + minute[name], 0);
const mean = (minutes, name) => (minutes.length ? sum(minutes, name) / minutes.length : null);
const persons = (minutes) => Math.max(sum(minutes, "answered") - sum(minutes, "machines"), 0);
const answers = (minutes) => rate(persons(minutes), sum(minutes, "placed"));

function served(minutes) {
  const figure = rate(sum(minutes, "served_within"), sum(minutes, "served"));
  return { ...figure, formula: "SL-live", window: "half_hour" };
}

