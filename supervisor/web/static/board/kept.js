// What a person has chosen for this browser: sound, keys, notifications, phone.

const PREFIX = "waihu.board.";

export function kept(name, otherwise) {
  try {
    const value = localStorage.getItem(PREFIX + name);
    return value === null ? otherwise : JSON.parse(value);
  } catch {
    return otherwise;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing still obeys until the page is closed.
  }
}
