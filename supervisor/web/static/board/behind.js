// The calls behind a percentage, and what each of them counted as: asked of the server page by page,
// for what is on file is its alone. Two words and two shapes say it, no colour does.

import { make, mark, put } from "../dom.js";
import { send } from "../session.js";
import { t } from "../words.js";
import { clock, day, duration, instant } from "./times.js";

const FIGURES = {
  "SL-live": "service-level",
  "abandon-rate": "abandon-rate",
  "outbound-answer-rate": "answer-rate",
  "drop-US": "drop-rate",
};
const INBOUND = new Set(["service-level", "abandon-rate"]);
const PARTS = ["numerator", "against", "excluded"];
const SHAPES = { numerator: "●", against: "○", excluded: "–" };
const COLUMNS = ["time", "number", "of", "agent", "waited", "end", "counted"];

/** What is to be asked for a figure of one queue or campaign (null: of all), and for its late part. */
export function questions(figure, of) {
  const name = FIGURES[figure.formula];
  if (!name) return [];
  return [figure, figure.late].filter(Boolean).map(({ window }) => ({ figure: name, window, of }));
}

/** The list as an element, which fills itself. */
export function callsBehind(asked, board) {
  const list = new Behind(asked, board);
  list.load();
  return list.element;
}

class Behind {
  constructor(asked, board) {
    this.asked = asked;
    this.board = board;
    this.question = asked[0];
    this.part = null; // all
    this.pages = [{ older: null, from: 1 }]; // the way to the page that is shown
    this.built();
  }

  built() {
    this.windows = make("p.choices", { role: "group", "aria-label": t("board.fact.window"), hidden: this.asked.length < 2 });
    this.parts = make("p.choices", { role: "group", "aria-label": t("behind.counted") });
    this.sums = make("p.behind-sums", { role: "status" });
    this.notes = make("div.behind-notes");
    this.rows = make("tbody");
    const label = INBOUND.has(this.question.figure) ? "queue" : "campaign";
    const heads = COLUMNS.map((key) =>
      make("th", { scope: "col", "data-column": key }, t(key === "of" ? `behind.${label}` : `behind.${key}`)),
    );
    this.table = make("table.calls", {}, make("thead", {}, make("tr", {}, ...heads)), this.rows);
    this.newer = this.turn("newer", () => this.pages.length > 1 && this.pages.pop());
    this.older = this.turn("older", () => this.next && this.pages.push(this.next));
    this.place = make("span");
    this.element = make(
      "div.behind",
      {},
      make("h3", { id: "behind-title" }, t("behind.title")),
      this.windows,
      this.parts,
      this.sums,
      this.notes,
      make("div.behind-list", { role: "region", "aria-labelledby": "behind-title", tabindex: "0" }, this.table),
      make("p.buttons", {}, this.newer, this.older, this.place),
    );
  }

  /** A button that turns the pages. It stays where it is, and keeps the focus, at the end of them. */
  turn(word, step) {
    return make("button.act", { type: "button", onclick: () => step() && this.load() }, t(`behind.${word}`));
  }

  first(change) {
    Object.assign(this, change);
    this.pages = [{ older: null, from: 1 }];
    this.load();
  }

  async load() {
    this.waiting?.abort();
    const { signal } = (this.waiting = new AbortController());
    mark(this.table, "aria-busy", "true");
    try {
      this.draw(await send("GET", this.address(), undefined, { signal }));
    } catch (fault) {
      if (signal.aborted) return;
      put(this.sums, fault.words ?? t("fault.away"));
    }
    mark(this.table, "aria-busy", null);
  }

  address() {
    const { figure, window, of } = this.question;
    const { older } = this.pages.at(-1);
    const said = Object.entries({ window, of, part: this.part, older }).filter(([, value]) => value !== null);
    return `/api/v1/calls/behind/${figure}?${new URLSearchParams(said)}`;
  }

  draw(found) {
    const shown = this.pages.at(-1);
    const last = shown.from + found.calls.length - 1;
    this.next = found.older && { older: found.older, from: last + 1 };
    this.choices(found);
    const { numerator, denominator } = found.listed;
    put(this.sums, t("behind.sums", { part: numerator, of: denominator }));
    this.notes.replaceChildren(...this.notesOf(found).map((words) => make("p", {}, words)));
    this.rows.replaceChildren(...found.calls.map((call) => this.row(call)));
    mark(this.newer, "aria-disabled", this.pages.length > 1 ? null : "true");
    mark(this.older, "aria-disabled", this.next ? null : "true");
    const all = this.part ? found.parts[this.part] : sum(found.parts);
    put(this.place, found.calls.length ? t("behind.place", { from: shown.from, to: last, n: all }) : t("behind.none"));
  }

  choices(found) {
    const counts = [[null, sum(found.parts)], ...PARTS.map((part) => [part, found.parts[part]])];
    const parts = counts.map(([part, n]) => [`${part ? `${SHAPES[part]} ` : ""}${t(`behind.part.${part ?? "all"}`)} ${n}`, { part }]);
    const windows = this.asked.map((question) => [t(`board.window.${question.window}`), { question }]);
    this.choose(this.parts, parts);
    this.choose(this.windows, windows);
  }

  /** Buttons of which one holds. They are made once: who has pressed one keeps the focus. */
  choose(group, choices) {
    while (group.childElementCount < choices.length) group.append(make("button.act", { type: "button" }));
    for (const [at, [words, change]] of choices.entries()) {
      const button = group.children[at];
      const [name, value] = Object.entries(change)[0];
      put(button, words);
      mark(button, "aria-pressed", String(this[name] === value));
      button.onclick = () => this.first(change);
    }
  }

  notesOf(found) {
    const notes = [];
    if (found.run_since) notes.push(t("behind.run_since", { time: this.when(found.run_since) }));
    if (found.differs) {
      const { numerator, denominator } = found.told;
      notes.push(t(`behind.differs.${found.differs}`, { figure: `${numerator} / ${denominator}` }));
    }
    return notes;
  }

  row(call) {
    const agent = this.board.picture.agents.get(call.agent)?.name;
    const kind = INBOUND.has(this.question.figure) ? "queue" : "call";
    const cells = {
      time: this.when(call.at),
      number: call.number ?? t("board.withheld"),
      of: call.of,
      agent: [call.agent, agent].filter(Boolean).join(" ") || "–",
      waited: call.waited_s === null ? "–" : duration(call.waited_s * 1000),
      end: call.end ? t(`behind.end.${kind}.${call.end}`) : t("behind.goes_on"),
      counted: [
        make("b", {}, `${SHAPES[call.counted]} ${t(`behind.part.${call.counted}`)}`),
        make("small", {}, t(`behind.why.${call.why}`)),
      ],
    };
    const drawn = COLUMNS.map((key) => make("td", { "data-column": key }, cells[key]));
    return make("tr", { "data-counted": call.counted }, ...drawn);
  }

  /** The clock, with the day where it is another one. */
  when(iso) {
    const zone = this.board.zone();
    const at = instant(iso);
    const today = day(at, zone) === day(this.board.now(), zone);
    return today ? clock(at, zone) : `${day(at, zone)} ${clock(at, zone)}`;
  }
}

const sum = (parts) => PARTS.reduce((total, part) => total + parts[part], 0);
