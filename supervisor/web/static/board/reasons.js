// Sentences for the engine's codes: why a campaign does not dial, what an alarm says.

import { has, t } from "../words.js";
import { duration, instant, minute } from "./times.js";

/** Why a campaign does not dial. A code that has no sentence here is shown as it is. */
export function whySentence(why, board) {
  const key = `why.${why.code}`;
  return has(key) ? t(key, told(why.params, board)) : why.code.replaceAll("_", " ");
}

/** What an alarm says of the one it is about. */
export function alarmSentence(alarm, board) {
  const key = `board.alarm.${alarm.code}`;
  if (!has(key)) return alarm.code.replaceAll("_", " ");
  const params = told(alarm.params, board);
  if (alarm.params.why) params.why = whySentence({ code: alarm.params.why, params: alarm.params }, board);
  return t(key, params);
}

/** Facts as a person reads them: instants in the site's time, long limits as minutes. */
function told(params, board) {
  const shown = { ...params };
  for (const [name, value] of Object.entries(params)) {
    if (name.endsWith("_at")) shown[name] = minute(instant(value), board.zone());
    if (name === "limit_s") shown.limit = duration(Number(value) * 1000);
    if (name === "fault") shown.fault = board.fault(value);
  }
  return shown;
}
