// The server's clock in this browser, and times as people read them.

import { language } from "/static/words.js";

let ahead = 0; // of the server's clock before ours, in milliseconds

/** The server has just said what time it is. */
export function tell(now) {
  ahead = Date.parse(now) - Date.now();
}

/** The server's time, in milliseconds. */
export function now() {
  return Date.now() + ahead;
}

/** How long since an instant, "03:12" or "1:02:44". */
export function since(instant) {
  return span(now() - Date.parse(instant));
}

/** How long until an instant; never less than nothing. */
export function until(instant) {
  return span(Math.max(0, Date.parse(instant) - now()));
}

/** Seconds until an instant, which may be over. */
export function left(instant) {
  return (Date.parse(instant) - now()) / 1000;
}

/** A duration in milliseconds as "mm:ss", with hours where there are any. */
export function span(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (n) => String(n).padStart(2, "0");
  const tail = `${two(minutes)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** A day and a time of day, short: "11月23日 14:30". */
export function stamp(instant, zone = undefined) {
  return format(instant, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" }, zone);
}

/** A time of day: "14:30". */
export function clock(instant, zone = undefined) {
  return format(instant, { hour: "2-digit", minute: "2-digit" }, zone);
}

/** A moment as it is read out: "11月24日星期二 14:00". */
export function spoken(instant, zone = undefined) {
  const parts = { month: "long", day: "numeric", weekday: "long", hour: "2-digit", minute: "2-digit" };
  return format(instant, parts, zone);
}

/** A moment for a choice: "周二 14:00", with the day where it is not within the week. */
export function short(instant, zone = undefined) {
  const far = Date.parse(instant) - now() > 6 * 86_400_000;
  const day = far ? { month: "numeric", day: "numeric" } : { weekday: "short" };
  return format(instant, { ...day, hour: "2-digit", minute: "2-digit" }, zone);
}

function format(instant, parts, zone) {
  const wish = { hourCycle: "h23", ...parts, ...(zone ? { timeZone: zone } : {}) };
  return new Intl.DateTimeFormat(language(), wish).format(new Date(instant));
}
