// Times that run: each `<time data-since>` is written anew once a second, and none while the
// picture is old (what we do not know we do not count on).

import { duration, since } from "./times.js";

/** An element that shows how long it is since the instant; `from` null shows a dash. */
export function running(node, from, now) {
  if (from) {
    node.dataset.since = from;
    write(node, now);
  } else {
    delete node.dataset.since;
    node.textContent = "–";
  }
}

/** Bring all that run to `now`. */
export function tick(root, now) {
  for (const node of root.querySelectorAll("[data-since]")) write(node, now);
}

function write(node, now) {
  const said = duration(since(node.dataset.since, now));
  if (node.textContent !== said) node.textContent = said;
}
