// Elements made by script, and the text in them.

/** An element: `make("p.note.bad", {hidden: true}, "text", child, …)`; `on…` are listeners. */
export function make(what, given = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(given)) put(element, name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

function put(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name in element && name !== "list" && typeof value !== "string") element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}

/** A key as it stands on the keyboard. */
export function key(name) {
  return make("kbd", { "aria-hidden": "true" }, name);
}

/** Draws `children` in place of what `element` holds, and leaves the focus where it was by id. */
export function redraw(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
  element.replaceChildren(...children.flat().filter(Boolean));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}
