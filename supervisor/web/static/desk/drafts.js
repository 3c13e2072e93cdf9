// What is typed and not saved yet. Nothing of it is ever lost: each change is in this browser at
// once and on the server within two seconds; the server's copy outlives browser and machine. This
// browser's goes once the server has it: it would grow old beside what another machine saves.
//
// Tabs of one agent share what they type, so that two of them never write against each other.

import { send } from "/static/session.js";

const SAVE_AFTER_MS = 2000;
const AGAIN_MS = 3000;
const REFUSED_AGAIN_MS = 10_000;
const REFUSED = { drafts_full: "full", too_large: "long" }; // what the server will not keep, and why
const PREFIX = "waihu.draft.";

/** All drafts of one agent. `changed(draft)` is called whenever one differs or stands otherwise,
 *  `gone(call)` when another tab has saved the words of a call. */
export class Drafts {
  constructor(agent, changed, gone) {
    this.agent = agent;
    this.changed = changed;
    this.gone = gone;
    this.all = new Map();
    this.channel = window.BroadcastChannel ? new BroadcastChannel(`waihu.drafts.${agent}`) : null;
    if (this.channel) this.channel.onmessage = ({ data }) => this.heard(data);
    document.addEventListener("visibilitychange", () => this.saveAll({ keepalive: true }));
    window.addEventListener("pagehide", () => this.saveAll({ keepalive: true }));
  }

  /** Brings the server's drafts and this browser's together. Ours was not saved yet: it follows the
   *  version that it was typed on, so that a newer one of another machine is not written over. */
  async load() {
    const local = this.stored();
    const { drafts } = await send("GET", "/desk/api/drafts");
    for (const { call, version, body } of drafts) {
      const own = local.get(call);
      local.delete(call);
      const newer = Boolean(own) && JSON.stringify(own.body) !== JSON.stringify(body);
      const draft = newer
        ? new Draft(this, call, own.body, own.seen ?? version, true)
        : new Draft(this, call, body, version, false);
      this.all.set(call, draft);
      if (!newer) this.forget(call);
    }
    for (const [call, { body }] of local) this.all.set(call, new Draft(this, call, body, 0, true));
    for (const draft of this.all.values()) if (draft.dirty) draft.save();
  }

  /** The draft of a call, an empty one if nothing was typed. */
  of(call) {
    if (!this.all.has(call)) this.all.set(call, new Draft(this, call, {}, 0, false));
    return this.all.get(call);
  }

  /** Those that hold words. */
  open() {
    return [...this.all.values()].filter((draft) => draft.holdsWords);
  }

  /** The call's words are saved where they belong. */
  done(call) {
    clearTimeout(this.all.get(call)?.timer);
    this.all.delete(call);
    this.forget(call);
    this.channel?.postMessage({ call, done: true });
  }

  saveAll(how = {}) {
    for (const draft of this.all.values()) if (draft.dirty) draft.save(how);
  }

  heard({ call, body, version, done }) {
    if (done) {
      this.all.delete(call);
      this.gone(call);
      return;
    }
    const draft = this.of(call);
    draft.version = Math.max(version, draft.version);
    if (!draft.dirty) draft.body = body;
    this.changed(draft);
  }

  stored() {
    const found = new Map();
    const start = `${PREFIX}${this.agent}.`;
    for (const name of storedNames()) {
      if (name.startsWith(start)) found.set(name.slice(start.length), read(name));
    }
    return found;
  }

  /** Here, until the server has it; `seen` is the version that it was typed on. */
  keep(call, seen, body) {
    try {
      localStorage.setItem(this.named(call), JSON.stringify({ seen, body }));
    } catch {
      // Storage may be barred or full; the server's copy remains.
    }
  }

  /** The server has these words; what another tab has typed since stays. */
  kept(call, body) {
    if (JSON.stringify(read(this.named(call)).body) === JSON.stringify(body)) this.forget(call);
  }

  named(call) {
    return `${PREFIX}${this.agent}.${call}`;
  }

