// Band 2, campaigns: does it dial, and if not why; how fast, how far, and what may still be lost.

import { make, mark, put } from "../dom.js";
import { t } from "../words.js";
import { dropped, left, live } from "./figures.js";
import { alarmsOf, levelAbout, rank, worse } from "./levels.js";
import { rate } from "./rates.js";
import { drawRows, rateCell } from "./table.js";
import { duration, instant, minute } from "./times.js";
import { whySentence } from "./reasons.js";

export const CAMPAIGN_COLUMNS = ["state", "calls", "answer_rate", "drop_rate", "progress", "acts"];

const STATES = { running: 3, paused: 2, ready: 1, stopped: 0 };

export function drawCampaigns(body, board) {
  const rows = [...board.picture.campaigns.values()]
    .filter((campaign) => board.meant(campaign.name))
    .map((campaign) => judged(campaign, board.picture));
  const writers = {
    state: (cell, row) => state(cell, row, board),
    calls: (cell, row) => calls(cell, row, board),
    answer_rate: (cell, { campaign }) =>
      rateCell(cell, answered(campaign), campaign.name, "", board),
    drop_rate: (cell, row) => drops(cell, row, board),
    progress: (cell, row) => progress(cell, row, board),
    acts: (cell, row) => acts(cell, row, board),
  };
  drawRows(body, "campaign", rows, CAMPAIGN_COLUMNS.map((key) => [key, writers[key]]), board);
}

function judged(campaign, picture) {
  const level = levelAbout(picture, "campaign", campaign.name);
  const drop = alarmsOf(picture, "campaign", campaign.name)
    .filter((alarm) => alarm.code === "abandon_cap")
    .reduce((most, alarm) => worse(most, alarm.level), "");
  const idle = campaign.state === "running" && campaign.why ? 1 : 0;
  return {
    name: campaign.name,
    campaign,
    level,
    drop,
    idle,
    badness: [rank(level), rank(drop), STATES[campaign.state] ?? 0, idle, dropped(campaign).value ?? 0],
  };
}

export function answered(campaign) {
  return {
    ...rate(live(campaign), campaign.placed),
    formula: "outbound-answer-rate",
    window: "run",
  };
}

function state(cell, { campaign, idle, level }, board) {
  const word = cell.querySelector(".state") ?? cell.appendChild(make("span.state"));
  const why = cell.querySelector(".why") ?? cell.appendChild(make("span.why"));
  put(word, t(`campaign.${campaign.state}`));
  mark(word, "data-state", campaign.state);
  put(why, idle ? whySentence(campaign.why, board) : mode(campaign));
  mark(why, "data-level", idle && level ? level : null);
}

function mode(campaign) {
  return campaign.mode ? t(`board.mode.${campaign.mode}`) : "";
}

/** Calls alive, and how many lines that is for each agent who works or could. */
function calls(cell, { campaign }, board) {
  const line = cell.firstElementChild ?? cell.appendChild(make("span"));
  const { dialing = 0, ringing = 0, answered = 0, message = 0 } = campaign.calls ?? {};
  put(line, `${dialing}/${ringing}/${answered + message}`);
  const agents = working(campaign, board.picture);
  const lines = agents ? (campaign.in_calls / agents).toFixed(1) : "–";
  const note = cell.querySelector("small") ?? cell.appendChild(make("small"));
  put(note, t("board.lines_per_agent", { lines }));
}

function working(campaign, picture) {
  const at = new Set(["ready", "reserved", "talking", "wrap_up"]);
  let count = 0;
  for (const agent of picture.agents.values()) {
    const serves = campaign.queue ? agent.queues.includes(campaign.queue) : true;
    if (serves && at.has(agent.look)) count += 1;
  }
  return count;
}

function drops(cell, { campaign, drop }, board) {
  rateCell(cell, dropped(campaign), campaign.name, drop, board, 1);
  const more = left(campaign);
  const note = cell.querySelector("small") ?? cell.appendChild(make("small"));
  put(note, more === null ? "" : t("board.drops_left", { n: more }));
}

function progress(cell, { campaign }, board) {
  const worked = done(campaign);
  const bar =
    cell.querySelector("progress") ??
    cell.appendChild(make("progress", { "aria-label": t("board.campaign.progress") }));
  bar.max = Math.max(campaign.contacts, 1);
  bar.value = worked;
  const text = cell.querySelector("span") ?? cell.appendChild(make("span"));
  const said = [
    t("board.progress", { done: worked, all: campaign.contacts, due: campaign.due }),
    ahead(campaign, board),
  ];
  put(text, said.filter(Boolean).join(" · "));
}

/** Contacts that were called and want no more at present (`CampaignView.worked`). */
export function done(campaign) {
  const open = campaign.due + campaign.untried + campaign.in_calls;
  return Math.min(Math.max(campaign.contacts - open, 0), campaign.contacts);
}

function ahead(campaign, board) {
  if (campaign.due || campaign.in_calls) {
    if (campaign.time_left_s === null || campaign.time_left_s === undefined) return "";
    return t("board.time_left", { time: duration(campaign.time_left_s * 1000) });
  }
  const next = instant(campaign.next_due_at);
  return next === null ? "" : t("board.next_due", { time: minute(next, board.zone()) });
}

function acts(cell, { campaign }, board) {
  if (!board.may("act_campaigns")) return;
  const running = campaign.state === "running";
  const turn = cell.querySelector(".turn") ?? cell.appendChild(button("turn"));
  put(turn, t(running ? "board.act.pause_campaign" : "board.act.start_campaign"));
  turn.onclick = () => board.acts.turnCampaign(campaign);
  const pace = cell.querySelector(".pace") ?? cell.appendChild(button("pace"));
  put(pace, t("board.act.pace"));
  pace.onclick = () => board.acts.askPace(campaign);
}

const button = (name) => make(`button.act.${name}`, { type: "button" });
