// Band 2, queues: who waits and how long, who could serve, and today's figures.

import { keyed, make, mark, put } from "../dom.js";
import { t } from "../words.js";
import { alarmsOf, levelAbout, longestSince, rank, signedIn, waitLevel, worse } from "./levels.js";
import { drawRows, rateCell } from "./table.js";
import { running } from "./ticking.js";
import { duration, instant } from "./times.js";

const CALLERS_SHOWN = 4;

export const QUEUE_COLUMNS = [
  "waiting",
  "longest",
  "agents",
  "service_level",
  "abandon_rate",
  "asa",
  "offered",
];

export function drawQueues(body, board) {
  const now = board.now();
  const rows = [...board.picture.queues.values()]
    .filter((queue) => board.meant(queue.name))
    .map((queue) => judged(queue, board.picture, now));
  const writers = {
    waiting: (cell, row) => waiting(cell, row, now),
    longest: (cell, row) => longest(cell, row, now),
    agents: (cell, row) => put(cell, `${row.queue.agents_available}/${row.signedIn}`),
    service_level: (cell, { queue, service }) =>
      rateCell(cell, queue.service_level, queue.name, service, board),
    abandon_rate: (cell, { queue }) => rateCell(cell, queue.abandon_rate, queue.name, "", board, 1),
    asa: (cell, { queue }) => put(cell, averaged(queue.asa)),
    offered: (cell, { queue }) => put(cell, queue.offered),
  };
  const columns = QUEUE_COLUMNS.map((key) => [key, writers[key]]);
  drawRows(body, "queue", rows, columns, board);
}

function judged(queue, picture, now) {
  const waited = waitLevel(picture, queue, now);
  const level = worse(waited, levelAbout(picture, "queue", queue.name));
  const service = alarmsOf(picture, "queue", queue.name)
    .filter((alarm) => alarm.code === "service_level")
    .reduce((most, alarm) => worse(most, alarm.level), "");
  const from = instant(longestSince(queue)) ?? now;
  return {
    name: queue.name,
    queue,
    level,
    waited,
    service,
    signedIn: signedIn(picture, queue.name),
    badness: [rank(level), now - from, queue.waiting],
  };
}

function waiting(cell, { queue, waited }, now) {
  cell.dataset.level = waited;
  const count = cell.firstElementChild ?? cell.appendChild(make("b.count"));
  put(count, queue.waiting);
  const list = cell.querySelector("ol") ?? cell.appendChild(make("ol.callers"));
  const callers = (queue.callers ?? []).slice(0, CALLERS_SHOWN);
  keyed(list, callers, (caller) => caller.call, caller, (node, item) => wrote(node, item, now));
  const more = queue.waiting - callers.length;
  mark(list, "data-more", more > 0 && callers.length ? t("board.more", { n: more }) : null);
}

function caller() {
  return make("li", {}, make("span.number"), " ", make("time"));
}

function wrote(node, item, now) {
  put(node.querySelector(".number"), item.number || t("board.withheld"));
  running(node.querySelector("time"), item.joined_at, now);
}

function longest(cell, { queue, waited }, now) {
  cell.dataset.level = waited;
  const time = cell.firstElementChild ?? cell.appendChild(make("time"));
  running(time, longestSince(queue), now);
}

function averaged(figure) {
  return figure && figure.value !== null ? duration(figure.value * 1000) : "–";
}
