// A pane drawn anew under the hands of whoever works in it.

/** Draws `children` in place of what `element` holds, and leaves the focus where it was by id. */
export function redraw(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
  element.replaceChildren(...children.flat().filter(Boolean));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}
