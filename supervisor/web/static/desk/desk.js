// The agent's own page: what the seat does, who is on the line, what came of it.
//
// State is the server's: a button that was pressed says so until the stream has confirmed it.

import { alarm, notice, old, take, title } from "/static/desk/alert.js";
import { tell } from "/static/desk/clock.js";
import { keysDialog, orderDialog } from "/static/desk/dialogs.js";
import { Drafts } from "/static/desk/drafts.js";
import { listen } from "/static/desk/keys.js";
import { ask } from "/static/desk/promise-view.js";
import { showOutcome } from "/static/desk/outcome-view.js";
import { lookWords, showSeat, tickSeat } from "/static/desk/seat-view.js";
import { follow } from "/static/desk/stream.js";
import { showDraftState, showTalk } from "/static/desk/talk-view.js";
import { showWho } from "/static/desk/who-view.js";
import { wordOf, workOfCard, workOfDraft, workOfLate } from "/static/desk/work.js";
import { make } from "/static/dom.js";
import { showHeader, slot } from "/static/header.js";
import { send, whoAmI } from "/static/session.js";
import { onLanguage, t } from "/static/words.js";

const CONFIRM_MS = 3000;
const RING_MS = 25_000;
const OLD_S = 3;
const GONE_S = 30;

class Desk {
  constructor(me, choices) {
    this.me = me;
    this.choices = choices;
    this.seat = { agent: choices.agent, look: "unknown", phone: false, known: false };
    this.drafts = new Drafts(
      choices.agent,
      (draft) => this.draftChanged(draft),
      (call) => this.savedElsewhere(call),
    );
    this.work = null;
    this.card = null;
    this.today = null;
    this.times = null;
    this.faults = {};
    this.fault = "";
    this.heardAt = Date.now();
    this.asked = null; // what this page wishes of the status
  }

  // ── the stream ───────────────────────────────────────────────────────────

  hear({ now: at, seat, full }) {
    if (full) return notice("full", "bad", t("fault.too_many_streams", full));
    take("full");
    tell(at);
    this.heardAt = Date.now();
    if (!seat) return;
    const before = this.seat;
    this.seat = seat;
    this.confirm();
    this.notOwnDoing(before, seat);
    if (seat.phone) this.ringing = null;
    if (seat.pop !== before.pop && seat.pop) this.popCame(before.look === "unknown");
    if (before.call && before.call.id !== seat.call?.id) this.refreshDay();
    if (before.look === "talking" && seat.look === "wrap_up") this.work?.draft.save();
    if (seat.call && !this.work) this.resume(seat.call.id);
    this.previewing = seat.call?.state === "previewing" && this.work?.call === seat.call.id;
    this.show();
  }

  confirm() {
    if (!this.asked) return;
    const { want, reason } = this.asked;
    const { look, reason: shown, next } = this.seat;
    const done = want === "ready" ? !next && look !== "paused" : [shown, next].includes(reason);
    if (!done) return;
    clearTimeout(this.asked.timer);
    this.lastAsked = this.asked;
    this.asked = null;
    this.pending = false;
  }

  notOwnDoing(before, seat) {
    if (before.look === "unknown") return;
    if (before.phone && !seat.phone && !this.leaving) alarm("phone", t("desk.phone_dead"));
    if (!seat.phone) this.leaving = false;
    if (seat.phone) take("phone");
    const own = ["", "sign-in", "notes", this.lastAsked?.reason];
    const reason = seat.reason || seat.next;
    const changed = reason !== (before.reason || before.next);
    if (changed && reason && !own.includes(reason)) {
      alarm("forced", t("desk.forced", { state: lookWords({ look: "paused", reason }) }));
    }
    if (seat.reason === "notes" && before.reason !== "notes") {
      notice("held", "plain", t("desk.held"));
    }
    if (seat.reason !== "notes") take("held");
    if (before.link_up && !seat.link_up) alarm("link", t("desk.no_link"));
    if (seat.link_up) take("link");
  }

