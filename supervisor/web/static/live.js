// The live picture for a page: `watch` once, and be told of every change.
//
// Owns: how the tabs of a browser share one stream, how old the picture is, and the clock of the
// server. Every tab keeps its own picture and its own age: a tab that nobody tells anything grows
// old by itself, whoever has failed.

import { VERSION, apply, emptyPicture, follows } from "./picture.js";
import { Source } from "./live-source.js";

export const OLD_AFTER_MS = 3_000;
export const LOST_AFTER_MS = 30_000;
const CHECK_EVERY_MS = 200;
const OFFSETS_KEPT = 20;

/**
 * Watch. `changed(picture, sections)` after each frame, `sections` being those that differ;
 * `aged(age_ms)` five times a second, null before the first picture; `signedOut()`;
 * `refused(status, problem)` where the server will not tell; `newer()` where its frames are not ours.
 */
export function watch(page) {
  const live = new Live(page);
  live.join();
  return live;
}

class Live {
  constructor(page) {
    this.page = page;
    this.picture = emptyPicture();
    this.heardAt = null;
    this.offsets = [];
    setInterval(() => page.aged?.(this.age()), CHECK_EVERY_MS);
    addEventListener("pagehide", () => this.say("leave"));
    addEventListener("pageshow", (event) => event.persisted && this.say("join"));
    addEventListener("online", () => this.say("again"));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.age() > OLD_AFTER_MS) this.say("again");
    });
  }

  /** Milliseconds since anything was heard; null before the first picture. */
  age() {
    return this.heardAt === null ? null : performance.now() - this.heardAt;
  }

  /** The server's time now, in milliseconds of the epoch. The smallest delay seen is the truest. */
  now() {
    return Date.now() + (this.offsets.length ? Math.max(...this.offsets) : 0);
  }

  join() {
    const told = (message) => this.told(message);
    this.say = shared(told) ?? elected(told) ?? alone(told);
    this.say("join");
  }

  told(message) {
    switch (message.kind) {
      case "picture":
        // Of another tab's stream, and as old as that one is.
        this.heardAt = performance.now() - message.age_ms;
        this.picture = message.picture;
        return this.show(new Set(Object.keys(this.picture)));
      case "frame":
        this.heard(message.frame.ts);
        if (!follows(this.picture, message.frame)) return this.say("join");
        return this.show(apply(this.picture, message.frame));
      case "beat":
        return this.heard(message.ts);
      case "signed-out":
        return this.page.signedOut?.();
      case "refused":
        return this.page.refused?.(message.status, message.problem);
      case "newer":
        return this.page.newer?.();
    }
  }

  /** Its age first: what has just come must not be drawn as if it were still awaited. */
  show(sections) {
    this.page.aged?.(this.age());
    this.page.changed(this.picture, sections);
  }

  heard(ts) {
    this.heardAt = performance.now();
    this.offsets.push(Date.parse(ts) - Date.now());
    if (this.offsets.length > OFFSETS_KEPT) this.offsets.shift();
  }
}

// ── who reads the stream ────────────────────────────────────────────────────────────────

/** A shared worker reads for all tabs. */
function shared(told) {
  if (typeof SharedWorker === "undefined") return null;
  try {
    const worker = new SharedWorker("/static/live-worker.js", { type: "module", name: `live ${VERSION}` });
    let port = worker.port;
    let instead = null;
    port.onmessage = ({ data }) => told(data);
    worker.onerror = () => {
      instead ??= elected(told) ?? alone(told);
      instead("join");
    };
    return (said) => (instead ? instead(said) : port.postMessage(said));
  } catch {
    return null;
  }
}

/** The tab that holds the lock reads, and tells the others; when it closes, another one does. */
function elected(told) {
  if (!navigator.locks || typeof BroadcastChannel === "undefined") return null;
  const channel = new BroadcastChannel("waihu-live");
  let source = null;
  channel.onmessage = ({ data }) => {
    if (typeof data !== "string") return told(data);
    if (data === "join") source?.join((answer) => channel.postMessage(answer));
    if (data === "again") source?.stream.again();
  };
  navigator.locks.request("waihu-live", () => {
    source = new Source((message) => {
      told(message);
      channel.postMessage(message);
    });
    source.join(told);
    return new Promise(() => {}); // held until this tab is closed
  });
  return (said) => {
    if (!source) return said === "leave" || channel.postMessage(said);
    if (said === "join") source.join(told);
    if (said === "again") source.stream.again();
  };
}

/** Neither: this tab has a stream of its own. */
function alone(told) {
  const source = new Source(told);
  return (said) => {
    if (said === "join") source.join(told);
    if (said === "again") source.stream.again();
    if (said === "leave") source.stream.stop();
  };
}
