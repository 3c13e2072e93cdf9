// Elements made and changed by script: the one maker of all pages. Strings become text and nothing
// else, whoever wrote them: markup in them is shown and never read, and none is ever a listener.

/**
 * An element: make("p.note.bad", { id: "told", onclick: act }, "text", child, …).
 *
 * `what`: its name, and its classes after dots. `facts`: attributes as HTML names them, true for
 * one without a value, and listeners as `on` and the event. Null, undefined and false are left out,
 * of facts and of children; a list of children stands for its members.
 */
export function make(what, facts = {}, ...children) {
  const [name, ...classes] = what.split(".");
  const element = document.createElement(name);
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [fact, value] of Object.entries(facts).filter(([, given]) => isThere(given))) {
    if (fact.startsWith("on")) element.addEventListener(fact.slice(2), value);
    else element.setAttribute(fact, value === true ? "" : value);
  }
  element.append(...children.flat().filter(isThere));
  return element;
}

/** Sets the text if it differs: a live region speaks, and a selection is lost, at every set. */
export function put(element, text) {
  const said = String(text);
  if (element.textContent !== said) element.textContent = said;
}

/** Sets the attribute, or takes it away for null, undefined and false. */
export function mark(element, name, value) {
  if (!isThere(value)) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

/**
 * Make the children of `parent` those of `items`, in their order, each made once by `create(item)`
 * and brought up to date by `update(node, item)`. Children that stay are not touched: focus stays,
 * and so does what is being typed in them.
 */
export function keyed(parent, items, keyOf, create, update) {
  const known = (parent.keyedNodes ??= new Map());
  const wanted = new Set(items.map(keyOf));
  for (const [key, node] of known) {
    if (wanted.has(key)) continue;
    node.remove();
    known.delete(key);
  }
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let node = known.get(key);
    if (!node) {
      node = create(item);
      node.dataset.key = key;
      known.set(key, node);
    }
    update(node, item);
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
}

/** One 300 ms pulse, which `prefers-reduced-motion` takes away. */
export function pulse(node) {
  node.classList.remove("pulse");
  requestAnimationFrame(() => node.classList.add("pulse"));
}

function isThere(given) {
  return given !== null && given !== undefined && given !== false;
}