  /** A pop. On opening the page the last one may be of a call that is long over: it stays away. */
  async popCame(isFirst) {
    try {
      const { card } = await send("GET", "/desk/api/card");
      if (!card) return;
      this.card = card;
      const isOver = isFirst && this.seat.call?.id !== card.call;
      if (isOver && !this.drafts.all.get(card.call)?.holdsWords) return;
      const again = this.work?.call === card.call;
      if (again && this.work.contact) return;
      this.openCard();
    } catch (error) {
      notice("card", "warn", error.words);
    }
  }

  async refreshDay() {
    try {
      this.today = await send("GET", "/desk/api/today");
      this.show();
      if (!this.work) showTalk(this);
    } catch {
      // The figures stay as they were; the stream says that nothing answers.
    }
  }

  // ── which call ───────────────────────────────────────────────────────────

  openCard() {
    this.put(workOfCard(this.card, this.drafts.of(this.card.call)));
    if (this.work.draft.body.contact && !this.work.contact) this.choose(this.work.draft.body.contact);
  }

  /** After a fall of the engine the pop is gone; the words about the call at hand are not. */
  resume(call) {
    if (this.card?.call === call) return;
    if (this.drafts.open().some((draft) => draft.call === call)) this.openCall(call);
  }

  openCall(call) {
    const late = this.today?.late.find((one) => one.call === call);
    const draft = this.drafts.of(call);
    this.put(late ? workOfLate(late, draft) : workOfDraft(draft));
  }

  put(work) {
    this.work?.draft.save();
    Object.assign(this, { work, times: null, faults: {}, fault: "", savedAt: null, found: null });
    this.choosing = false;
    this.previewing = this.seat.call?.state === "previewing" && work?.call === this.seat.call.id;
    showWho(this);
    showTalk(this);
    showOutcome(this);
    this.drawn = this.drawnBy();
  }

  /** Calls whose words are still to come, this one apart. */
  waiting() {
    const late = (this.today?.late ?? []).map(({ call, name, number }) => ({ call, title: name || number }));
    const known = new Set(late.map(({ call }) => call));
    const open = this.drafts
      .open()
      .filter(({ call }) => !known.has(call) && call !== this.card?.call)
      .map(({ call, body }) => ({ call, title: body.meta?.title ?? "" }));
    return [...late, ...open].filter(({ call }) => call !== this.work?.call);
  }

  draftChanged(draft) {
    if (draft && draft === this.work?.draft) showDraftState(this);
  }

  savedElsewhere(call) {
    if (this.work?.call === call) this.put(null);
    this.refreshDay();
  }

  settle(mine) {
    this.work.draft.settle(mine);
    this.put(this.work);
  }

  async choose(contact) {
    const { work } = this;
    const before = work.draft.body.contact ?? null;
    work.draft.change({ contact }); // at once: what is saved meanwhile is of who was chosen
    try {
      const found = await send("GET", `/desk/api/contacts/${contact}`);
      if (this.work !== work) return;
      work.contact = found;
      this.choosing = false;
      this.found = null;
      showWho(this);
      showOutcome(this);
    } catch (error) {
      if (work.draft.body.contact === contact) work.draft.change({ contact: before });
      notice("contact", "warn", error.words);
    }
  }

  chooseAnother() {
    if (!this.work || this.work.late || this.work.direction !== "inbound") return;
    this.choosing = true;
    showWho(this);
    document.getElementById("search")?.focus();
  }

  async search(text) {
    if (!text.trim()) return;
    try {
      this.found = (await send("POST", "/desk/api/customers", { text })).customers;
    } catch (error) {
      notice("contact", "warn", error.words);
    }
    showWho(this);
    document.querySelector(".people button")?.focus();
  }

  // ── status and phone ─────────────────────────────────────────────────────

  async setStatus(want, reason = "") {
    clearTimeout(this.asked?.timer);
    this.asked = { want, reason };
    this.pending = true;
    this.asked.timer = setTimeout(() => this.unconfirmed(), CONFIRM_MS);
    take("forced");
    this.show();
    await this.try("status", () => send("POST", "/desk/api/status", { want, reason }), () => {
      clearTimeout(this.asked?.timer);
      this.asked = null;
      this.pending = false;
    });
  }

