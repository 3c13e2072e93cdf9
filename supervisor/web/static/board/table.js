// The rows of band 2: what queues and campaigns have in common. Worst first, pinned ones before.

import { keyed, make, mark, put } from "../dom.js";
import { t } from "../words.js";
import { keep, kept } from "./kept.js";
import { SIGNS } from "./levels.js";
import { FEW, shown } from "./rates.js";

export class Pins {
  constructor() {
    this.names = new Set(kept("pins", []));
  }

  has(name) {
    return this.names.has(name);
  }

  turn(name) {
    if (!this.names.delete(name)) this.names.add(name);
    keep("pins", [...this.names]);
  }
}

/** Draw rows of `kind` (queue, campaign) into a table body. `columns`: [key, write(cell, row)]. */
export function drawRows(body, kind, rows, columns, board) {
  const sorted = [...rows].sort((a, b) => order(kind, a, b, board));
  keyed(
    body,
    sorted,
    (row) => row.name,
    (row) => made(kind, row.name, columns, board),
    (node, row) => update(node, row, kind, columns, board),
  );
  mark(body.closest("table"), "data-empty", sorted.length ? null : "");
}

function order(kind, a, b, board) {
  const pinned = (row) => (board.pins.has(`${kind} ${row.name}`) ? 0 : 1);
  return pinned(a) - pinned(b) || compare(b.badness, a.badness) || byName(a.name, b.name);
}

function compare(one, other) {
  for (const [at, value] of one.entries()) if (value !== other[at]) return value - other[at];
  return 0;
}

const { compare: byName } = new Intl.Collator("zh-CN", { numeric: true });

function made(kind, name, columns, board) {
  const turn = () => (board.pins.turn(`${kind} ${name}`), board.redraw());
  const open = () => board.open(kind, name);
  const pin = make("button.pin", { type: "button", onclick: turn });
  const title = make("button.row-name", { type: "button", tabindex: "-1", onclick: open });
  const head = make("div.row-head", {}, pin, make("span.sign"), title);
  return make(
    "tr",
    { tabindex: "-1", "data-row": kind, "data-name": name, ondblclick: open },
    make("th", { scope: "row" }, head),
    columns.map(([key]) => make("td", { "data-column": key })),
  );
}

function update(node, row, kind, columns, board) {
  node.dataset.level = row.level;
  const head = node.querySelector(".row-head");
  const sign = head.querySelector(".sign");
  put(sign, SIGNS[row.level]);
  mark(sign, "role", row.level ? "img" : null);
  mark(sign, "aria-label", row.level ? t(`board.level.${row.level}`) : null);
  put(head.querySelector(".row-name"), row.name);
  const pinned = board.pins.has(`${kind} ${row.name}`);
  const pin = head.querySelector(".pin");
  put(pin, pinned ? "★" : "☆");
  mark(pin, "aria-pressed", String(pinned));
  mark(pin, "aria-label", t("board.pin", { name: row.name }));
  for (const [key, write] of columns) {
    const cell = node.querySelector(`[data-column="${key}"]`);
    mark(cell, "data-label", t(`board.${kind}.${key}`));
    write(cell, row);
  }
}

/** A rate in a cell: a button that explains it. Coloured only where many calls speak. */
export function rateCell(cell, figure, name, level, board, digits = 0) {
  let button = cell.querySelector("button");
  if (!button) {
    const explain = () => board.explain(button.figure, name);
    button = make("button.rate", { type: "button", onclick: explain });
    cell.append(button);
  }
  button.figure = figure;
  put(button, shown(figure, digits));
  mark(button, "disabled", figure ? null : true);
  cell.dataset.level = figure && figure.n >= FEW ? level : "";
}

/** The heads of a table's columns, in the language spoken now. */
export function drawHeads(table, kind, columns) {
  const row = table.tHead.rows[0];
  keyed(
    row,
    ["", ...columns],
    (key) => key,
    (key) => (key === "" ? row.cells[0] : make("th", { scope: "col" })),
    (cell, key) => {
      if (key === "acts") put(cell.firstElementChild ?? cell.appendChild(make("span.unseen")), t("board.acts"));
      else if (key) put(cell, t(`board.${kind}.${key}`));
    },
  );
}
