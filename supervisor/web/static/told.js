// What came of an act is told beside it, in a note with role="status" or "alert".

import { Refusal } from "/static/session.js";

/** Shows the words in the note `place`; "" hides it. */
export function tell(place, words, { good = false } = {}) {
  place.className = good ? "note good" : "note bad";
  place.textContent = words;
  place.hidden = words === "";
}

/** The listener of a form or a button: does `act(place)`, and tells in `place` what was refused. */
export function asked(act, place) {
  return async (event) => {
    event.preventDefault();
    tell(place, "");
    try {
      await act(place);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      tell(place, error.words);
    }
  };
}
