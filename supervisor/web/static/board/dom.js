// Making and changing elements. Text is always set as text: names and numbers are others' words.

/** An element. `props`: `text`, `on` (listeners), `data` (dataset), else attributes; null: none. */
export function el(name, props = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "text") node.textContent = value;
    else if (key === "on") for (const [on, act] of Object.entries(value)) node.addEventListener(on, act);
    else if (key === "data") Object.assign(node.dataset, value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Set the text if it differs: a live region speaks, and a selection is lost, at every set. */
export function put(node, text) {
  const said = String(text);
  if (node.textContent !== said) node.textContent = said;
}

/** Set the attribute, or take it away for null. */
export function mark(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

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
