/* Who can be mentioned, as one writes "@". What is chosen becomes the same plain text that can be written by hand, so
   nothing depends on this. Tab goes on as ever; Enter takes what is chosen only while the list is open. */
(() => {
  const AT = /(?:^|[^\p{L}\p{N}_@.])@([\p{L}\p{N}_][\p{L}\p{N}_.+-]*)?$/u;
  const MOST = 6;
  let field = null;
  let begins = 0;

  const list = () => document.getElementById(field?.dataset.mention);
  const open = () => Boolean(list() && !list().hidden);
  const offered = () => [...list().children].filter((one) => !one.hidden);
  const say = (text) => {
    const told = document.getElementById("mention-told");
    if (told && told.textContent !== text) told.textContent = text;
  };
  const choose = (option) => {
    for (const one of list().children) one.setAttribute("aria-selected", String(one === option));
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const close = () => {
    if (!open()) return;
    list().hidden = true;
    field.removeAttribute("aria-activedescendant");
    say("");
  };
  const look = () => {
    if (!list()) return;
    const before = field.value.slice(0, field.selectionStart);
    const found = field.selectionStart === field.selectionEnd && AT.exec(before);
    if (!found) return close();
    const written = found[1] || "";
    begins = before.length - written.length;
    let left = MOST;
    for (const one of list().children) {
      const fits = [one.dataset.handle, one.dataset.name.toLowerCase()].some((name) => name.startsWith(written.toLowerCase()));
      one.hidden = !fits || left-- <= 0;
    }
    const all = offered();
    if (!all.length) return close();
    list().hidden = false;
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list().id);
    choose(all[0]);
    say(all.length === 1 ? "1 member. Enter takes it." : `${all.length} members. Arrows choose, Enter takes.`);
  };
  const take = (option) => {
    field.setRangeText(`${option.dataset.handle} `, begins, field.selectionStart, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("[data-mention]")) return;
    field = event.target;
    look();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target !== field || !open() || event.isComposing) return;
    const all = offered();
    const at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") choose(all[(at + 1) % all.length]);
    else if (event.key === "ArrowUp") choose(all[(at - 1 + all.length) % all.length]);
    else if (event.key === "Enter") take(all[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  document.addEventListener("keyup", (event) => {
    if (event.target === field && open() && ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) look();
  });
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest?.(".mention-list")) event.preventDefault(); // the field keeps the focus
  });
  document.addEventListener("click", (event) => {
    const option = event.target.closest?.(".mention-list [role=option]");
    if (option && open()) take(option);
  });
  document.addEventListener("focusout", (event) => event.target === field && close());
})();
