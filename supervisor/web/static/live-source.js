// The picture of this browser, fed by its one stream and handed to each tab that joins.
//
// Runs in the shared worker, or in the tab that holds the lock where there is no such worker.

import { Stream } from "./live-stream.js";
import { VERSION, apply, emptyPicture, follows } from "./picture.js";

export class Source {
  /** `tell` reaches every tab. */
  constructor(tell) {
    this.tell = tell;
    this.picture = emptyPicture();
    this.heardAt = null;
    this.refused = null; // the last refusal, while nothing is heard
    this.stream = new Stream("/live", (told) => this.told(told));
  }

  /** A tab has joined: `answer` reaches it alone. */
  join(answer) {
    if (this.picture.seq !== null) {
      const age_ms = performance.now() - this.heardAt;
      answer({ kind: "picture", picture: structuredClone(this.picture), age_ms });
    }
    if (this.refused) answer(this.refused);
    this.stream.start();
  }

  told(told) {
    if (told.kind === "frame" || told.kind === "beat") {
      this.heardAt = performance.now();
      this.refused = null;
    }
    if (told.kind === "refused") this.refused = told;
    if (told.kind !== "frame") return this.tell(told);
    const { frame } = told;
    if (frame.v !== VERSION) return this.tell({ kind: "newer" });
    if (!follows(this.picture, frame)) return this.stream.again();
    apply(this.picture, frame);
    this.tell(told);
  }
}
