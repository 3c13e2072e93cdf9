// What is said: the opening line, the questionnaire, and the note.

import { clock, left } from "/static/desk/clock.js";
import { redraw } from "/static/desk/redraw.js";
import { questionsShown } from "/static/desk/work.js";
import { make } from "/static/dom.js";
import { t } from "/static/words.js";

/** Draws the pane of a new work. */
export function showTalk(desk) {
  const pane = document.getElementById("talk");
  const { work } = desk;
  if (!work) {
    redraw(pane, promises(desk.today), make("p.empty", {}, t("desk.quiet")));
    return;
  }
  redraw(pane, script(work), form(desk), noteField(desk));
  showDraftState(desk);
}

/** While nobody is on the line: whom the agent has promised a call today. */
function promises(today) {
  if (!today || today.promises.length === 0) return null;
  const lines = today.promises.map(({ at, name, campaign }) =>
    make(
      `li${left(at) < 0 ? ".late" : ""}`,
      {},
      make("strong.figures", {}, clock(at)),
      ` ${[name, campaign].filter(Boolean).join(" · ")}`,
    ),
  );
  return make(
    "div.part",
    { id: "promises" },
    make("h2.pane-title", {}, t("desk.my_promises")),
    make("ul.lines", {}, lines),
  );
}

function script({ card, contact }) {
  if (!card?.script) return null;
  const custom = contact?.custom ?? {};
  const name = custom["称呼"] || custom["稱呼"] || contact?.name || "";
  const text = card.script.replaceAll("{name}", name).replace(/([，,])\s*[，,]/g, "$1");
  return make("blockquote.script", { lang: "zh-CN" }, text);
}

// ── questionnaire ──────────────────────────────────────────────────────────

function form(desk) {
  const { work } = desk;
  if (!work.form) return null;
  const box = make("section.form", { id: "form", "aria-label": work.form.title });
  drawForm(desk, box);
  return box;
}

function drawForm(desk, box) {
  const { form: asked, draft } = desk.work;
  const answers = draft.body.answers ?? {};
  const shown = questionsShown(asked, answers);
  redraw(
    box,
    make("h2.pane-title", {}, asked.title),
    shown.map((question) => questionBox(desk, question, answers[question.name] ?? "")),
  );
}

function questionBox(desk, question, answer) {
  const fault = desk.faults?.[question.name];
  const label = [question.ask, question.required ? make("span.must", { title: t("desk.must") }, " *") : null];
  const said = fault ? make("span.fault", { role: "alert" }, t(`desk.answer.${fault}`)) : null;
  if (["choice", "yes_no", "several"].includes(question.kind)) {
    return make(
      "fieldset.question",
      { "data-question": question.name },
      make("legend", {}, label),
      make("div.choices-row", {}, choicesOf(question).map((one) => choice(desk, question, answer, one))),
      said,
    );
  }
  const id = `q-${question.name}`;
  const field = make("input.input", {
    id,
    maxlength: "2000",
    autocomplete: "off",
    inputmode: question.kind === "number" ? "decimal" : "text",
    "aria-invalid": fault ? "true" : null,
    oninput: () => answerWith(desk, question, field.value),
  });
  field.value = answer;
  return make("div.question.field", {}, make("label", { for: id }, label), field, said);
}

function choicesOf(question) {
  if (question.kind === "yes_no") return [["yes", t("desk.yes")], ["no", t("desk.no")]];
  return question.choices.map((one) => [one, one]);
}

function choice(desk, question, answer, [value, words]) {
  const several = question.kind === "several";
  const chosen = answer.split("\n").filter(Boolean);
  const id = `q-${question.name}-${value}`;
  const input = make("input", {
    id,
    type: several ? "checkbox" : "radio",
    name: `q-${question.name}`,
    checked: chosen.includes(value),
    onchange: () => {
      const others = chosen.filter((one) => one !== value);
      const next = several ? (input.checked ? [...chosen, value] : others) : [value];
      answerWith(desk, question, question.choices.filter((one) => next.includes(one)).join("\n") || next.join("\n"), { redraw: true });
    },
  });
  return make("label.pick", { for: id }, input, make("span", {}, words));
}

function answerWith(desk, question, answer, { redraw: again = false } = {}) {
  const { draft } = desk.work;
  draft.change({ answers: { ...(draft.body.answers ?? {}), [question.name]: answer } });
  if (desk.faults) delete desk.faults[question.name];
  const hangs = desk.work.form.questions.some((one) => one.show_if?.question === question.name);
  if (again || hangs) drawForm(desk, document.getElementById("form"));
}

// ── note ───────────────────────────────────────────────────────────────────

function noteField(desk) {
  const { draft } = desk.work;
  const field = make("textarea.input.note-field", {
    id: "note",
    maxlength: "4000",
    "aria-describedby": "draft-state",
    oninput: () => draft.change({ note: field.value }),
    onblur: () => {
      draft.save();
      showDraftState(desk); // another tab may have written while this one had the focus
    },
  });
  field.value = draft.body.note ?? "";
  return make(
    "div.field.note-box",
    {},
    make(
      "div.note-head",
      {},
      make("label", { for: "note" }, t("desk.note")),
      make("span.draft-state", { id: "draft-state", role: "status" }),
    ),
    field,
  );
}

/** How the draft stands: on the server, in this browser only, or typed elsewhere as well. */
export function showDraftState(desk) {
  const place = document.getElementById("draft-state");
  const draft = desk.work?.draft;
  if (!place || !draft) return;
  const note = document.getElementById("note");
  const writes = document.activeElement === note && document.hasFocus();
  if (note && !writes && note.value !== (draft.body.note ?? "")) {
    note.value = draft.body.note ?? "";
  }
  place.dataset.state = draft.state;
  if (draft.state === "clash") {
    place.replaceChildren(
      t("desk.draft.clash"),
      make("button.button", { type: "button", onclick: () => desk.settle(true) }, t("desk.keep_mine")),
      make("button.button", { type: "button", onclick: () => desk.settle(false) }, t("desk.take_theirs")),
    );
    return;
  }
  place.textContent = draft.state === "none" ? "" : t(`desk.draft.${draft.state}`);
}
