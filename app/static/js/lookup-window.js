/* The search window of a lookup (F2): «Pesquisar <label>», a field, the rows in a table, more of them on demand.
   ↓ goes from the field into the rows, ↑ ↓ move among them, Enter picks, Esc closes. */
import { countText, text } from "./live.js";
import { fetchRows } from "./lookup-source.js";

const DEBOUNCE_MS = 150;
const LIMIT = 50;

/** Opens the window over the page for that <balcao-lookup>; a pick is lookup.choose(item). */
export function openLookupWindow(lookup, query) {
  new LookupWindow(lookup).open(query);
}

class LookupWindow {
  #lookup;
  #dialog;
  #field;
  #rows;
  #more;
  #status;
  #page = 1;
  #timer = 0;
  #request = new AbortController();

  constructor(lookup) {
    this.#lookup = lookup;
    this.#dialog = document.getElementById("lookup-window").content.firstElementChild.cloneNode(true);
    this.#field = this.#dialog.querySelector("input");
    this.#rows = this.#dialog.querySelector("tbody");
    this.#more = this.#dialog.querySelector("[data-more]");
    this.#status = this.#dialog.querySelector("[role=status]");
  }

  open(query) {
    this.#dialog.querySelector("h2").textContent = text("lookupTitle", { label: this.#lookup.dataset.label });
    this.#field.value = query;
    this.#field.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#load(1), DEBOUNCE_MS);
    });
    this.#more.addEventListener("click", () => this.#load(this.#page + 1));
    this.#dialog.addEventListener("keydown", (event) => this.#onKey(event));
    this.#dialog.addEventListener("close", () => this.#onClose());
    // Beside the lookup, so that it opens above a window in which the lookup stands.
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    this.#field.focus();
    this.#field.select();
    this.#load(1);
  }

  #onClose() {
    clearTimeout(this.#timer);
    this.#request.abort();
    this.#dialog.remove();
    this.#lookup.input.focus();
  }

  async #load(page) {
    this.#request.abort();
    const request = (this.#request = new AbortController());
    try {
      const { items, more } = await fetchRows(this.#lookup, this.#field.value, {
        limit: LIMIT,
        page,
        signal: request.signal,
      });
      this.#show(items, more, page);
    } catch (error) {
      if (error.name !== "AbortError") this.#status.textContent = text("lookupFailed");
    }
  }

  #show(items, more, page) {
    const rows = items.map((item) => this.#row(item));
    if (page === 1) this.#rows.replaceChildren(...rows);
    else this.#rows.append(...rows);
    this.#page = page;
    this.#rows.closest(".table-box").hidden = this.#rows.children.length === 0;
    this.#more.hidden = !more;
    this.#status.textContent = countText(this.#rows.children.length, more);
    if (page > 1) rows[0]?.querySelector("button").focus();
  }

  #row(item) {
    const pick = document.createElement("button");
    pick.type = "button";
    pick.className = "code";
    pick.textContent = item.code;
    const row = document.createElement("tr");
    const name = item.label.startsWith(`${item.code} · `) ? item.label.slice(item.code.length + 3) : item.label;
    for (const content of [pick, name, item.hint ?? ""]) {
      const cell = document.createElement("td");
      cell.append(content);
      row.append(cell);
    }
    row.addEventListener("click", () => {
      this.#dialog.close();
      this.#lookup.choose(item);
    });
    return row;
  }

  #onKey(event) {
    const buttons = [...this.#rows.querySelectorAll("button")];
    const now = buttons.indexOf(document.activeElement);
    if (event.key === "ArrowDown") buttons[Math.min(now + 1, buttons.length - 1)]?.focus();
    else if (event.key === "ArrowUp") (buttons[now - 1] ?? this.#field).focus();
    else if (event.key === "Enter" && event.target === this.#field) this.#enterInField(buttons);
    else return;
    event.preventDefault();
  }

  /** Enter in the field picks the only row, or goes to the first of several. */
  #enterInField(buttons) {
    if (buttons.length === 1) buttons[0].click();
    else buttons[0]?.focus();
  }
}
