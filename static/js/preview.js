/* The live preview: its choices draw it anew without disturbing the form around it, a played path keeps the focus,
   and a better text goes into its field as if it had been typed. Everything is also a plain form without this. */
(() => {
  const side = () => document.getElementById("side");
  const draw = () => side()?.dispatchEvent(new CustomEvent("draw"));
  const isOption = (node) => node.name?.startsWith("p-") && side()?.contains(node);

  /* Choosing a device is not an edit: the form must not hear of it. */
  document.addEventListener("input", (event) => isOption(event.target) && event.stopPropagation(), true);
  document.addEventListener(
    "change",
    (event) => {
      if (!isOption(event.target)) return;
      event.stopPropagation();
      draw();
    },
    true
  );

  /* The picture follows the field that is written in, unless all variants or the pseudo-locale are looked at. */
  document.addEventListener("focusin", (event) => {
    const [, place, locale] = event.target.name?.match(/^v-(\d+)-(?:t-(.+)-[a-z_]+)?/) || [];
    const language = document.getElementById("p-locale");
    if (!place || !language || !side()) return;
    const variant = document.getElementById(`p-variant-${place}`);
    const all = document.getElementById("p-variant-all")?.checked;
    const other = variant && !all && !variant.checked;
    const told = [...language.options].some((option) => option.value === locale);
    const foreign = told && language.value !== "pseudo" && language.value !== locale;
    if (other) variant.checked = true;
    if (foreign) language.value = locale;
    if (other || foreign) draw();
  });

  /* A picture is not exchanged under a pressed finger: the tap would be lost. */
  let pressed = false;
  let missed = false;
  const release = () => {
    pressed = false;
    setTimeout(() => {
      if (missed && !document.querySelector("#side.htmx-request, #side .htmx-request")) draw();
      missed = false;
    });
  };
  document.addEventListener("pointerdown", (event) => (pressed = !!side()?.contains(event.target)));
  document.addEventListener("pointerup", release);
  document.addEventListener("pointercancel", release);

  /* What was opened or chosen while an answer was on its way stays so, and a button that went away with its scene
     hands the focus to the new scene. */
  let kept = null;
  const first = () => document.querySelector(".pv-walks")?.id;
  const chosen = () => [
    document.querySelector('[name="p-variant"]:checked')?.id,
    document.getElementById("p-locale")?.value,
  ];
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!side()?.contains(event.detail.target)) return;
    if (pressed) {
      missed = true;
      event.detail.shouldSwap = false;
      return;
    }
    const held = document.activeElement;
    const inside = document.getElementById("side-cards").contains(held);
    kept = {
      open: [...side().querySelectorAll("details[id]")].map((one) => [one.id, one.open]),
      first: first(),
      chosen: chosen(),
      scene: inside ? held.closest(".pv-figure")?.querySelector(".pv-screen").id : "",
    };
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!kept) return;
    for (const [id, was] of kept.open) {
      const now = document.getElementById(id);
      const moved = now?.matches(".pv-walks") && first() !== kept.first; // another device: its ways are opened instead
      if (now && !moved) now.open = was;
    }
    const [variant, locale] = kept.chosen;
    const language = document.getElementById("p-locale");
    if (variant && document.getElementById(variant)) document.getElementById(variant).checked = true;
    if ([...language.options].some((option) => option.value === locale)) language.value = locale;
    const lost = !document.activeElement || document.activeElement === document.body;
    if (kept.scene && lost) document.getElementById(kept.scene)?.focus({ preventScroll: true });
    kept = null;
  });

  const field = (name) => document.querySelector(`[name="${CSS.escape(name)}"]`);

  function reach(name) {
    const input = field(name);
    if (!input) return null;
    // A field may stand in a closed part of the form, or on the tab of another language.
    for (let part = input.closest("details:not([open])"); part; part = part.parentElement.closest("details:not([open])"))
      part.open = true;
    input.dispatchEvent(new CustomEvent("oneask:reveal", { bubbles: true }));
    input.focus();
    return input;
  }

  document.addEventListener("click", (event) => {
    const use = event.target.closest("[data-use]");
    const go = event.target.closest("[data-goto]");
    if (go) reach(go.dataset.goto);
    if (!use) return;
    const input = reach(use.dataset.use);
    if (!input) return;
    input.value = use.dataset.text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
