// Band 3: everybody who is signed in, those in trouble first, each state as shape, word and colour.

import { keyed, make, mark, pulse, put } from "../dom.js";
import { has, t } from "../words.js";
import { byTrouble, stateOf } from "./states.js";
import { running } from "./ticking.js";
import { minute, instant } from "./times.js";

/** From so many on the cells are small: more than a screen of faces tells nobody anything. */
const CROWD = 60;

export function drawAgents(list, board) {
  const now = board.now();
  const { picture } = board;
  const shown = [...picture.agents.values()].filter((agent) => isShown(agent, board));
  mark(list, "data-crowd", shown.length > CROWD ? "" : null);
  keyed(
    list,
    byTrouble(picture, shown, now),
    (agent) => agent.agent,
    (agent) => cell(agent.agent, board),
    (node, agent) => update(node, agent, board, now),
  );
  drawLegend(list.parentElement.querySelector(".legend"), picture);
}

function isShown(agent, board) {
  const words = [agent.agent, agent.name, agent.campaign, agent.queue, ...agent.queues];
  if (!board.meant(...words, t(`look.${agent.look}`))) return false;
  return agent.look !== "signed_out" || board.filter !== "";
}

function cell(agent, board) {
  const open = () => board.open("agent", agent);
  const facts = { type: "button", tabindex: "-1", "data-row": "agent", "data-name": agent, onclick: open };
  const card = make(
    "button.agent",
    facts,
    make("span.chip", {}, shape(), make("span.word"), make("time")),
    make("span.line", {}, make("span.name"), make("span.number")),
    make("span.line", {}, make("span.about"), make("span.flags")),
  );
  return make("li", {}, card);
}

const shape = () => make("span.shape", { "aria-hidden": "true" });

function update(node, agent, board, now) {
  const card = node.firstElementChild;
  const state = stateOf(board.picture, agent);
  const drawn = [agent, state.look, state.over, state.level, board.drawing];
  if (card.drawn && drawn.every((value, at) => value === card.drawn[at])) return;
  if (card.drawn && card.drawn[1] !== state.look) pulse(card);
  card.drawn = drawn;
  card.dataset.look = state.look;
  mark(card, "data-over", state.over ? "" : null);
  const of = (name) => card.querySelector(`.${name}`);
  put(of("shape"), state.over ? `${state.shape}!` : state.shape);
  put(of("word"), stateWord(agent, state));
  running(card.querySelector("time"), agent.since, now);
  put(of("name"), agent.name || agent.agent);
  put(of("about"), agent.queue || agent.campaign || "");
  put(of("number"), agent.number ?? "");
  put(of("flags"), flags(agent, board).join(" · "));
}

/** The word for a state, with the reason of a break and what is over its limit. */
export function stateWord(agent, state) {
  const reason = agent.look === "paused" && agent.pause_reason;
  const word = reason ? reasonWord(agent.pause_reason) : t(`look.${state.look}`);
  return state.over ? t("board.over", { word }) : word;
}

function reasonWord(reason) {
  return has(`pause.${reason}`) ? t(`pause.${reason}`) : reason;
}

function flags(agent, board) {
  const said = [];
  if (agent.lent_to) {
    const until = agent.lent_until && minute(instant(agent.lent_until), board.zone());
    said.push(t(until ? "board.lent_until" : "board.lent", { queue: agent.lent_to, until }));
  }
  if (agent.undisposed) said.push(t("board.undisposed", { n: agent.undisposed }));
  return said;
}

function drawLegend(legend, picture) {
  const counts = Object.entries(picture.site.agent_counts ?? {}).filter(([, count]) => count > 0);
  keyed(
    legend,
    counts,
    ([look]) => look,
    ([look]) => make("li", { "data-look": look }, shape(), " ", make("span.word")),
    (node, [look, count]) => {
      put(node.querySelector(".shape"), stateOf(picture, { look, agent: "" }).shape);
      put(node.querySelector(".word"), `${t(`look.${look}`)} ${count}`);
    },
  );
}
