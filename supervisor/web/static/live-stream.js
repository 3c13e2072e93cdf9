// One stream of frames from the engine, for as long as this browser watches.
//
// Read with fetch and not with EventSource, which hides a 401 from us and never notices a line
// that has gone dead. Tells: {kind: "frame", frame} {kind: "beat", ts} {kind: "down"}
// {kind: "signed-out"} {kind: "refused", status, problem}.

const SILENT_MS = 5_000; // five beats: the line is dead although nobody has closed it
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 10_000;
const FULL_WAIT_MS = 30_000; // where the server has room for no more
const FULL = ["too_many_streams", "full"];

export class Stream {
  constructor(url, tell) {
    this.url = url;
    this.tell = tell;
    this.running = false;
    this.fails = 0;
    this.full = false;
    this.abort = null;
    this.wake = null;
  }

  /** Begin, or begin again after a sign-out. */
  start() {
    if (this.running) return;
    this.running = true;
    this.run();
  }

  stop() {
    this.running = false;
    this.again();
  }

  /** Ask for a whole picture now: a new connection begins with one. */
  again() {
    this.abort?.abort();
    this.wake?.();
  }

  async run() {
    while (this.running) {
      await this.connect();
      if (!this.running) return;
      this.tell({ kind: "down" });
      await this.wait();
    }
  }

  async connect() {
    this.abort = new AbortController();
    this.full = false;
    const watch = new Watchdog(() => this.abort.abort());
    try {
      const answer = await fetch(this.url, {
        signal: this.abort.signal,
        cache: "no-store",
        credentials: "same-origin",
        headers: { accept: "text/event-stream" },
      });
      if (!answer.ok) return await this.refused(answer);
      await this.read(answer.body.getReader(), watch);
    } catch {
      // The line broke, or we broke it: the next connection is the answer to both.
    } finally {
      watch.end();
    }
  }

  async refused(answer) {
    const { status } = answer;
    if (status === 401) {
      this.running = false;
      this.tell({ kind: "signed-out" });
      return;
    }
    const problem = await answer.json().catch(() => ({}));
    this.full = FULL.includes(problem.code);
    this.tell({ kind: "refused", status, problem });
  }

  async read(reader, watch) {
    const text = new TextDecoder();
    let rest = "";
    for (;;) {
      watch.fed();
      const { value, done } = await reader.read();
      if (done) return;
      rest += text.decode(value, { stream: true });
      const events = rest.split("\n\n");
      rest = events.pop();
      for (const event of events) this.heard(event);
    }
  }

  heard(event) {
    const { kind, data } = parsed(event);
    this.fails = 0;
    if (kind === "frame") this.tell({ kind, frame: JSON.parse(data) });
    else if (kind === "beat") this.tell({ kind, ts: data });
  }

  /** Longer after each failure, and never all viewers at the same instant. */
  wait() {
    const backed = Math.min(FIRST_WAIT_MS * 2 ** this.fails, LONGEST_WAIT_MS);
    const longest = this.full ? FULL_WAIT_MS : backed;
    this.fails += 1;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, longest * (0.5 + Math.random() / 2));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

class Watchdog {
  constructor(bark) {
    this.bark = bark;
    this.fed();
  }

  fed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.bark, SILENT_MS);
  }

  end() {
    clearTimeout(this.timer);
  }
}

function parsed(event) {
  let kind = "message";
  const data = [];
  for (const line of event.split("\n")) {
    if (line.startsWith("event:")) kind = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
  }
  return { kind, data: data.join("\n") };
}
