// Durations and clocks as a call centre writes them: 0:08, 12:34, 1:02:03; 24 hours, site's day.

/** Milliseconds as `0:08`, `12:34`, `1:02:03`; nothing known is a dash. */
export function duration(ms) {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return "–";
  const seconds = Math.max(Math.floor(ms / 1000), 0);
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600);
  const two = (n) => String(n).padStart(2, "0");
  if (hours) return `${hours}:${two(minutes)}:${two(seconds % 60)}`;
  return `${minutes}:${two(seconds % 60)}`;
}

/** An instant of ISO 8601 in milliseconds of the epoch; null for none. */
export function instant(iso) {
  return iso ? Date.parse(iso) : null;
}

/** How long since the instant, at `now` (milliseconds of the epoch); null for none. */
export function since(iso, now) {
  const at = instant(iso);
  return at === null ? null : Math.max(now - at, 0);
}

const formats = new Map();

function format(zone, kind) {
  const key = `${zone} ${kind}`;
  if (!formats.has(key)) formats.set(key, made(zone, kind));
  return formats.get(key);
}

function made(zone, kind) {
  const hours = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const day = { year: "numeric", month: "2-digit", day: "2-digit" };
  const parts = { clock: { ...hours, second: "2-digit" }, minute: hours, day }[kind];
  try {
    return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, ...parts });
  } catch {
    return new Intl.DateTimeFormat("sv-SE", { timeZone: "UTC", ...parts });
  }
}

/** `13:05:09` in the site's zone. */
export const clock = (ms, zone) => format(zone, "clock").format(ms);

/** `13:05` in the site's zone. */
export const minute = (ms, zone) => format(zone, "minute").format(ms);

/** `2026-11-23` in the site's zone. */
export const day = (ms, zone) => format(zone, "day").format(ms);
