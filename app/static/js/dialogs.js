/* Questions and windows: <dialog open> of the server becomes modal; data-confirm and hx-confirm ask with our own
   dialog, never with the browser's. */

/** Wraps one <dialog>; shows it as modal when the server sent it open. */
class BalcaoDialog extends HTMLElement {
  connectedCallback() {
    const dialog = this.querySelector("dialog");
    // A question without a button that only closes must be answered: Esc would be a third answer.
    dialog.addEventListener("cancel", (event) => {
      if (event.target === dialog && !dialog.querySelector('form[method="dialog"]')) event.preventDefault();
    });
    if (dialog.open && !dialog.matches(":modal")) {
      dialog.removeAttribute("open");
      dialog.showModal();
    }
  }
}
customElements.define("balcao-dialog", BalcaoDialog);

/** Asks a yes/no question in a modal dialog; resolves to true for «Sim», false for «Não» and Esc. */
export function ask(question) {
  const dialog = document.getElementById("confirm-dialog").content.firstElementChild.cloneNode(true);
  dialog.querySelector(".dialog-text").textContent = question;
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

const confirmed = new WeakSet();

document.addEventListener(
  "click",
  async (event) => {
    const button = event.target.closest("button[data-confirm]");
    if (!button || confirmed.delete(button)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (await ask(button.dataset.confirm)) {
      confirmed.add(button);
      button.click();
    }
  },
  true, // before htmx and the form see the click
);

document.addEventListener("htmx:confirm", async (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  if (await ask(event.detail.question)) event.detail.issueRequest(true);
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (!opener) return;
  event.preventDefault(); // without scripts the button asks the server for the page with the window open
  document.getElementById(opener.dataset.open).showModal();
});
