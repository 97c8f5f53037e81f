/* The lookup («lupa»): an ARIA 1.2 combobox over a text input (what is typed: code or name) and a hidden one (the
   chosen id). Keys: typing filters, ↓ ↑ move, Enter picks, Tab picks what is certain, Esc closes, F2 opens the search
   window. Fires «lookup:change» with {id, item} after a choice or a clearing. */
import { countText, text } from "./live.js";
import { exactRow, fetchRows } from "./lookup-source.js";
import { openLookupWindow } from "./lookup-window.js";

const DEBOUNCE_MS = 150;
const LIMIT = 20;
const PAGE_KEYS_STEP = 8;

class BalcaoLookup extends HTMLElement {
  #idInput;
  #list;
  #status;
  #chosenHint;
  #items = [];
  #active = -1;
  /** The highlight was moved by the user, not offered by us: Tab then picks it. */
  #activeIsWish = false;
  #pickFirst = false;
  #timer = 0;
  /** AbortController of the search under way, or null. */
  #request = null;
  #life = new AbortController();

  connectedCallback() {
    if (this.input) return; // moved within the page
    this.input = this.querySelector("input[type=text]");
    this.#idInput = this.querySelector("input[type=hidden]");
    this.#idInput.disabled = this.input.disabled;
    this.#chosenHint = this.querySelector(".lookup-chosen");
    this.form = this.input.form;
    this.paramNames = (this.dataset.params ?? "").split(" ").filter(Boolean);
    this.#build();
    this.input.addEventListener("input", () => this.#onInput());
    this.input.addEventListener("keydown", (event) => this.#onKey(event));
    this.input.addEventListener("blur", () => this.#onBlur());
    this.querySelector(".lookup-button").addEventListener("click", () => this.openWindow());
    this.form.addEventListener("change", ({ target }) => this.#onFormChange(target), { signal: this.#life.signal });
    this.classList.add("is-ready");
  }

  disconnectedCallback() {
    this.#life.abort();
    this.#stopSearching();
  }

  get chosenId() {
    return this.#idInput.value;
  }

  /** Takes the row ({id, code, label, hint}) as the choice. */
  choose(item) {
    this.#stopSearching();
    this.#close();
    this.input.value = item.label;
    this.#setChoice(item);
  }

  /** Empties text and choice. */
  clear() {
    this.#stopSearching();
    this.#close();
    this.input.value = "";
    if (this.chosenId) this.#setChoice(null);
  }

  /** Opens the search window, with what was typed in its field. */
  openWindow() {
    if (this.input.disabled) return;
    this.#stopSearching();
    this.#close();
    openLookupWindow(this, this.chosenId ? "" : this.input.value);
  }

  #build() {
    const id = `${this.input.id}-options`;
    this.#list = document.createElement("ul");
    this.#list.className = "lookup-list";
    this.#list.id = id;
    this.#list.hidden = true;
    this.#list.setAttribute("role", "listbox");
    this.#list.setAttribute("aria-label", text("lookupOptions"));
    // A press in the list must not take the focus out of the input.
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("click", ({ target }) => {
      const option = target.closest("[role=option]");
      if (option) this.choose(this.#items[[...this.#list.children].indexOf(option)]);
    });
    this.#status = document.createElement("p");
    this.#status.className = "lookup-status visually-hidden";
    this.#status.setAttribute("role", "status");
    this.append(this.#list, this.#status);

    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-controls": id,
      "aria-expanded": "false",
      "aria-haspopup": "listbox",
    })) {
      this.input.setAttribute(name, value);
    }
  }

  get #isOpen() {
    return !this.#list.hidden;
  }

  get #isSearching() {
    return this.#timer !== 0 || this.#request !== null;
  }

