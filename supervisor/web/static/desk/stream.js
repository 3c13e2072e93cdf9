// The seat as it changes: one stream for all tabs of this browser.
//
// A browser opens six connections to a host and no more. One tab holds the stream and tells the
// others; when it closes, another takes over. Where the browser has no locks (plain HTTP from
// another machine), each tab has a stream of its own.

import { session, toSignIn } from "/static/session.js";

const AGAIN_MS = 1000;
const FULL_AGAIN_MS = 30_000; // where the server has room for no more

/** Tells `hear({now, seat})` of each seat, `hear({now})` of each beat, `hear({full})`, a problem,
 *  where the account has too many streams; `agent` names the desk. */
export function follow(agent, hear) {
  if (!navigator.locks || !window.BroadcastChannel) {
    open(hear);
    return;
  }
  const channel = new BroadcastChannel(`waihu.seat.${agent}`);
  let latest = null;
  let leads = false;
  channel.onmessage = ({ data }) => {
    if (data.wants) {
      if (leads && latest) channel.postMessage(latest);
      return;
    }
    hear(data);
  };
  channel.postMessage({ wants: true });
  navigator.locks.request(`waihu.seat.${agent}`, () => {
    leads = true;
    open((told) => {
      if (told.seat) latest = told;
      channel.postMessage(told);
      hear(told);
    });
    return new Promise(() => {}); // held until the tab is closed
  });
}

function open(hear) {
  const source = new EventSource("/desk/live");
  source.addEventListener("seat", (event) => hear(JSON.parse(event.data)));
  source.addEventListener("beat", (event) => hear(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return;
    // Refused, not broken: signed out, or an engine that is not ready yet.
    setTimeout(() => again(hear), AGAIN_MS);
  });
}

async function again(hear) {
  try {
    const { account } = await session();
    if (account === null) toSignIn();
    const full = await tooMany();
    if (full) {
      hear({ full });
      setTimeout(() => again(hear), FULL_AGAIN_MS);
      return;
    }
  } catch {
    // It does not answer at all: the stream will say when it does.
  }
  open(hear);
}

/** The problem, if it is that one: an EventSource does not say why it was refused. */
async function tooMany() {
  const abort = new AbortController();
  const answer = await fetch("/desk/live", { signal: abort.signal });
  const problem = answer.ok ? {} : await answer.json();
  abort.abort();
  return problem.code === "too_many_streams" ? problem : null;
}
