// A pane drawn anew under the hands of whoever works in it.

/** Draws `children` in place of what `element` holds; leaves focus and cursor where they were, by
 *  id. */
export function redraw(element, ...children) {
  const before = element.contains(document.activeElement) ? document.activeElement : null;
  const cursor = before?.selectionStart ?? null;
  element.replaceChildren(...children.flat().filter(Boolean));
  const after = before?.id ? document.getElementById(before.id) : null;
  after?.focus({ preventScroll: true });
  if (after && cursor !== null) after.setSelectionRange(cursor, before.selectionEnd);
}
