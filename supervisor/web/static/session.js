// Who is signed in, and requests in their name.
//
// `const me = await whoAmI()` first (it leads to the sign-in page if nobody is), then
// `await send("POST", "/api/v1/…", body)`: it brings the CSRF token along, reads JSON, and throws
// a Refusal for whatever was refused.

import { begin, has, t } from "/static/words.js";

let me = null;

/** What the server refused, or could not be asked. `code` is the problem's; "away": no answer. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.code ?? "other");
    this.status = status;
    this.code = problem.code ?? "other";
    this.facts = problem;
  }

  /** A sentence for people, in the language spoken now. */
  get words() {
    const n = Math.ceil(this.facts.wait_s ?? 0);
    const key = `fault.${this.code}`;
    if (has(key)) return t(key, { ...this.facts, n });
    // What the API refuses it words itself, in the account's language.
    return this.facts.detail || t("fault.other", { code: this.code });
  }
}

/** The session as the server tells it; `account` is null before anybody has signed in. */
export async function session() {
  me = await send("GET", "/session");
  return me;
}

/** Who is signed in; the words are there afterwards. Nobody: goes to the sign-in page. */
export async function whoAmI() {
  const found = await session();
  if (found.account === null) {
    toSignIn();
    return new Promise(() => {}); // the page is being left
  }
  await begin(found.language);
  return found;
}

/** Whether the account that is signed in has this right. */
export function may(right) {
  return me?.rights?.includes(right) ?? false;
}

/** The phone that this account listens by; null: it names one. */
export function ownPhone() {
  return me?.phone ?? null;
}

/** Whether this browser is a television, which acts on nothing. */
export function onlyWatches() {
  return Boolean(me?.screen);
}

/** Sends a request, JSON both ways; gives what was answered (null: nothing). With `keepalive` it
 *  is brought to its end even if the page is left meanwhile. */
export async function send(method, path, body = undefined, { signal, keepalive } = {}) {
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (me?.csrf && method !== "GET") headers["x-waihu-csrf"] = me.csrf;
  const answer = await asked(path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
    keepalive,
  });
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = await answer.json().catch(() => ({}));
  if (answer.status === 401 && problem.code === "sign_in") toSignIn();
  throw new Refusal(answer.status, problem);
}

/** Ends the session and goes to the sign-in page. */
export async function signOut() {
  await send("DELETE", "/session").catch(() => null);
  location.assign("/sign-in");
}

/** Goes to the sign-in page, and comes back here afterwards. */
export function toSignIn() {
  if (location.pathname === "/sign-in") return;
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

async function asked(path, request) {
  try {
    return await fetch(path, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, { code: "away" });
  }
}
