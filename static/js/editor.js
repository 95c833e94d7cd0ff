/* The editor saves itself, shows the language that is chosen, counts, and puts placeholders at the caret. Without this
   every button still posts the whole form. */
(() => {
  const form = document.getElementById("editor");
  if (!form) return;
  const WAIT_MS = 900;

  /* Languages: all of them stand in the form, one is shown. */
  const showLocale = (locale) => {
    for (const part of form.querySelectorAll("[data-locale]")) part.hidden = part.dataset.locale !== locale;
    for (const tab of form.querySelectorAll("[data-tab]")) tab.setAttribute("aria-pressed", tab.dataset.tab === locale);
    form.querySelector('input[type="hidden"][name="tab"]').value = locale;
  };
  form.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-tab]");
    if (!tab) return;
    event.preventDefault();
    showLocale(tab.dataset.tab);
  });
  form.addEventListener("oneask:reveal", (event) => {
    const part = event.target.closest(".ed-texts[hidden]");
    if (part) showLocale(part.dataset.locale);
  });

  /* Placeholders go where the caret was last. */
  let caret = null;
  form.addEventListener("focusout", (event) => {
    if (event.target.matches(".ed-texts input, .ed-texts textarea")) caret = event.target;
  });
  form.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-placeholder]");
    if (!chip) return;
    const card = chip.closest(".ed-card");
    const field = caret && card.contains(caret) && !caret.closest("[hidden]") ? caret : card.querySelector(".ed-texts:not([hidden]) textarea, .ed-texts:not([hidden]) input");
    field.focus();
    field.setRangeText(`{{${chip.dataset.placeholder}}}`, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  const count = (field) => {
    const place = field.closest(".entry")?.querySelector(".ed-count");
    if (!place) return;
    place.textContent = `${field.value.length} of ${field.dataset.longest}`;
    place.classList.toggle("is-wrong", field.value.length > Number(field.dataset.longest));
  };

  /* The share of each variant follows the weights, the tabs tell how much of a language is written. */
  const tally = () => {
    const weights = [...form.querySelectorAll('[name^="v-"][name$="-weight"]')];
    const numbers = weights.map((field) => Math.max(Number(field.value.replace(",", ".")), 0));
    const total = numbers.reduce((sum, number) => sum + number, 0);
    weights.forEach((field, at) => {
      const place = field.closest(".ed-card").querySelector("[data-share]");
      place.textContent = total > 0 && field.value.trim() ? `${Math.round((numbers[at] / total) * 100)} % of the people` : "";
    });
    for (const tab of form.querySelectorAll("[data-tab]")) {
      const texts = [...form.querySelectorAll(`.ed-texts[data-locale="${CSS.escape(tab.dataset.tab)}"] [data-longest]`)];
      tab.querySelector("[data-done]").textContent = `${texts.filter((field) => field.value.trim()).length}/${texts.length}`;
    }
  };

  /* What needs this script is to be seen with it, and what it replaces is not. */
  const dress = () => {
    for (const chips of form.querySelectorAll("[data-chips]")) chips.hidden = false;
    for (const button of form.querySelectorAll('button[value^="upload:"]')) button.hidden = true;
  };
  dress();

  /* Saving itself. One request at a time; what was typed meanwhile goes with the next. */
  let timer = 0;
  let running = null; // the request under way
  let dirty = false;
  let stopped = form.dataset.writable !== "yes" || form.querySelector(".ed-conflict") !== null;
  const saved = document.getElementById("saved");

  /* The line stays the same element, so that its new words are read out. */
  const tell = (html) => {
    const told = new DOMParser().parseFromString(html, "text/html");
    const made = told.getElementById("saved");
    if (!made || !saved) return null;
    for (const id of ["ed-state", "ed-steps", "ed-notes"]) {
      const [now, next] = [document.getElementById(id), told.getElementById(id)];
      const held = now?.contains(document.activeElement) || now?.querySelector("details[open]");
      if (now && next && !held && now.textContent !== next.textContent) now.replaceWith(document.adoptNode(next));
    }
    Object.assign(saved.dataset, made.dataset);
    saved.replaceChildren(...document.adoptNode(made).childNodes);
    for (const time of saved.querySelectorAll("time"))
      time.textContent = new Date(time.dateTime).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    return saved;
  };
  const goOnFrom = ({ dataset }) => {
    for (const field of document.querySelectorAll("input[data-version]")) field.value = dataset.version;
    for (const way of ["back", "forth"]) {
      const button = form.querySelector(`[data-way="${way}"]`);
      if (button) button.disabled = dataset[way] !== "yes";
    }
  };
  const mark = (said) => {
    for (const entry of form.querySelectorAll("[data-entry]")) {
      const place = entry.querySelector(".entry-error");
      const field = entry.querySelector("[name]");
      const complaint = said.get(entry.dataset.entry) || "";
      if (place) place.textContent = complaint;
      if (complaint) field?.setAttribute("aria-invalid", "true");
      else field?.removeAttribute("aria-invalid");
    }
  };
  const request = async () => {
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    dirty = false;
    try {
      const answer = await fetch(form.dataset.save, { method: "POST", body: data, headers: { "HX-Request": "true" } });
      const made = tell(await answer.text());
      if (!made) throw new Error("no answer");
      mark(new Map([...made.querySelectorAll("[data-error]")].map((one) => [one.dataset.error, one.textContent])));
      if (answer.status === 409) stopped = true;
      if (!answer.ok) return (dirty = true);
      goOnFrom(made);
    } catch {
      dirty = true;
      if (saved) saved.textContent = "The server could not be reached. What you typed is still here.";
    }
  };
  const save = async () => {
    clearTimeout(timer);
    while (running) await running;
    if (stopped || !dirty) return;
    running = request();
    await running;
    running = null;
  };
  const typed = (event) => {
    const { name, type, dataset } = event.target;
    if (!name || name.startsWith("p-") || type === "file" || name === "new_locale") return;
    if (event.type === "change" && event.target.matches("textarea, [type=text]")) return; // heard of as it was typed
    if (dataset.longest) count(event.target);
    tally();
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, WAIT_MS);
  };
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);

  /* Buttons for variants and languages bring the words anew, where they stand. They wait for what is on its way, take
     along everything that was typed, and lead to what they made, or to what is wrong. */
  let arrived = null;
  let along = 0; // how far the variants are scrolled
  let height = 0; // where the pressed button stood in the window
  const lead = (next) => {
    if (!next) return;
    next.focus({ preventScroll: true });
    const [box, lane] = [next.getBoundingClientRect(), next.closest(".ed-cards")];
    if (box.bottom < 0 || box.top > window.innerHeight - 64) next.scrollIntoView({ block: "nearest" });
    if (!lane) return;
    const seen = lane.getBoundingClientRect();
    lane.scrollLeft += Math.max(box.right - seen.right + 4, 0) - Math.max(seen.left - box.left + 4, 0);
  };
  const ofWords = (event) => event.detail.target?.id === "ed-words";
  const refused = (xhr) => xhr.status === 409 || xhr.status === 422;
  form.addEventListener("htmx:confirm", async (event) => {
    if (!ofWords(event) || !running) return;
    event.preventDefault();
    while (running) await running;
    event.detail.issueRequest(true);
  });
  form.addEventListener("htmx:beforeSend", (event) => {
    if (!ofWords(event)) return;
    clearTimeout(timer);
    dirty = false;
    running = new Promise((resolve) => (arrived = resolve));
  });
  form.addEventListener("htmx:beforeSwap", (event) => {
    if (!ofWords(event)) return;
    const { xhr } = event.detail;
    along = form.querySelector(".ed-cards").scrollLeft;
    height = event.detail.requestConfig.elt.getBoundingClientRect().top;
    if (refused(xhr)) Object.assign(event.detail, { shouldSwap: true, isError: false });
    const made = tell(xhr.responseText);
    if (made && xhr.status === 200) goOnFrom(made);
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (!ofWords(event)) return;
    if (event.detail.xhr.status !== 200) dirty = true;
    running = null;
    arrived?.();
    if (!event.detail.xhr.status) event.detail.elt.focus();
  });
  form.addEventListener("htmx:afterSettle", (event) => {
    const words = event.target;
    if (words.id !== "ed-words") return;
    dress();
    if (words.querySelector(".ed-conflict")) stopped = true;
    words.querySelector(".ed-cards").scrollLeft = along;
    const twin = words.querySelector(`button[value="${CSS.escape(event.detail.requestConfig.elt.value)}"]`);
    if (twin) window.scrollBy(0, twin.getBoundingClientRect().top - height);
    const wrong = [".ed-conflict button", "[aria-invalid]", ".note-error"].map((one) => words.querySelector(one));
    lead(document.getElementById(words.dataset.focus) || wrong.find((one) => one?.checkVisibility()));
    document.getElementById("side")?.dispatchEvent(new CustomEvent("draw"));
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (event.target.name === "new_locale") {
      event.preventDefault();
      form.querySelector('button[value="add-locale"]').click();
    } else if (event.target.matches('textarea[name$="-title"]')) event.preventDefault(); // a title is one line
  });

  /* A button that leaves the page waits for what is on its way. Save takes everything along by itself; a step, undo or
     a copy is about what is stored, so the last words are stored first, and where they cannot be, nothing is done. */
  let going = false;
  document.addEventListener("submit", async (event) => {
    const taken = event.target === form && !event.submitter?.dataset.way;
    if (going || event.defaultPrevented || event.target.method !== "post") return;
    if (!running && (taken || !dirty)) {
      clearTimeout(timer);
      dirty = false;
      return;
    }
    event.preventDefault();
    if (taken) await running;
    else await save();
    if (!taken && dirty) {
      saved?.scrollIntoView({ block: "nearest" });
      if (saved && stopped) saved.append(" Save first.");
      return;
    }
    clearTimeout(timer);
    dirty = false;
    going = true;
    event.target.requestSubmit(event.submitter);
  });

  /* Whoever leaves in the middle of a word keeps it; whoever comes back sees what is stored. */
  window.addEventListener("pagehide", () => {
    if (!dirty || stopped || running) return;
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    navigator.sendBeacon(form.dataset.save, data);
  });
  window.addEventListener("pageshow", (event) => {
    going = false;
    if (event.persisted) window.location.reload();
  });

  /* A picture is taken in at once; it joins the others of its variant and is chosen. */
  form.addEventListener("change", async (event) => {
    const [file] = event.target.type === "file" ? event.target.files : [];
    if (!file) return;
    const part = event.target.closest("fieldset");
    const said = part.querySelector("[data-picture-error]");
    const data = new FormData();
    data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    data.set("field", event.target.dataset.field);
    data.set("image", file);
    said.textContent = "";
    part.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.dataset.image, { method: "POST", body: data });
      const text = await answer.text();
      if (answer.status === 422) said.textContent = text;
      else if (!answer.ok) throw new Error(text);
      else {
        const tile = new DOMParser().parseFromString(text, "text/html").querySelector(".ed-tile");
        const twin = [...part.querySelectorAll(".ed-tile input")].find((one) => one.value === tile.querySelector("input").value);
        if (twin) twin.checked = true;
        else part.querySelector(".ed-tiles").append(document.adoptNode(tile));
        part.querySelector(".ed-tile input:checked").dispatchEvent(new Event("change", { bubbles: true }));
      }
    } catch {
      said.textContent = "The picture could not be sent. Choose it again to retry.";
    } finally {
      part.removeAttribute("aria-busy");
      event.target.value = ""; // so that choosing the same file again is a choice
    }
  });
})();
