/* The report: a button that prints, where printing works. The browser's own dialog also makes the PDF. */
(() => {
  const equip = () => {
    for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
  equip();
  document.addEventListener("htmx:load", equip);
})();
