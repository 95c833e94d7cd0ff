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
  for (const chips of form.querySelectorAll("[data-chips]")) chips.hidden = false;
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

  /* Saving itself. One request at a time; what was typed meanwhile goes with the next. */
  let timer = 0;
  let busy = false;
  let again = false;
  let stopped = form.dataset.writable !== "yes" || form.querySelector(".ed-conflict") !== null;

  const tell = (html) => {
    const made = new DOMParser().parseFromString(html, "text/html").getElementById("saved");
    const place = document.getElementById("saved");
    if (!made || !place) return null;
    place.replaceWith(document.adoptNode(made));
    return made;
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
  const save = async () => {
    if (stopped) return;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    try {
      const answer = await fetch(form.dataset.save, { method: "POST", body: data, headers: { "HX-Request": "true" } });
      const made = tell(await answer.text());
      if (made) {
        if (answer.ok) for (const field of document.querySelectorAll("input[data-version]")) field.value = made.dataset.version;
        mark(new Map([...made.querySelectorAll("[data-error]")].map((one) => [one.dataset.error, one.textContent])));
        if (answer.status === 409) stopped = true;
      }
    } catch {
      const place = document.getElementById("saved");
      if (place) place.textContent = "The server could not be reached. What you typed is still here.";
    } finally {
      busy = false;
      if (again) {
        again = false;
        save();
      }
    }
  };
  const typed = (event) => {
    if (event.target.name?.startsWith("p-") || event.target.type === "file" || event.target.name === "new_locale") return;
    if (event.target.dataset.longest) count(event.target);
    clearTimeout(timer);
    timer = setTimeout(save, WAIT_MS);
  };
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    stopped = true;
  });
})();
