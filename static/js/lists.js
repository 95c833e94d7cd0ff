/* Ticks in a list: all at once, how many, and the bar of what can be done to them. Without this
   script the ticks and the bar still work; nothing is hidden. */
(() => {
  const boxes = (form) => [...form.querySelectorAll('input[name="ids"]')];

  const refresh = (form) => {
    const all = boxes(form);
    const ticked = all.filter((box) => box.checked).length;
    const most = Number(form.dataset.most);
    const head = form.querySelector("[data-tick-all]");
    if (head) {
      head.hidden = false;
      head.checked = ticked > 0 && ticked === all.length;
      head.indeterminate = ticked > 0 && ticked < all.length;
    }
    form.dataset.ticked = ticked;
    const count = form.querySelector("[data-ticked]");
    if (!count) return;
    const told = ticked > most ? `${ticked} ticked. At most ${most} at once.` : `${ticked} ticked`;
    if (count.textContent !== told) count.textContent = ticked ? told : "";
    for (const button of form.querySelectorAll(".bulk-bar button")) button.disabled = ticked > most;
  };

  const refreshAll = () => document.querySelectorAll("form.bulk").forEach(refresh);

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form.bulk");
    if (!form) return;
    if (event.target.matches("[data-tick-all]")) {
      for (const box of boxes(form)) box.checked = event.target.checked;
    }
    refresh(form);
  });
  document.addEventListener("htmx:afterSettle", refreshAll);
  window.addEventListener("pageshow", refreshAll);
  refreshAll();
})();
