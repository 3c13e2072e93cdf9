// A question before what cannot be taken back.

import { make } from "/static/dom.js";
import { t } from "/static/words.js";

/** Asks once; gives true if the person said yes. */
export function sure(question, yes) {
  let answer = false;
  const shut = () => dialog.close();
  const go = () => {
    answer = true;
    dialog.close();
  };
  const no = make("button.button", { type: "button", onclick: shut }, t("ask.no"));
  const dialog = make(
    "dialog.ask",
    { "aria-labelledby": "ask-words" },
    make("p", { id: "ask-words" }, question),
    make("div.row.end", {}, no, make("button.button.danger", { type: "button", onclick: go }, yes)),
  );
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    dialog.showModal();
    no.focus();
  });
}