  #setChoice(item) {
    this.#idInput.value = item?.id ?? "";
    this.#chosenHint.textContent = item?.hint ?? "";
    this.#idInput.dispatchEvent(new Event("change", { bubbles: true }));
    this.dispatchEvent(new CustomEvent("lookup:change", { bubbles: true, detail: { id: this.chosenId, item } }));
  }

  #onInput() {
    if (this.chosenId) this.#setChoice(null); // an edited text is no longer that row
    this.#stopSearching();
    this.#close();
    if (this.input.value.trim()) {
      this.#timer = setTimeout(() => this.#search(this.input.value), DEBOUNCE_MS);
    }
  }

  #onFormChange(target) {
    if (this.paramNames.includes(target.name) && !("keeps" in this.dataset)) this.clear();
  }

  #onBlur() {
    this.#stopSearching();
    this.#close();
    if (this.input.value.trim() && !this.chosenId) this.#resolve();
  }

  #onKey(event) {
    const handled = this.#handleKey(event);
    if (handled) event.preventDefault();
  }

  /** Returns whether the key was the lookup's own, so that the browser does nothing more with it. */
  #handleKey(event) {
    switch (event.key) {
      case "ArrowDown":
        return this.#isOpen ? this.#move(1) : this.#openAll();
      case "ArrowUp":
        return this.#isOpen ? this.#move(-1) : this.#openAll();
      case "PageDown":
        return this.#isOpen && this.#move(PAGE_KEYS_STEP);
      case "PageUp":
        return this.#isOpen && this.#move(-PAGE_KEYS_STEP);
      case "Enter":
        return this.#onEnter();
      case "Escape":
        return this.#onEscape();
      case "Tab":
        this.#pickWhatIsCertain();
        return false;
      case "F2":
        this.openWindow();
        return true;
      default:
        return false;
    }
  }

  #onEnter() {
    if (this.#isOpen) {
      this.choose(this.#items[this.#active]);
      return true;
    }
    // Typed fast: the rows are on their way, and Enter means the first of them.
    this.#pickFirst = this.#isSearching;
    return this.#isSearching;
  }

  #onEscape() {
    const hadSomething = this.#isOpen || this.#isSearching || this.#status.classList.contains("is-shown");
    this.#stopSearching();
    this.#close();
    return hadSomething; // otherwise Esc is the window's around us
  }

  #pickWhatIsCertain() {
    if (!this.#isOpen) return;
    const certain = this.#activeIsWish ? this.#items[this.#active] : this.#certainRow();
    if (certain) this.choose(certain);
  }

  #certainRow() {
    return exactRow(this.#items, this.input.value) ?? (this.#items.length === 1 ? this.#items[0] : undefined);
  }

  #openAll() {
    this.#search(this.chosenId ? "" : this.input.value);
    return true;
  }

  #move(step) {
    const last = this.#items.length - 1;
    const next = this.#active + step;
    const wraps = Math.abs(step) === 1;
    if (next < 0) this.#activate(wraps ? last : 0);
    else if (next > last) this.#activate(wraps ? 0 : last);
    else this.#activate(next);
    this.#activeIsWish = true;
    return true;
  }

  #activate(index) {
    this.#active = index;
    [...this.#list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
    const option = this.#list.children[index];
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  /** Forgets a search under way: its answer, should it still come, is stale. */
  #stopSearching() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#pickFirst = false;
    this.#request?.abort();
    this.#request = null;
  }

  async #fetch(query) {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#request?.abort();
    const request = (this.#request = new AbortController());
    try {
      return await fetchRows(this, query, { limit: LIMIT, signal: request.signal });
    } finally {
      if (this.#request === request) this.#request = null;
    }
  }

  async #search(query) {
    try {
      const { items, more } = await this.#fetch(query);
      this.#show(items, more, query);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#pickFirst = false;
      this.#say(text("lookupFailed"), true);
    }
  }

  /** After the focus has left: takes the row if the text is exactly its code or label; otherwise the server decides. */
  async #resolve() {
    const query = this.input.value;
    try {
      const { items } = await this.#fetch(query);
      const row = exactRow(items, query);
      if (row) this.choose(row);
    } catch {
      /* the server resolves the text when the form is saved */
    }
  }

  #show(items, more, query) {
    const pickFirst = this.#pickFirst;
    this.#pickFirst = false;
    this.#items = items;
    this.#list.replaceChildren(...items.map((item, index) => this.#option(item, index)));
    this.#say(countText(items.length, more), items.length === 0);
    this.#setOpen(items.length > 0);
    if (items.length === 0) return;
    const exact = exactRow(items, query);
    this.#activate(exact ? items.indexOf(exact) : 0);
    if (pickFirst) this.choose(items[this.#active]);
  }

  #option(item, index) {
    const option = document.createElement("li");
    option.id = `${this.#list.id}-${index}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.append(item.label);
    if (item.hint) {
      const hint = document.createElement("small");
      hint.textContent = item.hint;
      option.append(" ", hint);
    }
    return option;
  }

  #setOpen(open) {
    this.#list.hidden = !open;
    this.#active = -1;
    this.#activeIsWish = false;
    this.input.setAttribute("aria-expanded", String(open));
    this.input.removeAttribute("aria-activedescendant");
  }

  #close() {
    this.#setOpen(false);
    this.#say("", false);
  }

  /** Tells a screen reader; shown in the place of the list when there is no list to show. */
  #say(message, shown) {
    this.#status.textContent = message;
    this.#status.classList.toggle("is-shown", shown);
    this.#status.classList.toggle("visually-hidden", !shown);
  }
}

customElements.define("balcao-lookup", BalcaoLookup);
