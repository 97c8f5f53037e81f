/* A lookup of several rows: those chosen are chips with a button that removes them, and one lookup adds more. Without
   this script it is a text with a row a line. Keys: Backspace in the empty lookup goes to the last chip; on a chip
   Backspace and Del remove it, ← → move. */
import { announce, text } from "./live.js";

class BalcaoLookups extends HTMLElement {
  #chips;
  #none;
  #input;

  connectedCallback() {
    const area = this.querySelector("textarea");
    // Moved within the page; or typed into before the script was there: the server takes the text.
    if (!area || area.value !== area.defaultValue) return;
    this.#chips = this.querySelector(".chips");
    this.#none = this.querySelector(".chips-none");
    const hadFocus = document.activeElement === area;
    area.replaceWith(this.querySelector("template[data-lookup]").content.cloneNode(true));
    this.#input = this.querySelector("balcao-lookup input[type=text]");
    for (const input of this.#chips.querySelectorAll("input")) input.disabled = false;
    this.addEventListener("lookup:change", ({ target, detail }) => detail.item && this.#add(target, detail.item));
    this.#chips.addEventListener("click", ({ target }) => {
      const button = target.closest(".chip-remove");
      if (button) this.#remove(button.closest(".chip"));
    });
    this.addEventListener("keydown", (event) => {
      if (this.#handleKey(event)) event.preventDefault();
    });
    this.#show();
    this.classList.add("is-ready");
    if (hadFocus) this.#input.focus();
  }

  #add(lookup, item) {
    lookup.clear();
    const isThere = [...this.#chips.querySelectorAll("input")].some((input) => input.value === String(item.id));
    if (!isThere) {
      const chip = this.querySelector("template[data-chip]").content.firstElementChild.cloneNode(true);
      const button = chip.querySelector("button");
      chip.querySelector(".chip-label").textContent = item.label;
      button.setAttribute("aria-label", button.getAttribute("aria-label").replace("{label}", () => item.label));
      Object.assign(chip.querySelector("input"), { value: item.id, disabled: false });
      this.#chips.append(chip);
      this.#show();
    }
    announce(text("lookupAdded", { label: item.label }));
  }

  #remove(chip) {
    const neighbour = chip.nextElementSibling ?? chip.previousElementSibling;
    chip.remove();
    this.#show();
    (neighbour?.querySelector("button") ?? this.#input).focus();
    // The form has something unsaved.
    this.#input.dispatchEvent(new Event("change", { bubbles: true }));
    announce(text("lookupRemoved", { label: chip.querySelector(".chip-label").textContent }));
  }

  #show() {
    const isEmpty = this.#chips.children.length === 0;
    this.#chips.hidden = isEmpty;
    if (this.#none) this.#none.hidden = !isEmpty;
  }

  /** Returns whether the key was ours. */
  #handleKey({ target, key, isComposing }) {
    const chip = target.closest(".chip");
    if (!chip) {
      const last = this.#chips.lastElementChild;
      if (key !== "Backspace" || isComposing || target !== this.#input || target.value || !last) return false;
      last.querySelector("button").focus();
      return true;
    }
    switch (key) {
      case "Backspace":
      case "Delete":
        this.#remove(chip);
        return true;
      case "ArrowLeft":
        chip.previousElementSibling?.querySelector("button").focus();
        return true;
      case "ArrowRight":
        (chip.nextElementSibling?.querySelector("button") ?? this.#input).focus();
        return true;
      default:
        return false;
    }
  }
}

customElements.define("balcao-lookups", BalcaoLookups);
