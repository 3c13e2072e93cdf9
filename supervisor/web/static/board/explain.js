// Figures and rows explain themselves: formula, numerator, denominator, window; why and pacing.

import { make } from "../dom.js";
import { has, t } from "../words.js";
import { alarmSentence, whySentence } from "./reasons.js";
import { alarmsOf, SIGNS } from "./levels.js";
import { answered, done } from "./campaigns.js";
import { dropped } from "./figures.js";
import { NONE, rate, shown } from "./rates.js";
import { clock, duration, instant, minute } from "./times.js";

/** The parts of a percentage, as a list of term and value. */
export function figureFacts(figure) {
  const formula = has(`board.formula.${figure.formula}`)
    ? t(`board.formula.${figure.formula}`)
    : figure.formula;
  const facts = [
    [t("board.fact.value"), shown(figure, 1)],
    [t("board.fact.formula"), formula],
    [t("board.fact.numerator"), number(figure.numerator)],
    [t("board.fact.denominator"), number(figure.denominator)],
    [t("board.fact.n"), number(figure.n)],
    [t("board.fact.window"), windowed(figure.window)],
    [t("board.fact.id"), figure.formula],
  ];
  if (figure.late) facts.push([t("board.fact.late"), shown(figure.late, 1)]);
  if (figure.norm !== undefined) facts.push([t("board.fact.norm"), normed(figure.norm)]);
  return facts;
}

/** What an answer rate is judged beside, and what that rests on. */
function normed(norm) {
  if (!norm) return t("board.norm_own");
  const hours = [norm.hour, norm.hour + 1].map((hour) => String(hour).padStart(2, "0")).join("–");
  const facts = { rate: shown(rate(norm.answered, norm.placed)), hours, days: norm.days, n: norm.placed };
  return t(has(`norm.${norm.day_kind}`) ? `norm.${norm.day_kind}` : "norm.all", facts);
}

const number = (value) => (Number.isInteger(value) ? String(value) : value?.toFixed(1) ?? NONE);

function windowed(window) {
  return has(`board.window.${window}`) ? t(`board.window.${window}`) : window;
}

/** Why a campaign does (not) dial, and the numbers of its last pacing decision. */
export function campaignFacts(campaign, board) {
  const facts = [
    [t("board.fact.why"), campaign.why ? whySentence(campaign.why, board) : t("board.dials")],
    [t("board.campaign.answer_rate"), shown(answered(campaign), 1)],
    [t("board.fact.norm"), normed(campaign.norm)],
    [t("board.campaign.drop_rate"), shown(dropped(campaign), 1)],
    [t("board.fact.done"), `${done(campaign)} / ${campaign.contacts}`],
    [t("board.fact.due"), String(campaign.due)],
    [t("board.fact.in_calls"), String(campaign.in_calls)],
  ];
  if (campaign.next_due_at) {
    facts.push([t("board.fact.next_due"), minute(instant(campaign.next_due_at), board.zone())]);
  }
  if (campaign.pace) facts.push(...paceFacts(campaign.pace, board));
  return facts;
}

function paceFacts(pace, board) {
  const limit = has(`limit.${pace.limit}`) ? t(`limit.${pace.limit}`) : pace.limit;
  const share = (value) => `${(value * 100).toFixed(1)} %`;
  const said = {
    pace_at: clock(instant(pace.at), board.zone()),
    pace_placed: pace.placed,
    pace_limit: limit,
    pace_free: pace.free,
    pace_waiting: pace.waiting,
    pace_in_flight: pace.in_flight,
    pace_expected_free: pace.expected_free.toFixed(1),
    pace_expected_answers: pace.expected_answers.toFixed(1),
    pace_answer_rate: share(pace.answer_rate),
    pace_risk: share(pace.risk),
    pace_price: share(pace.price),
    pace_left: Math.floor(pace.left),
    pace_cap: share(pace.cap),
    pace_aggressiveness: pace.aggressiveness,
    pace_block: `${pace.block_abandoned} / ${pace.block_answered}`,
    pace_day: `${pace.day_abandoned} / ${pace.day_answered}`,
  };
  return Object.entries(said).map(([key, value]) => [t(`board.fact.${key}`), String(value)]);
}

export function queueFacts(queue, board) {
  const time = (figure) => (figure?.value == null ? NONE : duration(figure.value * 1000));
  const facts = [
    [t("board.queue.waiting"), String(queue.waiting)],
    [t("board.fact.threshold"), `${queue.threshold_s} s`],
    [t("board.queue.service_level"), shown(queue.service_level, 1)],
    [t("board.fact.offered"), String(queue.offered)],
    [t("board.fact.answered"), String(queue.answered)],
    [t("board.fact.abandoned"), `${queue.abandoned} (${t("board.fact.short", { n: queue.short_abandons })})`],
    [t("board.fact.left"), String(queue.left)],
    [t("board.queue.asa"), time(queue.asa)],
    [t("board.fact.aht"), time(queue.aht)],
    [t("board.fact.longest"), time(queue.longest_wait)],
    [t("board.fact.call_backs"), `${queue.call_backs} (${t("board.fact.places", { n: queue.places })})`],
    [t("board.fact.lent"), String(queue.agents_lent)],
  ];
  const waits = (queue.callers ?? []).map((caller) => [
    caller.number || t("board.withheld"),
    duration(board.now() - instant(caller.joined_at)),
  ]);
  return [...facts, ...waits];
}

export function agentFacts(agent, board) {
  const skills = Object.entries(agent.skills ?? {}).map(([name, level]) => `${name} ${level}`);
  return [
    [t("board.fact.agent"), agent.agent],
    [t("board.fact.state"), t(`look.${agent.look}`)],
    [t("board.fact.since"), agent.since ? clock(instant(agent.since), board.zone()) : NONE],
    [t("board.fact.reason"), agent.pause_reason],
    [t("board.fact.call"), [agent.queue ?? agent.campaign, agent.number].filter(Boolean).join(" · ")],
    [t("board.fact.queues"), agent.queues.join(", ")],
    [t("board.fact.skills"), skills.join(", ")],
    [t("board.fact.lent_to"), agent.lent_to],
    [t("board.fact.undisposed"), agent.undisposed ? String(agent.undisposed) : ""],
  ].filter(([, value]) => value);
}

/** Facts as a definition list, under the alarms about the same one. */
export function drawn(facts, alarms, board) {
  const said = alarms.map((alarm) =>
    make("p.about-alarm", { "data-level": alarm.level }, `${SIGNS[alarm.level]} ${alarmSentence(alarm, board)}`),
  );
  const list = make("dl.facts");
  for (const [term, value] of facts) list.append(make("dt", {}, term), make("dd", {}, value));
  return [...said, list];
}

export const alarmsAbout = (board, kind, name) => alarmsOf(board.picture, kind, name);
