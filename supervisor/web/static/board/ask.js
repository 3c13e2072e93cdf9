// One small dialog for everything that is asked: once before what cannot be undone, and for the
// few facts that an act needs. Escape and "Cancel" do nothing at all.

import { make } from "../dom.js";
import { t } from "../words.js";

/**
 * Ask. `fields`: [{name, label, type, value, options, required, ...}]. Gives the values by name,
 * or null where the person thought better of it.
 */
export function ask({ title, text = "", fields = [], ok, danger = false }) {
  const dialog = document.getElementById("ask");
  const shut = () => dialog.close("");
  const yes = make(`button.act.${danger ? "danger" : "main"}`, { value: "yes" }, ok);
  const no = make("button.act", { type: "button", onclick: shut }, t("board.cancel"));
  const form = make(
    "form",
    { method: "dialog" },
    make("h2", { id: "ask-title" }, title),
    text ? make("p", {}, text) : null,
    fields.map(field),
    make("p.buttons", {}, yes, no),
  );
  dialog.replaceChildren(form);
  dialog.returnValue = "";
  dialog.showModal();
  (form.querySelector("input, select") ?? (danger ? no : yes)).focus();
  return new Promise((resolve) => {
    const closed = () => resolve(dialog.returnValue === "yes" ? values(form) : null);
    dialog.addEventListener("close", closed, { once: true });
  });
}

function field({ name, label, options, value, ...rest }) {
  const input = options
    ? make("select", { name }, options.map(([key, text]) => make("option", { value: key, selected: key === value }, text)))
    : make("input", { name, value, autocomplete: "off", ...rest });
  return make("label", {}, make("span", {}, label), input);
}

const values = (form) => Object.fromEntries(new FormData(form));
