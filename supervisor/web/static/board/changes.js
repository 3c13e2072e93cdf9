// What differs from one picture to the next: rows that come, move and go, and what has just changed.

/**
 * Make the children of `parent` those of `items`, in their order, each made once by `make(item)`
 * and brought up to date by `update(node, item)`. Children that stay are not touched: focus stays.
 */
export function keyed(parent, items, keyOf, make, update) {
  const known = (parent.keyedNodes ??= new Map());
  const wanted = new Set();
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    wanted.add(key);
    let node = known.get(key);
    if (!node) {
      node = make(item);
      node.dataset.key = key;
      known.set(key, node);
    }
    update(node, item);
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  for (const [key, node] of known) {
    if (wanted.has(key)) continue;
    node.remove();
    known.delete(key);
  }
}

/** One 300 ms pulse, which `prefers-reduced-motion` takes away. */
export function pulse(node) {
  node.classList.remove("pulse");
  requestAnimationFrame(() => node.classList.add("pulse"));
}
