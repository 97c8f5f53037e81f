/* The frame: the menu drawer of narrow screens closes by Esc and by a click beside it. */

const drawer = document.querySelector(".drawer");

if (drawer) {
  const body = drawer.nextElementSibling;

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !drawer.open) return;
    drawer.open = false;
    drawer.querySelector("summary").focus();
  });
  document.addEventListener("click", ({ target }) => {
    if (drawer.open && !drawer.contains(target) && !body.contains(target)) drawer.open = false;
  });
}
