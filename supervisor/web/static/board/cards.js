// The card: what is behind a row or a figure, and what can be done about it.

import { make } from "../dom.js";
import { t } from "../words.js";
import { callsBehind, questions } from "./behind.js";
import {
  agentFacts,
  alarmsAbout,
  campaignFacts,
  drawn,
  figureFacts,
  queueFacts,
} from "./explain.js";

const FACTS = { agent: agentFacts, queue: queueFacts, campaign: campaignFacts };
const DANGEROUS = new Set(["hang_up", "sign_out"]);
const KEYS = [
  ["?", "help"],
  ["/", "filter"],
  ["1 2 3 4", "band"],
  ["j k ↑ ↓", "row"],
  ["Enter", "detail"],
  ["l", "listen"],
  ["w", "whisper"],
  ["b", "barge"],
  ["p", "pause"],
  ["x", "hang_up"],
  ["o", "sign_out"],
  ["r", "record"],
  ["m", "lend"],
  ["s", "steer"],
  ["a", "acknowledge"],
  ["t", "tv"],
  ["Esc", "stop"],
];

export class Cards {
  constructor(board) {
    this.board = board;
    this.about = null;
    this.dialog = document.getElementById("card");
    this.dialog.addEventListener("close", () => (this.about = null));
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
  }

  /** A row's own card. */
  open(kind, name) {
    const row = this.board.picture[`${kind}s`]?.get(name);
    if (!row || !(kind in FACTS)) return;
    this.about = { kind, name };
    this.show(row.name || name, this.body(kind, row), this.board.acts.of(kind, row));
  }

  body(kind, row) {
    const name = kind === "agent" ? row.agent : row.name;
    return drawn(FACTS[kind](row, this.board), alarmsAbout(this.board, kind, name), this.board);
  }

  /** A percentage: what it is made of, and the calls in it; `of`: its queue or campaign, null: all. */
  explain(figure, name, of = name) {
    if (!figure) return;
    this.about = null;
    const asked = questions(figure, of);
    const calls = asked.length ? [callsBehind(asked, this.board)] : [];
    this.show(name, [...drawn(figureFacts(figure), [], this.board), ...calls], [], calls.length > 0);
  }

  /** A figure of band 1: what it is made of, or where its rows are. */
  opened(figure) {
    const { explain, key } = figure;
    if (explain) return this.explain(explain, t(`board.figure.${key}`), explain.campaign ?? null);
    this.board.band(key === "free_agents" ? 3 : 2);
  }

  help(topic) {
    this.about = null;
    const list = make("dl.facts.keys");
    for (const [key, word] of KEYS) {
      list.append(make("dt", {}, make("kbd", {}, key)), make("dd", {}, t(`board.key.${word}`)));
    }
    const { keys } = this.board;
    const turned = () => (keys.turn(), this.help(topic));
    const words = t(keys.on ? "board.keys.off" : "board.keys.on");
    const turn = make("button.act", { type: "button", onclick: turned }, words);
    const told = topic ? [make("p", {}, t(`board.help.${topic}`))] : [];
    this.show(t("board.help"), [...told, list, turn], []);
    return true;
  }

  show(title, body, acts, wide = false) {
    this.dialog.classList.toggle("wide", wide);
    const shut = () => this.dialog.close();
    const close = make("button.close", { type: "button", "aria-label": t("board.close"), onclick: shut }, "✕");
    const buttons = acts.map(([word, , act]) => this.button(word, act));
    this.dialog.replaceChildren(
      make("div.card-head", {}, make("h2", { id: "card-title" }, title), close),
      ...(buttons.length ? [make("p.buttons", {}, buttons)] : []),
      make("div.card-body", {}, body),
    );
    if (!this.dialog.open) this.dialog.showModal();
  }

  button(word, act) {
    const done = () => {
      this.dialog.close();
      act();
    };
    const danger = DANGEROUS.has(word) ? ".danger" : "";
    return make(`button.act${danger}`, { type: "button", onclick: done }, t(`board.act.${word}`));
  }

  /** The picture has changed: the card of a row tells what is true now; its buttons stay put. */
  again() {
    if (!this.about || !this.dialog.open) return;
    const { kind, name } = this.about;
    const row = this.board.picture[`${kind}s`].get(name);
    if (row) this.dialog.querySelector(".card-body").replaceChildren(...this.body(kind, row));
  }
}
