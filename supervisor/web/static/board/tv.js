// TV mode: everything large, nothing to click; in the address, so that a screen keeps it.

const PARAMETER = "tv";

/** Turn it, or (`turn` false) only take it from the address. */
export function turnTv(turn = true) {
  const address = new URL(location.href);
  let on = address.searchParams.get(PARAMETER) === "1";
  if (turn) {
    on = !on;
    if (on) address.searchParams.set(PARAMETER, "1");
    else address.searchParams.delete(PARAMETER);
    history.replaceState(null, "", address);
    if (!on && document.fullscreenElement) document.exitFullscreen();
    if (on) document.documentElement.requestFullscreen?.().catch(() => {});
  }
  document.documentElement.toggleAttribute("data-tv", on);
  return true;
}
