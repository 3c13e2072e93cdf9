// Signing in at a phone: the desk rings it, or it calls the sign-in number by itself.

import { make } from "/static/dom.js";
import { t } from "/static/words.js";

const PHONE = "waihu.desk.phone";

/** The row under the seat of whoever sits at no phone yet; null for others. */
export function signInRow(desk) {
  if (desk.seat.phone || !desk.seat.known) return null;
  const field = make("input.input", {
    id: "phone-number",
    inputmode: "numeric",
    pattern: "[0-9]{2,20}",
    maxlength: "20",
    required: true,
    autocomplete: "off",
    "aria-label": t("desk.phone_number"),
    placeholder: t("desk.phone_number"),
  });
  field.value = desk.phoneTyped ?? lastPhone();
  field.addEventListener("input", () => {
    desk.phoneTyped = field.value;
  });
  return make(
    "form.sign-in",
    {
      method: "dialog",
      onsubmit: (event) => {
        event.preventDefault();
        keep(field.value);
        desk.signIn(field.value);
      },
    },
    make("strong", {}, desk.ringing ? t("desk.phone_rings", { phone: desk.ringing }) : t("desk.sign_in_at")),
    field,
    make("button.button.main.tall", { type: "submit", id: "sign-in" }, t("desk.sign_in")),
    make("span.quiet-text", {}, t("desk.sign_in_by_phone", { agent: desk.seat.agent })),
  );
}

function lastPhone() {
  try {
    return localStorage.getItem(PHONE) ?? "";
  } catch {
    return "";
  }
}

function keep(phone) {
  try {
    localStorage.setItem(PHONE, phone);
  } catch {
    // Storage may be barred; it is typed again next time.
  }
}
