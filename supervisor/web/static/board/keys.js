// The keys, the same as in the terminal: off while one types, and off altogether for who wants that
// (WCAG 2.1.4). Rows are walked with the arrows or j and k; what a key does, it does to that row.

import { keep, kept } from "./kept.js";

const BANDS = ["1", "2", "3", "4"];
const BAND_ROWS = {
  1: "#band-1 .figure",
  2: "#band-2 [data-row]",
  3: "#band-3 [data-row]",
  4: "#band-4 [data-row]",
};
/** What a key does, by what is possible on the row: one of these acts. */
const ACTS = {
  l: ["listen"],
  w: ["whisper"],
  b: ["barge"],
  p: ["pause", "resume", "pause_campaign", "start_campaign"],
  x: ["hang_up"],
  o: ["sign_out"],
  r: ["record"],
  m: ["lend", "take_back", "lend_to"],
  s: ["pace"],
};

export class Keys {
  constructor(board) {
    this.board = board;
    this.on = kept("keys", true);
    document.addEventListener("keydown", (event) => this.pressed(event));
  }

  turn() {
    this.on = !this.on;
    keep("keys", this.on);
  }

  pressed(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return this.escape(event);
    if (!this.on || typing(event.target) || document.querySelector("dialog[open]:not(#card)")) return;
    if (this.does(event.key, event)) event.preventDefault();
  }

  /** Whether the key is one of ours. */
  does(key, event) {
    const { board } = this;
    if (BANDS.includes(key)) return toBand(key) || true;
    switch (key) {
      case "?":
        return board.help() || true;
      case "/":
        return board.findAgents() || true;
      case "t":
        return board.turnTv() || true;
      case "j":
      case "ArrowDown":
        return step(1, key === "ArrowDown");
      case "k":
      case "ArrowUp":
        return step(-1, key === "ArrowUp");
      case "ArrowRight":
        return inGrid() && step(1, false);
      case "ArrowLeft":
        return inGrid() && step(-1, false);
      case "Enter":
        return this.enter(event);
      default:
        return this.acts(key);
    }
  }

  enter(event) {
    const row = event.target.closest?.("[data-row]");
    if (!row || event.target !== row || row.tagName === "BUTTON") return false;
    if (row.dataset.row === "alarm") row.querySelector(".suggested:not([hidden])")?.click();
    else this.board.open(row.dataset.row, row.dataset.name);
    return true;
  }

  acts(key) {
    const chosen = this.board.chosen();
    if (key === "a") return this.acknowledge(chosen);
    const words = ACTS[key];
    if (!words || !chosen) return false;
    const { acts } = this.board;
    const possible = acts.of(chosen.kind, chosen.row);
    possible.find(([word]) => words.includes(word))?.[2]();
    return true;
  }

  acknowledge(chosen) {
    const id = chosen?.kind === "alarm" ? chosen.row.id : this.board.newestAlarm()?.id;
    if (id) this.board.acts.acknowledge(id);
    return true;
  }

  escape(event) {
    if (document.querySelector("dialog[open]")) return; // the dialog's own
    if (this.board.acts.listening) return this.board.acts.stopListening();
    this.board.clearFilter();
    if (typing(event.target)) event.target.blur();
  }
}

function typing(node) {
  return Boolean(node.closest?.("input, select, textarea, [contenteditable]"));
}

const rowsOf = (band) => [...document.querySelectorAll(BAND_ROWS[band])].filter((row) => row.offsetParent);

function toBand(band) {
  const [first] = rowsOf(band);
  (first ?? document.getElementById(`band-${band}`)).focus();
}

const focused = () => document.activeElement?.closest("[data-row], .figure");

function bandOf(row) {
  return BANDS.find((band) => row.closest(`#band-${band}`));
}

const inGrid = () => focused()?.dataset.row === "agent" || focused()?.classList.contains("figure");

/** To the next row; in a grid an arrow up or down goes to the cell above or below. */
function step(by, byLine) {
  const row = focused();
  if (!row) return toBand(rowsOf("2").length ? "2" : "3") || true;
  const rows = rowsOf(bandOf(row));
  const at = rows.indexOf(row);
  const next = byLine && row.dataset.row === "agent" ? overOrUnder(rows, row, by) : rows[at + by];
  next?.focus();
  return true;
}

function overOrUnder(rows, row, by) {
  const { left, top } = row.getBoundingClientRect();
  const others = rows.filter((one) => {
    const box = one.getBoundingClientRect();
    return Math.abs(box.left - left) < 2 && (by > 0 ? box.top > top + 1 : box.top < top - 1);
  });
  return by > 0 ? others[0] : others.at(-1);
}