  unconfirmed() {
    this.asked = null;
    this.pending = false;
    notice("status", "warn", t("desk.unconfirmed"));
    this.show();
  }

  toggleStatus() {
    const { look, next } = this.seat;
    if (look === "paused" || next) this.setStatus("ready");
    else document.getElementById("break-0")?.focus();
  }

  async signIn(phone) {
    this.ringing = phone;
    this.show();
    clearTimeout(this.ringTimer);
    this.ringTimer = setTimeout(() => {
      if (this.ringing) notice("ring", "warn", t("desk.not_answered", { phone }));
      this.ringing = null;
      this.show();
    }, RING_MS);
    await this.try("ring", () => send("POST", "/desk/api/sign-in", { phone }), () => {
      this.ringing = null;
    });
  }

  async signOut() {
    this.leaving = true; // that the phone goes is our own doing
    await this.try("sign-out", () => send("POST", "/desk/api/sign-out", {}), () => {
      this.leaving = false;
    });
  }

  hangUp() {
    if (this.seat.look === "talking") this.try("hang", () => send("POST", "/desk/api/hang-up", {}));
  }

  async try(kind, act, failed = () => {}) {
    try {
      take(kind);
      return await act();
    } catch (error) {
      failed();
      notice(kind, "warn", error.words);
      this.show();
      return null;
    }
  }

  // ── preview ──────────────────────────────────────────────────────────────

  nextContact() {
    this.try("preview", () => send("POST", "/desk/api/next", {}));
  }

  dial() {
    this.try("preview", () => send("POST", "/desk/api/dial", {}));
  }

  skip(why) {
    if (!why.trim()) {
      document.getElementById("skip-why").focus();
      return;
    }
    this.try("preview", () => send("POST", "/desk/api/skip", { reason: why.trim() }));
  }

  // ── the word ─────────────────────────────────────────────────────────────

  choose_outcome(outcome) {
    if (!this.work || !this.work.outcomes.includes(outcome) || this.previewing) return;
    this.work.draft.change({ outcome });
    this.unfolded = false;
    this.fault = "";
    showOutcome(this);
    const next = { success_proxy: "proxy", appointment: "quick-half_hour" }[outcome];
    document.getElementById(next)?.focus();
  }

  async save(then) {
    const { work } = this;
    if (!work || this.saving || this.previewing) return;
    if (this.callIsToCome(work)) {
      this.refuse(t("desk.not_yet"));
      return;
    }
    if (!work.draft.body.outcome) {
      this.refuse(t("desk.choose_first"));
      document.querySelector("#outcomes [tabindex='0']")?.focus();
      return;
    }
    this.saving = true;
    this.fault = "";
    showOutcome(this);
    const stays = work.late || (then === "ready" && this.seat.next && this.seat.next !== "notes");
    const reason = then === "not_ready" ? this.choices.reasons[0] : "";
    if (then === "not_ready") this.lastAsked = { reason };
    try {
      await work.draft.rest();
      await send("POST", "/desk/api/word", wordOf(work, stays ? "stay" : then, reason));
      this.drafts.done(work.call);
      this.saving = false;
      this.wasSaved(work);
    } catch (error) {
      this.saving = false;
      work.draft.wake();
      this.refused(error);
    }
  }

  /** Whether the call of this work has not been answered: what came of it, nobody knows. */
  callIsToCome({ call, direction }) {
    const { call: at } = this.seat;
    const talked = ["talking", "wrap_up", "unserved"];
    return direction === "outbound" && at?.id === call && !talked.includes(at.state);
  }

  wasSaved(work) {
    notice("saved", "good", `✓ ${t("desk.saved_of", { name: titleOf(work) })}`);
    setTimeout(() => take("saved"), 6000);
    if (this.work === work) this.put(null);
    if (work.late && this.card && this.seat.call?.id === this.card.call) this.openCard();
    this.refreshDay();
  }

