// Sets light or dark before anything is drawn. Loaded in the head, not as a module.
(() => {
  let wish = null;
  try {
    wish = localStorage.getItem("waihu.theme");
  } catch {
    // Storage may be barred; the system's wish holds then.
  }
  if (wish === "light" || wish === "dark") document.documentElement.dataset.theme = wish;
})();
