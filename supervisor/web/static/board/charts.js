// The last hour, minute by minute: who waited and the service level, calls alive, free agents.
// Each chart says its last value in words as well: a line is no help to who cannot see it.

import { mark, put } from "../dom.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { t } from "../words.js";
import { rate, shown } from "./rates.js";
import { instant, minute } from "./times.js";

const CHARTS = {
  waiting: { values: (m) => m.waiting, colour: "--board-line-1" },
  service: { values: (m) => (m.served ? (100 * m.served_within) / m.served : null), colour: "--board-line-2", range: [0, 100] },
  calls: { values: (m) => m.calls, colour: "--board-line-3" },
  free: { values: (m) => m.free, colour: "--board-line-4" },
};

export class Charts {
  constructor(root) {
    this.figures = new Map([...root.querySelectorAll("[data-chart]")].map((node) => [node.dataset.chart, node]));
    this.plots = new Map();
    const sizes = new ResizeObserver(() => this.resize());
    sizes.observe(root);
  }

  draw(board) {
    this.zone = board.zone();
    const minutes = [...board.picture.minutes.values()].sort((a, b) => instant(a.at) - instant(b.at));
    const times = minutes.map((one) => instant(one.at) / 1000);
    for (const [name, node] of this.figures) {
      const values = minutes.map(CHARTS[name].values);
      this.plot(name, node).setData([times, values]);
      const last = minutes.at(-1);
      put(node.querySelector(".latest"), last ? latest(name, last) : "–");
      mark(node, "data-empty", minutes.length > 1 ? null : "");
    }
  }

  plot(name, node) {
    if (!this.plots.has(name)) {
      const place = node.querySelector(".plot");
      this.plots.set(name, new uPlot(options(name, place, () => this.zone), [[], []], place));
    }
    return this.plots.get(name);
  }

  resize() {
    for (const [name, plot] of this.plots) {
      plot.setSize(sizeOf(this.figures.get(name).querySelector(".plot")));
    }
  }

  /** The colours are the theme's: draw all anew after it has changed. */
  repaint(board) {
    for (const plot of this.plots.values()) plot.destroy();
    this.plots.clear();
    this.draw(board);
  }
}

function latest(name, last) {
  if (name !== "service") return String(CHARTS[name].values(last));
  return shown(rate(last.served_within, last.served));
}

const sizeOf = (node) => ({ width: node.clientWidth || 300, height: node.clientHeight || 90 });

function options(name, place, zone) {
  const style = getComputedStyle(document.documentElement);
  const colour = (token) => style.getPropertyValue(token).trim();
  const em = Number.parseFloat(style.fontSize);
  const axis = {
    stroke: colour("--board-muted"),
    grid: { stroke: colour("--board-line"), width: 1 },
    ticks: { show: false },
    font: `${Math.round(em * 0.7)}px system-ui, sans-serif`,
  };
  return {
    ...sizeOf(place),
    legend: { show: false },
    cursor: { show: false },
    padding: [em * 0.4, em * 0.6, 0, 0],
    scales: { x: { time: true }, y: { range: CHARTS[name].range ?? ((_u, _min, max) => [0, Math.max(max ?? 0, 4)]) } },
    axes: [
      { ...axis, size: em * 1.3, space: em * 5, values: (_u, at) => at.map((s) => minute(s * 1000, zone())) },
      { ...axis, size: em * 2.2, space: em * 1.6, values: (_u, at) => at.map((v) => (Number.isInteger(v) ? v : "")) },
    ],
    series: [
      {},
      { stroke: colour(CHARTS[name].colour), width: Math.max(em / 9, 1.5), fill: `${colour(CHARTS[name].colour)}33`, spanGaps: true, points: { show: false } },
    ],
  };
}

/** What the charts say, in a sentence each; for `aria-label`. */
export const chartWord = (name) => t(`board.chart.${name}`);
