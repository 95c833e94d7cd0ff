/* The command palette, the key help, and the keys themselves.
   Everything here is also reachable without it: the link in the rail opens a page that finds the same. */
(() => {
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  const palette = document.getElementById("palette");
  const keys = document.getElementById("keys");

  const remembered = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const remember = (name, value) => {
    try {
      localStorage.setItem(name, value);
    } catch {
      /* Then it lasts as long as the page. */
    }
  };

  /* ---- what was looked at lately: addresses only, kept in this browser per person and app ---- */

  const THING = /\/(?:(?:soft-asks|redirects)\/\d+|moments\/on\/[^/]+|segments\/(?!new\/|count\/)[^/]+|devices\/[^/]+)\/$/;
  const recent = () => {
    try {
      const kept = JSON.parse(remembered(palette.dataset.recent) || "[]");
      return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
    } catch {
      return [];
    }
  };
  const noteVisit = () => {
    const here = location.pathname;
    if (!THING.test(here)) return;
    const kept = [here, ...recent().filter((one) => one !== here)].slice(0, 7);
    remember(palette.dataset.recent, JSON.stringify(kept));
  };

  /* ---- the palette ---- */

  const wirePalette = () => {
    const text = palette.querySelector("#palette-text");
    const told = palette.querySelector("#palette-told");
    let waiting = 0;
    let asking = null;
    let goOnArrival = false;
    let active = -1;

    const list = () => palette.querySelector("#found");
    const options = () => [...list().querySelectorAll('[role="option"]')];

    const choose = (place) => {
      const all = options();
      for (const option of all) option.setAttribute("aria-selected", "false");
      active = all.length ? (place + all.length) % all.length : -1;
      if (active < 0) {
        text.removeAttribute("aria-activedescendant");
        return;
      }
      all[active].setAttribute("aria-selected", "true");
      all[active].scrollIntoView({ block: "nearest" });
      text.setAttribute("aria-activedescendant", all[active].id);
    };

    const go = () => {
      const option = options()[active];
      if (option) option.click();
    };

    const show = (html) => {
      const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("found");
      if (!fresh) throw new Error("not the list");
      list().replaceWith(document.adoptNode(fresh));
      const total = Number(fresh.dataset.total);
      text.setAttribute("aria-expanded", String(total > 0));
      const wanted = text.value.trim();
      told.textContent = total ? `${total} found` : `Nothing is called “${wanted}”.`;
      told.classList.toggle("visually-hidden", total > 0);
      choose(0);
      if (goOnArrival) {
        goOnArrival = false;
        go();
      }
    };

    const ask = async () => {
      clearTimeout(waiting);
      waiting = 0;
      asking?.abort();
      const mine = new AbortController();
      asking = mine;
      const wanted = text.value.trim();
      const query = new URLSearchParams(wanted ? { q: wanted } : {});
      if (!wanted) {
        const past = recent().filter((one) => one !== location.pathname);
        for (const address of past.slice(0, 6)) query.append("recent", address);
      }
      try {
        const answer = await fetch(`${palette.dataset.find}?${query}`, {
          headers: { "HX-Request": "true" },
          signal: mine.signal,
        });
        const elsewhere = answer.headers.get("HX-Redirect");
        if (elsewhere) {
          location.assign(elsewhere);
          return;
        }
        if (!answer.ok) throw new Error(String(answer.status));
        show(await answer.text());
      } catch (error) {
        if (mine.signal.aborted) return;
        goOnArrival = false;
        told.classList.remove("visually-hidden");
        told.textContent = "The server could not be reached. Type again to try again.";
      } finally {
        if (asking === mine) asking = null;
      }
    };

    const open = () => {
      if (palette.open) {
        palette.close();
        return;
      }
      if (keys?.open) keys.close();
      text.value = "";
      palette.showModal();
      text.focus();
      ask();
    };

    text.addEventListener("input", () => {
      goOnArrival = false;
      clearTimeout(waiting);
      waiting = setTimeout(ask, 120);
    });
    text.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        choose(active + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter") {
        event.preventDefault();
        if (!waiting && !asking) {
          go();
          return;
        }
        goOnArrival = true;
        if (waiting) ask();
      }
    });
    palette.addEventListener("mousemove", (event) => {
      const option = event.target.closest('[role="option"]');
      if (option && option.getAttribute("aria-selected") !== "true") choose(options().indexOf(option));
    });
    palette.addEventListener("close", () => {
      clearTimeout(waiting);
      waiting = 0;
      asking?.abort();
      goOnArrival = false;
      text.setAttribute("aria-expanded", "false");
    });
    for (const link of document.querySelectorAll("[data-palette-open]")) {
      link.addEventListener("click", (event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        open();
      });
    }
    document.addEventListener("keydown", (event) => {
      if (event.altKey || event.shiftKey || event.isComposing) return;
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
      event.preventDefault();
      open();
    });
    noteVisit();
  };

  /* ---- single keys: never while writing, and they can be switched off ---- */

  const OFF = "keys.off";
  const writing = (target) => {
    if (!(target instanceof Element)) return false;
    /* For the moment after a dialog closed, the field in it still gets the keys. */
    if (target.closest("dialog:not([open])")) return false;
    return target.isContentEditable || target.closest("input, textarea, select, [role='textbox']") !== null;
  };

  const wireKeys = () => {
    const single = keys.querySelector("[data-keys-switch]");
    single.checked = remembered(OFF) !== "yes";
    single.addEventListener("change", () => remember(OFF, single.checked ? "no" : "yes"));
    for (const button of document.querySelectorAll("[data-keys-open]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const menu = button.closest("details");
        if (menu) {
          /* The focus goes back to the menu's own button, which stays to be seen. */
          menu.open = false;
          menu.querySelector("summary").focus();
        }
        keys.showModal();
      });
    }
    let wentAt = -Infinity;
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (event.defaultPrevented || event.repeat || !single.checked) return;
      if (writing(event.target) || document.querySelector("dialog[open]")) return;
      const afterG = event.timeStamp - wentAt < 1500;
      wentAt = event.key === "g" ? event.timeStamp : -Infinity;
      const link = afterG && event.key.length === 1 && /[a-z]/.test(event.key)
        ? keys.querySelector(`[data-go="${event.key}"]`)
        : null;
      if (link) {
        event.preventDefault();
        wentAt = -Infinity;
        location.assign(link.href);
      } else if (event.key === "?") {
        event.preventDefault();
        keys.showModal();
      } else if (event.key === "/") {
        const search = document.querySelector('main input[type="search"]');
        if (!search) return;
        event.preventDefault();
        search.focus();
        search.select();
      }
    });
  };

  for (const dialog of [palette, keys]) {
    dialog?.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
  }
  if (mac) {
    for (const name of document.querySelectorAll("[data-mod]")) name.textContent = "⌘";
  }
  if (palette) wirePalette();
  if (keys) wireKeys();
})();
