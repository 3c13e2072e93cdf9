// One small dialog for everything that is asked: once before what cannot be undone, and for the
// few facts that an act needs. Escape and "Cancel" do nothing at all.

import { t } from "../words.js";
import { el } from "./dom.js";

/**
 * Ask. `fields`: [{name, label, type, value, options, required, ...}]. Gives the values by name,
 * or null where the person thought better of it.
 */
export function ask({ title, text = "", fields = [], ok, danger = false }) {
  const dialog = document.getElementById("ask");
  const form = el("form", { method: "dialog" });
  const yes = el("button", { value: "yes", class: danger ? "act danger" : "act main", text: ok });
  const no = el("button", { type: "button", class: "act", text: t("board.cancel") });
  form.append(
    el("h2", { id: "ask-title", text: title }),
    ...(text ? [el("p", { text })] : []),
    ...fields.map(field),
    el("p", { class: "buttons" }, yes, no),
  );
  dialog.replaceChildren(form);
  dialog.returnValue = "";
  no.addEventListener("click", () => dialog.close(""));
  dialog.showModal();
  (form.querySelector("input, select") ?? (danger ? no : yes)).focus();
  return new Promise((resolve) => {
    const closed = () => resolve(dialog.returnValue === "yes" ? values(form) : null);
    dialog.addEventListener("close", closed, { once: true });
  });
}

function field({ name, label, options, value, ...rest }) {
  const input = options
    ? el("select", { name }, ...options.map(([key, text]) => el("option", { value: key, text, selected: key === value })))
    : el("input", { name, value, autocomplete: "off", ...rest });
  return el("label", {}, el("span", { text: label }), input);
}

const values = (form) => Object.fromEntries(new FormData(form));
