// What the engine says is wrong, in the reader's language: its English, as a pattern with places
// for facts (`supervisor/fault_words.py`), is looked up among the words. Unknown ones stay as they are.

import { keys, t } from "../words.js";

const PREFIX = "said.";

export function faultSentence(said) {
  for (const key of keys(PREFIX)) {
    const found = pattern(key.slice(PREFIX.length)).exec(said);
    if (!found) continue;
    const facts = Object.entries(found.groups ?? {});
    return t(key, Object.fromEntries(facts.map(([name, part]) => [name, faultSentence(part)])));
  }
  return said;
}

const patterns = new Map();

function pattern(english) {
  if (!patterns.has(english)) {
    const plain = english.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
    patterns.set(english, new RegExp(`^${plain.replace(/\{(\w+)\}/g, "(?<$1>.+?)")}$`, "s"));
  }
  return patterns.get(english);
}