  refused(error) {
    this.faults = error.facts?.answers ?? {};
    if (error.code === "already_disposed" || error.code === "no_call_to_dispose") {
      this.work.late = true; // nothing more to be said of it: what was typed may be thrown away
    }
    if (error.code === "appointment_refused") {
      this.times = { ...this.times, asked: error.facts };
    }
    this.refuse(error.words);
    if (Object.keys(this.faults).length > 0) {
      showTalk(this);
      document.querySelector("[data-question] input, .question [aria-invalid]")?.focus();
    }
  }

  refuse(words) {
    this.fault = words;
    showOutcome(this);
  }

  async discard() {
    const { work } = this;
    this.drafts.done(work.call);
    await this.try("discard", () => send("POST", "/desk/api/draft/drop", { call: work.call }));
    this.put(null);
    if (this.card && this.seat.call?.id === this.card.call) this.openCard();
  }

  openOrder() {
    orderDialog(this, (told) => notice("order", "good", told));
  }

  async callBack() {
    const kept = await this.try("call-back", async () => {
      await send("POST", "/desk/api/call-back", { call: this.work.call });
      return true;
    });
    if (kept) notice("call-back", "good", `✓ ${t("desk.call_back_kept")}`);
  }

  // ── drawing ──────────────────────────────────────────────────────────────

  show() {
    showSeat(this);
    tickSeat(this);
    const { seat } = this;
    if (this.drawn !== this.drawnBy()) {
      this.drawn = this.drawnBy();
      showOutcome(this);
    }
    title(`${lookWords(seat)} · ${t("nav.desk")}`);
  }

  /** What the outcomes are drawn by, beside the work itself. */
  drawnBy() {
    return JSON.stringify([this.previewing, this.seat.next, this.waiting().map(({ call }) => call)]);
  }

  redrawAll() {
    this.show();
    showWho(this);
    showTalk(this);
    showOutcome(this);
  }

  tick() {
    tickSeat(this);
    const age = Math.floor((Date.now() - this.heardAt) / 1000);
    document.body.classList.toggle("old", age >= OLD_S);
    document.body.classList.toggle("very-old", age >= GONE_S);
    if (age >= OLD_S) old(age);
    else take("old");
  }

  keys() {
    const digits = Object.fromEntries(
      (this.work?.outcomes ?? []).slice(0, 10).map((outcome, nth) => [
        String((nth + 1) % 10),
        () => this.choose_outcome(outcome),
      ]),
    );
    return {
      ...digits,
      F2: () => (this.previewing ? this.dial() : this.hangUp()),
      F8: () => this.toggleStatus(),
      "Ctrl+Enter": () => this.save("ready"),
      "Ctrl+Shift+Enter": () => this.save("not_ready"),
      n: () => this.chooseAnother(),
      "?": () => keysDialog(),
    };
  }
}

function titleOf({ contact, card, draft }) {
  return contact?.name || draft.body.name || card?.number || draft.body.meta?.title || "";
}

function helpButton() {
  const facts = { type: "button", id: "help", "data-t": "desk.keys", onclick: keysDialog };
  return make("button.button.quiet", facts);
}

/** Without a seat there is no desk: says why, and waits for nothing. */
function refused(error) {
  document.getElementById("content").replaceChildren();
  notice("refused", "bad", error.words);
  return new Promise(() => {});
}

const me = await whoAmI();
showHeader(me);
slot().append(helpButton());
const desk = new Desk(me, await send("GET", "/desk/api/choices").catch(refused));
slot().querySelector("#help").textContent = t("desk.keys");
await desk.drafts.load().catch(() => null);
await desk.refreshDay();
desk.redrawAll();
listen(() => desk.keys());
onLanguage(() => desk.redrawAll());
follow(desk.choices.agent, (told) => desk.hear(told));
setInterval(() => desk.tick(), 1000);
window.addEventListener("blur", () => desk.drafts.saveAll());
