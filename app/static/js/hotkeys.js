/* Ctrl+S and F10 press «Salvar» of the form in hand: that of the uppermost window, of the focus, or the page's first.
   (F2 belongs to the lookup, Esc to the browser's modal dialogs.) */

function saveButton() {
  const scope = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document;
  const form = document.activeElement?.closest("form");
  const own = form && scope.contains(form) ? form.querySelector("button[data-save]") : null;
  // A window that is shut has nothing in hand, whatever was typed into it before.
  return own ?? [...scope.querySelectorAll("button[data-save]")].find((b) => !b.closest("dialog:not([open])"));
}

document.addEventListener("keydown", (event) => {
  const plain = !event.altKey && !event.shiftKey;
  const ctrlS = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
  const f10 = event.key === "F10" && !event.ctrlKey && !event.metaKey;
  if (!plain || !(ctrlS || f10)) return;
  event.preventDefault(); // also where there is nothing to save: nobody wants the browser's «save page» here
  if (!event.repeat) saveButton()?.click();
});
