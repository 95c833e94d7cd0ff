/* Copy buttons: they appear only where copying works, also in parts of a page that come later. */
(() => {
  if (!navigator.clipboard) return;
  const equip = () => {
    for (const button of document.querySelectorAll("[data-copy][hidden]")) offer(button);
  };
  const offer = (button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy).textContent;
      const before = button.textContent;
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Select and copy by hand";
      }
      setTimeout(() => {
        button.textContent = before;
      }, 1500);
    });
  };
  equip();
  document.addEventListener("htmx:load", equip);
})();
