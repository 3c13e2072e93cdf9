// What is told beside the picture: an act's answer, whom one listens to, desktop notifications.

import { make, mark, put } from "../dom.js";
import { t } from "../words.js";
import { keep, kept } from "./kept.js";

const SAID_MS = 6_000;
const byId = (id) => document.getElementById(id);

export class Notices {
  constructor(board) {
    this.board = board;
    this.wanted = kept("notify", false);
    this.heard = null;
    byId("sound").addEventListener("click", async () => {
      await board.sound.turn();
      this.respoken();
    });
    byId("notify").addEventListener("click", () => this.turn());
    for (const gesture of ["pointerdown", "keydown"]) {
      addEventListener(gesture, () => setTimeout(() => this.respoken(), 300), { once: true });
    }
  }

  /** One line at the foot of the page, for a while; `wrong` until the next. */
  say(words, wrong = false) {
    const said = byId("said");
    put(said, words);
    mark(said, "data-wrong", wrong ? "" : null);
    mark(said, "data-on", "");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => mark(said, "data-on", null), wrong ? 2 * SAID_MS : SAID_MS);
  }

  listening(heard) {
    this.heard = heard;
    const bar = byId("listening");
    bar.hidden = !heard;
    if (!heard) return bar.replaceChildren();
    const agent = this.board.picture.agents.get(heard.agent);
    const stop = () => this.board.acts.stopListening();
    const name = agent?.name || heard.agent;
    bar.replaceChildren(
      make("span", {}, t(`board.listening.${heard.mode}`, { name })),
      make("button.act", { type: "button", onclick: stop }, t("board.listening.stop")),
    );
  }

  /** Notifications only for who has asked for them, here and in the browser. */
  async turn() {
    if (!this.wanted && "Notification" in window) await Notification.requestPermission();
    this.wanted = !this.wanted && this.allowed();
    keep("notify", this.wanted);
    this.respoken();
  }

  allowed() {
    return "Notification" in window && Notification.permission === "granted";
  }

  notify(headline) {
    if (!this.wanted || !this.allowed()) return;
    const note = new Notification(headline, { tag: headline, lang: document.documentElement.lang });
    note.onclick = () => window.focus();
  }

  respoken() {
    const { sound } = this.board;
    const heard = !sound?.on ? "off" : sound.ready ? "on" : "blocked";
    put(byId("sound"), t(`board.sound.${heard}`));
    mark(byId("sound"), "aria-pressed", String(Boolean(sound?.on)));
    put(byId("notify"), t(this.wanted && this.allowed() ? "board.notify.on" : "board.notify.off"));
    mark(byId("notify"), "aria-pressed", String(this.wanted && this.allowed()));
    this.listening(this.heard);
  }
}
