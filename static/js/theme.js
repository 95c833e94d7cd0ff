/* Runs before the first paint: light, dark, or whatever the system says. */
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");

  const stored = () => {
    try {
      return localStorage.getItem("theme") || "auto";
    } catch {
      return "auto";
    }
  };

  const apply = () => {
    const choice = stored();
    const theme = choice === "auto" ? (system.matches ? "dark" : "light") : choice;
    const root = document.documentElement;
    if (root.dataset.bsTheme !== theme) {
      root.dataset.bsTheme = theme;
      document.dispatchEvent(new CustomEvent("oneask:theme", { detail: theme }));
    }
  };

  window.oneaskTheme = {
    stored,
    choose(choice) {
      try {
        localStorage.setItem("theme", choice);
      } catch {
        /* The choice then lasts as long as the page. */
      }
      apply();
    },
  };

  system.addEventListener("change", apply);
  apply();
})();