  forget(call) {
    try {
      localStorage.removeItem(this.named(call));
    } catch {
      // As above.
    }
  }
}

class Draft {
  constructor(owner, call, body, version, dirty) {
    Object.assign(this, { owner, call, body, version, dirty, resting: false });
    // What may have reached the server without our hearing of it: words that were on their way
    // when the page was left, or whose answer was lost.
    this.unheard = new Set([body]);
    this.state = version > 0 && !dirty ? "kept" : "none";
    this.theirs = null;
    this.timer = null;
    this.saving = null;
  }

  get holdsWords() {
    const { note, answers, outcome, who, name } = this.body;
    const answered = Object.values(answers ?? {}).some((answer) => answer);
    return Boolean(note?.trim() || answered || outcome || who || name);
  }

  /** Something was typed. */
  change(part) {
    this.body = { ...this.body, ...part };
    this.dirty = true;
    this.owner.keep(this.call, this.version, this.body);
    this.say("typing");
    this.timer ??= setTimeout(() => this.save(), SAVE_AFTER_MS);
  }

  /** Before the words go where they belong: nothing of the draft may arrive after them. */
  async rest() {
    clearTimeout(this.timer);
    this.timer = null;
    this.resting = true;
    await this.saving;
  }

  /** They did not get there: the draft is kept again. */
  wake() {
    this.resting = false;
    if (this.dirty) this.timer ??= setTimeout(() => this.save(), SAVE_AFTER_MS);
  }

  /** Brings it to the server; says how it stands when that is known. */
  async save({ keepalive = false } = {}) {
    clearTimeout(this.timer);
    this.timer = null;
    if (!this.dirty || this.resting || this.state === "clash") return;
    if (this.saving && !keepalive) await this.saving;
    const body = this.body;
    this.saving = this.bring(body, keepalive).finally(() => {
      this.saving = null;
    });
    await this.saving;
  }

  async bring(body, keepalive) {
    this.unheard.add(body);
    try {
      const told = { call: this.call, seen: this.version, body };
      const { version } = await send("POST", "/desk/api/draft", told, { keepalive });
      this.arrived(body, version);
    } catch (error) {
      if (error.code !== "draft_changed") this.later(REFUSED[error.code]);
      else this.clash(error.facts.draft);
    }
  }

  /** The server has this body now, at this version. */
  arrived(body, version) {
    this.version = version;
    this.unheard.clear();
    this.dirty = this.body !== body;
    if (this.dirty) this.owner.keep(this.call, version, this.body);
    else this.owner.kept(this.call, body);
    this.owner.channel?.postMessage({ call: this.call, body, version });
    this.say(this.dirty ? "typing" : "kept");
  }

  /** The server has another version than ours: our own earlier words, or somebody else's. */
  clash(theirs) {
    const there = JSON.stringify(theirs.body);
    const own = [...this.unheard].find((body) => JSON.stringify(body) === there);
    if (own === undefined) {
      this.theirs = theirs;
      this.say("clash");
      return;
    }
    this.arrived(own, theirs.version);
    if (this.dirty) this.timer ??= setTimeout(() => this.save(), SAVE_AFTER_MS);
  }

  /** Whoever typed says which of the two it is to be. */
  settle(mine) {
    this.version = this.theirs.version;
    if (!mine) {
      this.body = this.theirs.body;
      this.owner.forget(this.call);
    }
    this.dirty = mine;
    this.theirs = null;
    this.say(mine ? "typing" : "kept");
    if (mine) this.save();
  }

  later(refused) {
    this.say(refused ?? "local");
    if (this.resting) return;
    this.timer ??= setTimeout(() => this.save(), refused ? REFUSED_AGAIN_MS : AGAIN_MS);
  }

  say(state) {
    this.state = state;
    this.owner.changed(this);
  }
}

function storedNames() {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
}

/** What is kept under a name; without `seen` a version of this page before has kept it. */
function read(name) {
  try {
    const found = JSON.parse(localStorage.getItem(name)) ?? {};
    return "seen" in found ? found : { body: found };
  } catch {
    return { body: {} };
  }
}
