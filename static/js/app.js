/* What every page shares: the theme switch, menus that close, and honest errors of fragments. */
(() => {
  const order = ["auto", "light", "dark"];
  const names = { auto: "As the system", light: "Light", dark: "Dark" };

  const label = (button) => {
    const choice = window.oneaskTheme.stored();
    button.querySelector("[data-theme-name]").textContent = names[choice];
    button.setAttribute("aria-label", `Colours: ${names[choice]}. Change.`);
  };

  const wireTheme = () => {
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.hidden = false;
      label(button);
      button.addEventListener("click", () => {
        const next = order[(order.indexOf(window.oneaskTheme.stored()) + 1) % order.length];
        window.oneaskTheme.choose(next);
        label(button);
      });
    }
  };

  /* Menus are <details>: they work without this script, which only closes them again. */
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!except || !menu.contains(except)) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => closeMenus(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details[data-menu][open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });

  /* A fragment that could not be loaded says so instead of leaving old numbers in silence. */
  const complain = (text) => {
    const place = document.getElementById("live-message");
    if (place) place.textContent = text;
  };
  document.addEventListener("htmx:beforeRequest", () => complain(""));
  document.addEventListener("htmx:responseError", (event) => {
    complain(`The page could not be updated (error ${event.detail.xhr.status}). Reload it to try again.`);
  });
  document.addEventListener("htmx:sendError", () => {
    complain("The server could not be reached. What you see is from before.");
  });

  /* On a narrow screen the pages stand in one line: the one that is open is in sight. */
  const nav = document.querySelector(".rail-nav");
  const here = nav?.querySelector("[aria-current]");
  if (here && nav.scrollWidth > nav.clientWidth) {
    const [inside, around] = [here.getBoundingClientRect(), nav.getBoundingClientRect()];
    nav.scrollLeft += inside.left + inside.width / 2 - around.left - around.width / 2;
  }

  wireTheme();
})();
