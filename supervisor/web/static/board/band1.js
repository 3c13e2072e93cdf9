// Band 1 on the page: five figures, each with its target, its trend and what it rests on.

import { keyed, make, mark, pulse, put } from "../dom.js";
import { t } from "../words.js";
import { figures } from "./figures.js";
import { SIGNS } from "./levels.js";
import { shown } from "./rates.js";
import { running } from "./ticking.js";

const ARROWS = { 1: "↗", 0: "→", [-1]: "↘" };

export function drawFigures(list, board) {
  const now = board.now();
  keyed(
    list,
    figures(board.picture, now),
    (figure) => figure.key,
    (figure) => item(figure, board),
    (node, figure) => update(node.firstElementChild, figure, now),
  );
}

function item(figure, board) {
  const opened = () => board.opened(card.figure);
  const card = make(
    "button.figure",
    { type: "button", "data-figure": figure.key, onclick: opened },
    make("span.figure-label", {}, make("span.sign"), make("span.label")),
    make("span.figure-value", {}, make("span.one"), make("span.two")),
    make("span.figure-target"),
    make("span.figure-foot", {}, make("span.trend"), make("span.beside")),
    make("span.about"),
  );
  return make("li", {}, card);
}

function update(card, figure, now) {
  card.figure = figure;
  const of = (name) => card.querySelector(`.${name}`);
  put(of("label"), t(`board.figure.${figure.key}`));
  const level = card.dataset.level ?? "";
  if (level !== figure.level) pulse(card);
  card.dataset.level = figure.level;
  put(of("sign"), SIGNS[figure.level]);
  mark(of("sign"), "aria-label", figure.level ? t(`board.level.${figure.level}`) : null);
  mark(of("sign"), "role", figure.level ? "img" : null);
  part(of("one"), figure.parts[0], now);
  part(of("two"), figure.parts[1], now);
  put(of("figure-target"), targeted(figure));
  put(of("trend"), trended(figure));
  put(of("beside"), note(figure));
  put(of("about"), figure.about);
}

function part(node, value, now) {
  if (value && value.since) return running(node, value.since, now);
  delete node.dataset.since;
  put(node, value ?? "");
}

function targeted(figure) {
  if (!figure.target) return "";
  const { key, ...params } = figure.target;
  const rests = figure.n === null ? "" : ` · n ${figure.n}`;
  return t(key, params) + rests;
}

function trended(figure) {
  if (figure.trend === null || figure.trend === undefined) return "";
  const good = figure.trend * figure.better;
  const word = good === 0 ? "same" : good > 0 ? "better" : "worse";
  return `${ARROWS[figure.trend]} ${t(`board.trend.${word}`)}`;
}

function note({ left, late, expected }) {
  if (Number.isFinite(left)) return t("board.drops_left", { n: left });
  if (Number.isFinite(late?.value)) return t("board.late_service", { rate: shown(late) });
  return expected ? t("board.expected_free", { n: expected }) : "";
}
