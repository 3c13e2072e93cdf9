// The sound of an alarm, made and not loaded: two soft tones for attention, three for an alarm.
// A browser plays nothing before the first click or key: until then the button says so.

import { kept, keep } from "./kept.js";

const TONES = { attention: [660, 880], alarm: [880, 660, 880] };
const TONE_S = 0.16;
const LOUD = 0.25;

export class Sound {
  constructor() {
    this.on = kept("sound", true);
    this.context = null;
    this.played = 0;
    const wake = () => this.wake();
    for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, wake, { once: true });
  }

  /** Whether an alarm can be heard now. */
  get ready() {
    return this.on && this.context?.state === "running";
  }

  async wake() {
    if (typeof AudioContext === "undefined") return;
    this.context ??= new AudioContext();
    await this.context.resume().catch(() => {});
  }

  turn() {
    this.on = !this.on;
    keep("sound", this.on);
    return this.wake();
  }

  play(level) {
    if (!this.ready) return;
    this.played += 1;
    const tones = TONES[level] ?? TONES.attention;
    tones.forEach((hertz, at) => this.tone(hertz, this.context.currentTime + at * TONE_S));
  }

  tone(hertz, at) {
    const wave = this.context.createOscillator();
    const gain = this.context.createGain();
    wave.type = "sine";
    wave.frequency.value = hertz;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(LOUD, at + 0.02);
    gain.gain.linearRampToValueAtTime(0, at + TONE_S);
    wave.connect(gain).connect(this.context.destination);
    wave.start(at);
    wave.stop(at + TONE_S);
  }
}
