/* The name of a new soft ask or redirect follows the chosen moment until somebody writes a name of their own. Without
   this the server gives it the name of the moment where it is left empty. */
(() => {
  const moment = document.getElementById("f-moment");
  const name = document.getElementById("f-name");
  if (!moment || !name) return;
  const offered = () => moment.selectedOptions[0]?.dataset.name || "";
  let given = name.value === offered() ? name.value : "";
  moment.addEventListener("change", () => {
    if (name.value.trim() && name.value !== given) return;
    given = offered();
    name.value = given;
  });
})();
