// Who is on the line, in the order in which an agent reads it before the first word (R11).

import { clock, stamp } from "/static/desk/clock.js";
import { key } from "/static/desk/keys.js";
import { redraw } from "/static/desk/redraw.js";
import { make } from "/static/dom.js";
import { has, language, t } from "/static/words.js";

/** Draws the pane. */
export function showWho(desk) {
  const { work } = desk;
  const pane = document.getElementById("who");
  if (!work) {
    redraw(pane, heading(t("desk.who")), make("p.empty", {}, t("desk.nobody")));
    return;
  }
  redraw(
    pane,
    person(desk),
    why(work),
    flags(work.card),
    orders(work.card),
    history(work.card),
    fields(work.contact),
  );
}

function heading(text) {
  return make("h2.pane-title", {}, text);
}

function person(desk) {
  const { work } = desk;
  const { contact, card } = work;
  const number = card?.number || work.number;
  const box = make("div.person");
  const name = contact?.name || card?.name || (card?.people.length > 1 ? t("desk.several") : "");
  box.append(make("h2.person-name", {}, name || t("desk.unknown")));
  const place = card?.place?.[language()];
  box.append(
    make(
      "div.number-line",
      {},
      make("p.person-number.figures", {}, number || t("desk.withheld")),
      place ? make("p.person-place", {}, place) : null,
    ),
  );
  if (contact?.zone_differs) {
    const local = clock(new Date().toISOString(), contact.zone);
    box.append(make("p.zone", {}, t("desk.local_time", { time: local, zone: contact.zone })));
  }
  if (!work.late && work.direction === "inbound") box.append(whichOne(desk));
  return box;
}

function whichOne(desk) {
  const { work } = desk;
  const choosing = !work.contact || desk.choosing;
  if (!choosing) {
    return make(
      "button.button.tall",
      { type: "button", id: "not-him", onclick: () => desk.chooseAnother() },
      t("desk.not_him"),
      key("N"),
    );
  }
  return make("div.choosing", {}, people(desk), search(desk), newName(desk));
}

function people(desk) {
  const found = desk.found ?? desk.work.card?.people ?? [];
  if (found.length === 0) return desk.found ? make("p.quiet-text", {}, t("desk.none_found")) : null;
  return make(
    "ul.people",
    {},
    found.map((one) =>
      make(
        "li",
        {},
        make(
          "button.button.tall.wide",
          { type: "button", onclick: () => desk.choose(one.contact) },
          make("strong", {}, one.name || t("desk.unknown")),
          make("span.quiet-text", {}, [one.campaign, one.reference, one.number].filter(Boolean).join(" · ")),
        ),
      ),
    ),
  );
}

function search(desk) {
  const field = make("input.input", {
    id: "search",
    type: "search",
    autocomplete: "off",
    maxlength: "100",
    placeholder: t("desk.search"),
    "aria-label": t("desk.search"),
  });
  return make(
    "form.search",
    {
      method: "dialog",
      role: "search",
      onsubmit: (event) => {
        event.preventDefault();
        desk.search(field.value);
      },
    },
    field,
    make("button.button.tall", { type: "submit" }, t("desk.find")),
  );
}

function newName(desk) {
  const { draft } = desk.work;
  const field = make("input.input", {
    id: "caller-name",
    autocomplete: "off",
    maxlength: "100",
    oninput: () => draft.change({ name: field.value }),
  });
  field.value = draft.body.name ?? "";
  return make("div.field", {}, make("label", { for: "caller-name" }, t("desk.new_name")), field);
}

function why({ card, contact, direction, at }) {
  const told = [t(`desk.way.${direction}`)];
  if (card?.campaign ?? contact?.campaign) told.push(card?.campaign ?? contact.campaign);
  if (card?.queue && direction === "inbound") told.push(card.queue);
  if (card?.subject) told.push(card.subject);
  const box = make("div.why", {}, make("p", {}, told.join(" · ")));
  if (at) box.append(make("p.quiet-text", {}, stamp(at)));
  if (card?.line) box.append(make("p.quiet-text.figures", {}, t("desk.line", { number: card.line })));
  if (contact?.appointment_at) {
    const promised = { time: clock(contact.appointment_at, contact.zone) };
    box.append(make("p.promised", {}, t("desk.promised", promised)));
  }
  return box;
}

function flags(card) {
  if (!card) return null;
  const { flags: found } = card;
  const told = [];
  if (found.do_not_call) told.push(["bad", "⊘", t("desk.flag.do_not_call")]);
  if (found.complaint) told.push(["bad", "!", t("desk.flag.complaint")]);
  if (found.overdue) told.push(["warn", "!", t("desk.flag.overdue")]);
  if (found.consent) told.push(["good", "✓", t(`desk.consent.${found.consent}`)]);
  if (found.dials_today !== null) {
    const full = found.dials_today >= found.daily_cap;
    const n = { n: found.dials_today, most: found.daily_cap };
    told.push([full ? "warn" : "plain", "#", t("desk.flag.dials", n)]);
  }
  if (!card.on_file) told.push(["warn", "?", t("desk.flag.away")]);
  if (told.length === 0) return null;
  return make(
    "ul.flags",
    { "aria-label": t("desk.flags") },
    told.map(([tone, shape, text]) =>
      make(`li.flag.${tone}`, {}, make("span", { "aria-hidden": "true" }, `${shape} `), text),
    ),
  );
}

function orders(card) {
  if (!card || card.work_orders.length === 0) return null;
  return make(
    "div.part",
    {},
    make("h3", {}, t("desk.orders")),
    make("ul.lines", {}, card.work_orders.map(orderLine)),
  );
}

function orderLine(order) {
  const due = order.due_at ? t("desk.due", { time: stamp(order.due_at) }) : "";
  const kind = has(`desk.kind.${order.kind}`) ? t(`desk.kind.${order.kind}`) : order.kind;
  const line = [kind, order.subject, t(`desk.order.${order.state}`), due];
  return make(
    `li${order.overdue ? ".late" : ""}`,
    {},
    make("strong.figures", {}, spaced(order.number)),
    ` ${line.filter(Boolean).join(" · ")}`,
  );
}

/** An order's number as it is read out. */
export function spaced(number) {
  return number.replace(/(\d{3})(?=\d)/g, "$1 ");
}

function history(card) {
  if (!card) return null;
  const lines = card.history.slice(0, 3).map(pastLine);
  return make(
    "div.part",
    {},
    make("h3", {}, t("desk.history")),
    lines.length > 0 ? make("ul.lines", {}, lines) : make("p.quiet-text", {}, t("desk.no_history")),
  );
}

function pastLine(past) {
  const what = has(`desk.outcome.${past.what}`) ? t(`desk.outcome.${past.what}`) : past.what;
  const head = [stamp(past.at), past.direction === "inbound" ? "↙" : "↗", what, past.agent];
  const answers = Object.entries(past.answers).map(([name, answer]) => `${name}: ${answer}`);
  const more = [past.note, ...answers].filter(Boolean).join(" · ");
  return make(
    "li",
    {},
    make("span.figures", {}, head.filter(Boolean).join(" ")),
    more ? make("span.past-note", {}, more) : null,
  );
}

function fields(contact) {
  const custom = Object.entries(contact?.custom ?? {}).filter(([, value]) => value);
  if (custom.length === 0) return null;
  return make(
    "dl.fields",
    {},
    custom.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))),
  );
}
