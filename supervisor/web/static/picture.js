// The picture that frames add up to. The contract is `supervisor/frames.py`'s; this is its reader.
//
// Entities are kept in Maps: a queue may be called `__proto__` without harm. An entity is never
// changed in place, so a view that holds the same object as before has nothing to draw.

export const VERSION = 1;
export const SECTIONS = ["queues", "agents", "campaigns", "alarms", "minutes"];

export function emptyPicture() {
  const picture = { seq: null, ts: null, site: {} };
  for (const section of SECTIONS) picture[section] = new Map();
  return picture;
}

/** Whether the picture can take this frame: a whole one always, a step only if it is the next. */
export function follows(picture, frame) {
  return frame.full === true || (picture.seq !== null && frame.seq === picture.seq + 1);
}

/** Put the frame into the picture. Returns the names of the sections that differ now. */
export function apply(picture, frame) {
  const told = new Set();
  picture.seq = frame.seq;
  picture.ts = frame.ts;
  if (frame.full || frame.site) {
    picture.site = frame.full ? { ...frame.site } : { ...picture.site, ...frame.site };
    told.add("site");
  }
  for (const section of SECTIONS) {
    if (frame.full) picture[section] = new Map();
    else if (!frame[section]) continue;
    merge(picture[section], frame[section] ?? {});
    told.add(section);
  }
  return told;
}

function merge(part, changes) {
  for (const [key, entity] of Object.entries(changes)) {
    if (entity === null) part.delete(key);
    else part.set(key, { ...part.get(key), ...entity });
  }
}
