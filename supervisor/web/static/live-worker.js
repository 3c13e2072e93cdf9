// The shared worker: one for all tabs of this browser, for HTTP/1.1 has six connections a host.

import { Source } from "./live-source.js";

const tabs = new Set();
const source = new Source((told) => {
  for (const tab of tabs) tab.postMessage(told);
});

self.addEventListener("connect", (event) => {
  const [tab] = event.ports;
  tab.addEventListener("message", ({ data }) => heard(tab, data));
  tab.start();
});

function heard(tab, said) {
  if (said === "join") {
    tabs.add(tab);
    source.join((told) => tab.postMessage(told));
  } else if (said === "leave") {
    tabs.delete(tab);
    if (tabs.size === 0) source.stream.stop();
  } else if (said === "again") {
    source.stream.again();
  }
}
