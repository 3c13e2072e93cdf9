// The call that is worked on: what is known of it, and the draft of what is typed about it.

/** The work of a pop. */
export function workOfCard(card, draft) {
  const { call, direction, outcomes, form, contact } = card;
  keepMeta(draft, { direction, outcomes, form, at: card.at, title: contact?.name || card.number });
  return { call, direction, outcomes, form, contact, card, draft, late: false };
}

/** The work of a call whose word is still to come. */
export function workOfLate(late, draft) {
  const { call, outcomes, form } = late;
  if (!draft.body.note && late.note) draft.body = { ...draft.body, note: late.note };
  const contact = { contact: late.contact, name: late.name, campaign: late.campaign, custom: {} };
  const work = { call, direction: "outbound", outcomes, form, contact, card: null, draft };
  return { ...work, late: true, number: late.number, at: late.at };
}

/** The work of words that were typed about a call which is gone from everywhere else. */
export function workOfDraft(draft) {
  const { direction, outcomes, form, at } = draft.body.meta ?? {};
  return {
    call: draft.call,
    direction: direction ?? "inbound",
    outcomes: outcomes ?? [],
    form: form ?? null,
    contact: null,
    card: null,
    draft,
    late: true,
    at,
  };
}

/** What the page sends of a word. `then`: what the agent does next. */
export function wordOf(work, then, reason) {
  const body = work.draft.body;
  const outcome = body.outcome ?? "";
  const promises = outcome === "appointment";
  return {
    call: work.call,
    direction: work.direction,
    outcome,
    note: (body.note ?? "").trim(),
    form: work.form?.name ?? "",
    answers: work.form ? answersShown(work.form, body.answers ?? {}) : {},
    appointment_at: promises ? (body.appointment_at ?? null) : null,
    mine: promises && Boolean(body.mine),
    who: outcome === "success_proxy" ? (body.who ?? "").trim() : "",
    contact: body.contact ?? work.contact?.contact ?? null,
    name: (body.name ?? "").trim(),
    then,
    reason,
  };
}

/** The questions that these answers leave to be asked; as the server judges it (`campaigns.forms`). */
export function questionsShown(form, answers) {
  const seen = new Set();
  return form.questions.filter(({ name, show_if: hangs }) => {
    const shown =
      !hangs ||
      (seen.has(hangs.question) &&
        (answers[hangs.question] ?? "").split("\n").some((one) => hangs.is.includes(one)));
    if (shown) seen.add(name);
    return shown;
  });
}

function answersShown(form, answers) {
  const shown = questionsShown(form, answers).map(({ name }) => name);
  return Object.fromEntries(
    shown.filter((name) => answers[name]).map((name) => [name, answers[name]]),
  );
}

function keepMeta(draft, meta) {
  // So that words can be given also where the pop is gone with an engine that has fallen.
  draft.body = { ...draft.body, meta };
}
