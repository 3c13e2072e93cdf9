// The dialogs: a work order out of the call (R13, R14), and the keys.

import { stamp } from "/static/desk/clock.js";
import { setSingleKeys, singleKeys } from "/static/desk/keys.js";
import { spaced } from "/static/desk/who-view.js";
import { make } from "/static/dom.js";
import { send } from "/static/session.js";
import { has, t } from "/static/words.js";

const dialog = () => document.getElementById("dialog");

function open(title, ...parts) {
  const box = dialog();
  box.replaceChildren(make("h2", { id: "dialog-title" }, title), ...parts);
  if (!box.open) box.showModal();
}

function closeButton(words = "desk.close") {
  return make("button.button.tall", { type: "button", onclick: () => dialog().close() }, t(words));
}

/** A work order; `done(text)` is told of its number. */
export function orderDialog({ work, choices }, done) {
  const kinds = choices.order_kinds.map(({ name, title }) => {
    const usual = has(`desk.kind.${name}`) ? t(`desk.kind.${name}`) : name;
    return make("option", { value: name }, title || usual);
  });
  const kind = make("select.input", { id: "order-kind" }, kinds);
  const subject = make("input.input", { id: "order-subject", maxlength: "200", required: true, autocomplete: "off" });
  const text = make("textarea.input", { id: "order-text", maxlength: "4000", rows: 4 });
  text.value = work.draft.body.note ?? "";
  const fault = make("p.note.bad", { role: "alert", hidden: true });
  const form = make(
    "form.dialog-form",
    { method: "dialog" },
    field("order-kind", "desk.order_kind", kind),
    field("order-subject", "desk.order_subject", subject),
    field("order-text", "desk.order_text", text),
    fault,
    make(
      "div.row",
      {},
      make("button.button.main.tall", { type: "submit", id: "order-go" }, t("desk.order_go")),
      closeButton("desk.cancel"),
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const order = await send("POST", "/desk/api/order", {
        kind: kind.value,
        subject: subject.value.trim(),
        text: text.value.trim(),
        call: work.call,
        contact: work.draft.body.contact ?? work.contact?.contact ?? null,
        name: work.draft.body.name || work.contact?.name || "",
      });
      dialog().close();
      done(t("desk.order_done", { number: spaced(order.number), time: stamp(order.solve_by) }));
    } catch (error) {
      fault.textContent = error.words;
      fault.hidden = false;
    }
  });
  open(t("desk.new_order"), form);
  subject.focus();
}

function field(id, words, input) {
  return make("div.field", {}, make("label", { for: id }, t(words)), input);
}

const KEYS = [
  ["F2", "desk.key.f2"],
  ["F8", "desk.key.f8"],
  ["1 … 9, 0", "desk.key.digits"],
  ["Ctrl + Enter", "desk.key.save"],
  ["Ctrl + Shift + Enter", "desk.key.save_break"],
  ["N", "desk.key.not_him"],
  ["?", "desk.key.help"],
];

/** The keys, and the switch of the single ones. */
export function keysDialog() {
  const switched = make("input", {
    id: "single-keys",
    type: "checkbox",
    checked: singleKeys(),
    onchange: () => setSingleKeys(switched.checked),
  });
  open(
    t("desk.keys"),
    make(
      "dl.keys",
      {},
      KEYS.map(([name, words]) =>
        make("div", {}, make("dt", {}, make("kbd", {}, name)), make("dd", {}, t(words))),
      ),
    ),
    make("label.pick", { for: "single-keys" }, switched, make("span", {}, t("desk.single_keys"))),
    closeButton(),
  );
}
