// The card: what is behind a row or a figure, and what can be done about it.

import { t } from "../words.js";
import { el } from "./dom.js";
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

  /** A percentage: what it is made of. */
  explain(figure, name) {
    if (!figure) return;
    this.about = null;
    this.show(name, drawn(figureFacts(figure), [], this.board), []);
  }

  /** A figure of band 1: what it is made of, or where its rows are. */
  opened(figure) {
    if (figure.explain) return this.explain(figure.explain, t(`board.figure.${figure.key}`));
    this.board.band(figure.key === "free_agents" ? 3 : 2);
  }

  help(topic) {
    this.about = null;
    const list = el("dl", { class: "facts keys" });
    for (const [key, word] of KEYS) {
      list.append(el("dt", {}, el("kbd", { text: key })), el("dd", { text: t(`board.key.${word}`) }));
    }
    const { keys } = this.board;
    const turn = el("button", { type: "button", class: "act", text: t(keys.on ? "board.keys.off" : "board.keys.on") });
    turn.addEventListener("click", () => (keys.turn(), this.help(topic)));
    const told = topic ? [el("p", { text: t(`board.help.${topic}`) })] : [];
    this.show(t("board.help"), [...told, list, turn], []);
    return true;
  }

  show(title, body, acts) {
    const close = el("button", { type: "button", class: "close", "aria-label": t("board.close"), text: "✕" });
    close.addEventListener("click", () => this.dialog.close());
    const buttons = acts.map(([word, , act]) => this.button(word, act));
    this.dialog.replaceChildren(
      el("div", { class: "card-head" }, el("h2", { id: "card-title", text: title }), close),
      ...(buttons.length ? [el("p", { class: "buttons" }, ...buttons)] : []),
      el("div", { class: "card-body" }, ...body),
    );
    if (!this.dialog.open) this.dialog.showModal();
  }

  button(word, act) {
    const looks = DANGEROUS.has(word) ? "act danger" : "act";
    const button = el("button", { type: "button", class: looks, text: t(`board.act.${word}`) });
    button.addEventListener("click", () => {
      this.dialog.close();
      act();
    });
    return button;
  }

  /** The picture has changed: the card of a row tells what is true now; its buttons stay put. */
  again() {
    if (!this.about || !this.dialog.open) return;
    const { kind, name } = this.about;
    const row = this.board.picture[`${kind}s`].get(name);
    if (row) this.dialog.querySelector(".card-body").replaceChildren(...this.body(kind, row));
  }
}
