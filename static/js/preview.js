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

  /* What was opened stays open, and a button that went away with its scene hands the focus to the new scene. */
  let open = [];
  let scene = "";
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!side()?.contains(event.detail.target)) return;
    open = [...side().querySelectorAll("details[id]")].map((one) => [one.id, one.open]);
    const held = document.activeElement;
    scene = document.getElementById("side-cards").contains(held) ? held.closest(".pv-figure")?.querySelector(".pv-screen").id : "";
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!side()?.contains(event.detail.target)) return;
    for (const [id, was] of open) {
      const now = document.getElementById(id);
      if (now) now.open = was;
    }
    const lost = !document.activeElement || document.activeElement === document.body;
    if (scene && lost) document.getElementById(scene)?.focus({ preventScroll: true });
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
