/* The form of a new ticket keeps itself as a draft: two seconds after the last input, and when the page is left. */
import { post } from "./server.js";

const PAUSE_MS = 2_000;
// Whoever types without a pause still loses little.
const LONGEST_WAIT_MS = 10_000;
// What browsers send after a page is gone.
const KEEPALIVE_CHARACTERS = 60_000;
const NOT_TYPED = new Set(["csrf_token", "_do"]);

/** The form's inputs as drafts keep them: JSON of [name, value]. */
export function inputsOf(form) {
  return JSON.stringify([...new FormData(form)].filter(([name]) => !NOT_TYPED.has(name)));
}

class BalcaoDraft extends HTMLElement {
  #form;
  #wait = 0;
  /** When the first input was that isn't kept yet; 0: everything is. */
  #since = 0;
  #isSending = false;
  #isSubmitted = false;
  #life = new AbortController();

  connectedCallback() {
    const { signal } = this.#life;
    this.#form = this.closest("form");
    for (const type of ["input", "change"]) this.#form.addEventListener(type, () => this.#touched(), { signal });
    // Only once nobody else has held the submit back.
    document.addEventListener(
      "submit",
      (event) => {
        if (event.target === this.#form && !event.defaultPrevented) this.#isSubmitted = true;
      },
      { signal },
    );
    addEventListener("pagehide", () => this.#leave(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden && this.#leave(), { signal });
    // Refused by the server: typed, and nowhere kept as it is now.
    if ("unsaved" in this.dataset) this.#touched();
  }

  disconnectedCallback() {
    clearTimeout(this.#wait);
    this.#life.abort();
  }

  /** Says that the form was kept at that hour: also when the timer has done it. */
  show(hour) {
    this.textContent = this.dataset.kept.replace("{time}", hour);
  }

  #touched() {
    this.#isSubmitted = false;
    this.#since ||= performance.now();
    this.#keepLater(Math.min(PAUSE_MS, Math.max(0, this.#since + LONGEST_WAIT_MS - performance.now())));
  }

  #keepLater(delay) {
    clearTimeout(this.#wait);
    this.#wait = setTimeout(() => this.#keep(), delay);
  }

  async #keep() {
    // One after the other, so that an older one can't arrive last.
    if (this.#isSending) return this.#keepLater(PAUSE_MS);
    this.#isSending = true;
    this.#since = 0;
    try {
      const { answer } = await post(this.dataset.url, this.#fields(inputsOf(this.#form)));
      if (answer.kept) this.show(answer.kept);
      else this.textContent = answer.refused ?? "";
    } catch {
      this.textContent = this.dataset.lost;
      this.#since ||= performance.now();
      this.#keepLater(LONGEST_WAIT_MS);
    } finally {
      this.#isSending = false;
    }
  }

  #fields(inputs) {
    return { request_key: this.#form.elements.namedItem("request_key").value, inputs };
  }

  #leave() {
    if (!this.#since || this.#isSubmitted) return;
    const inputs = inputsOf(this.#form);
    if (inputs.length > KEEPALIVE_CHARACTERS) return;
    this.#since = 0;
    clearTimeout(this.#wait);
    // The page is going: nobody is left to be told how it ended.
    post(this.dataset.url, this.#fields(inputs), { keepalive: true }).catch(() => {});
  }
}
customElements.define("balcao-draft", BalcaoDraft);
