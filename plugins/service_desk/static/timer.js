/* The timer (R18): the toggle of a row, and the running one in the top bar. The server keeps it and its instants;
   the page shows them, and fills the row when it is stopped. */
import { announce, showProblem } from "../../js/live.js";
import { inputsOf } from "./draft.js";
import { get, orProblem, post } from "./server.js";

// A page that was out of sight asks what became of the timer meanwhile, but not at every glance.
const REFRESH_AFTER_MS = 3_000;

let askedAt = performance.now();

function words(name, values = {}) {
  const pattern = document.getElementById("service-desk-timer-texts")?.dataset[name] ?? "";
  return pattern.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

function bar() {
  return document.getElementById("timer-bar");
}

function rows() {
  return [...document.querySelectorAll("balcao-timer")];
}

/** The timer's place in a row of this page, if its row is here. */
function rowOf(key) {
  return rows().find((row) => row.key === key);
}

/** Shows what the server says: the bar, the row whose timer runs, and in those that ran until now what they measured. */
function show({ bar: html, running, filled }) {
  askedAt = performance.now();
  const focusWasInBar = bar()?.contains(document.activeElement);
  if (bar() && html) bar().outerHTML = html;
  for (const row of rows()) {
    row.show(
      running?.row === row.key ? running : null,
      filled.find((measured) => measured.row === row.key),
    );
  }
  // The button that had the focus is gone.
  if (focusWasInBar && document.activeElement === document.body) document.getElementById("content").focus();
}

/** Posts and shows the answer; answers what the caller has to care about itself, or null. */
async function send(url, fields, beforeShowing = () => {}) {
  const result = await orProblem(post(url, fields));
  if (result === null) return null;
  if (result.ok) {
    beforeShowing();
    show(result.answer);
    return result;
  }
  // Stopped or discarded elsewhere.
  if (result.status === 404) await refresh();
  return result;
}

/** Asks the server what runs. */
async function refresh() {
  askedAt = performance.now();
  try {
    const { ok, answer } = await get(bar().dataset.url);
    if (ok) show(answer);
  } catch {
    // Nobody asked for it: the next press will tell.
  }
}

/* --- the toggle of a row ------------------------------------------------------------------------------------ */

class BalcaoTimer extends HTMLElement {
  #isBusy = false;

  connectedCallback() {
    this.#button.addEventListener("click", this);
  }

  disconnectedCallback() {
    this.#button.removeEventListener("click", this);
  }

  handleEvent(event) {
    event.preventDefault();
    this.#press();
  }

  get key() {
    return this.#row.dataset.key;
  }

  get isRunning() {
    return this.#button.getAttribute("aria-pressed") === "true";
  }

  get #button() {
    return this.querySelector("button");
  }

  get #row() {
    return this.closest(".row-group");
  }

  /** Shows the running timer, or none; fills the row with what a timer measured that ran here until now. */
  show(running, measured) {
    const ran = this.isRunning;
    this.#button.setAttribute("aria-pressed", String(running !== null));
    const clock = this.querySelector("balcao-clock");
    clock.hidden = running === null;
    if (running) {
      this.dataset.timer = running.id;
      clock.dataset.elapsed = running.elapsed;
      this.#ask("");
    } else if (ran && measured) {
      this.#fill(measured);
    }
  }

  /** Brings the row into sight. */
  reveal() {
    this.closest("balcao-tabs")?.reveal(this);
    this.#button.focus();
  }

  async #press() {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#button.setAttribute("aria-disabled", "true");
    try {
      await (this.isRunning ? this.#stop() : this.#start());
    } finally {
      this.#isBusy = false;
      this.#button.removeAttribute("aria-disabled");
    }
  }

  #stop() {
    return send(document.querySelector("[data-timer-stop]").action, {});
  }

  async #start(first = {}) {
    const form = this.#button.form;
    const key = form.elements.namedItem("request_key");
    const document_ = key ? { request_key: key.value, inputs: inputsOf(form) } : {};
    const result = await send(words("startUrl"), { row_key: this.key, ...document_, ...first });
    if (result === null) return;
    const { answer } = result;
    if (result.ok) {
      announce(words("started"));
      if (answer.kept) keptAsDraft(key.value, answer.kept, form);
    } else if (answer.question) {
      show(answer);
      const choice = await choose(answer.question);
      if (choice) await this.#start({ first: choice, first_id: answer.first });
    } else if (answer.refused) {
      showProblem(answer.refused);
    }
  }

  #fill({ occurred_on: day, start_time: start, end_time: end, asks }) {
    for (const [name, value] of Object.entries({ occurred_on: day, start_time: start, end_time: end })) {
      const input = this.#input(name);
      input.value = value;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
    this.reveal();
    this.#ask(asks);
    if (asks) this.#input("end_time").focus();
    else announce(words("filled", { start, end }));
  }

  #ask(message) {
    this.querySelector(".timer-asks").textContent = message;
  }

  #input(name) {
    return this.#row.querySelector(`input[name$="-${name}"]`);
  }
}
customElements.define("balcao-timer", BalcaoTimer);

// What was measured in a removed row would come back with it.
document.addEventListener("row:remove", ({ target }) => {
  const id = target.querySelector("balcao-timer")?.dataset.timer;
  if (id) send(words("discardUrl").replace("/0/", `/${id}/`), {});
});

/** The draft exists now: say so, and let a reload come back to it. */
function keptAsDraft(requestKey, hour, form) {
  form.querySelector("balcao-draft")?.show(hour);
  const here = new URL(location.href);
  here.searchParams.set("draft", requestKey);
  history.replaceState(history.state, "", here);
}

/** What shall become of the first timer: «stop», «discard», or nothing. */
function choose(question) {
  const dialog = document.getElementById("service-desk-timer-question").content.firstElementChild.cloneNode(true);
  dialog.querySelector(".dialog-text").textContent = question;
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}

/* --- the running timer in the top bar ----------------------------------------------------------------------- */

class BalcaoTimerBar extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", this);
    this.addEventListener("click", this);
  }

  handleEvent(event) {
    const isHere = rowOf(this.querySelector("[data-row]")?.dataset.row);
    if (event.type === "click") {
      // On another page the link leads to a page with the same question.
      if (isHere && event.target.closest("[data-timer-end]")) {
        event.preventDefault();
        this.#askForEnd();
      }
      return;
    }
    const form = event.target;
    // Stopped from another page, the timer's row is where the form leads to.
    if (!isHere && "timerStop" in form.dataset) return;
    event.preventDefault();
    send(form.action, {}).then((result) => result?.ok && "timerDiscard" in form.dataset && announce(words("discarded")));
  }

  #askForEnd() {
    const dialog = this.querySelector("[data-timer-end-dialog]").content.firstElementChild.cloneNode(true);
    document.body.append(dialog);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
    dialog.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const input = dialog.querySelector("input");
      // Closed first: the row gets the focus, which an open dialog would keep.
      const result = await send(event.target.action, { end_time: input.value }, () => dialog.close());
      if (result?.answer.refused) {
        input.setAttribute("aria-invalid", "true");
        dialog.querySelector(".field-errors").textContent = result.answer.refused;
        input.focus();
      } else {
        dialog.close();
      }
    });
    dialog.showModal();
  }
}
customElements.define("balcao-timer-bar", BalcaoTimerBar);

/* --- in sight again ------------------------------------------------------------------------------------------- */

function look() {
  if (!bar() || document.hidden || performance.now() - askedAt < REFRESH_AFTER_MS) return;
  if (rows().length || bar().children.length) refresh();
}

document.addEventListener("visibilitychange", look);
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) refresh();
});
