/* Forms: nothing typed is lost by leaving, nothing is sent twice, fields that depend on another come and go. */
import { onContent } from "./live.js";

/* --- unsaved text ----------------------------------------------------------------------------------------- */

const sent = new Set();

for (const type of ["input", "change"]) {
  document.addEventListener(type, ({ target }) => {
    const form = target.form;
    if (form?.matches("[data-guard]")) form.dataset.guard = "unsaved";
  });
}

addEventListener("beforeunload", (event) => {
  const unsaved = [...document.querySelectorAll('form[data-guard="unsaved"]')];
  // The browser's own question is the only one possible here: no page may draw one of its own while it is left.
  if (unsaved.some((form) => !sent.has(form))) event.preventDefault();
});

/* --- one submit at a time --------------------------------------------------------------------------------- */

// Long enough for a slow save; then the user may press again (request_key makes it the same save).
const RELEASE_AFTER_MS = 15_000;

function release(form) {
  sent.delete(form);
  for (const button of form.querySelectorAll('[aria-disabled="true"][data-locked]')) {
    button.removeAttribute("aria-disabled");
    delete button.dataset.locked;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const method = event.submitter?.formMethod || form.method;
  if (event.defaultPrevented || method === "dialog" || "noLock" in form.dataset) return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.add(form);
  // aria-disabled keeps the focus on the button; disabled would lose it, and the button's own name and value.
  if (event.submitter) {
    event.submitter.setAttribute("aria-disabled", "true");
    event.submitter.dataset.locked = "";
  }
  setTimeout(release, RELEASE_AFTER_MS, form);
});

// Back from the next page, out of the browser's page cache.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) [...sent].forEach(release);
});

/* --- fields that depend on another -------------------------------------------------------------------------- */

/** The value that the form would send for that name ("" when none). */
export function valueOf(form, name) {
  const control = form.elements.namedItem(name);
  if (control?.type === "checkbox") return control.checked ? control.value : "";
  return control?.value ?? "";
}

/** Whether the form says so: `name=value`, or `name=one|other` for one of several. */
function holds(form, condition) {
  const [name, values] = condition.split("=");
  return values.split("|").includes(valueOf(form, name));
}

function applyConditions(form) {
  for (const field of form.querySelectorAll("[data-show-when]")) {
    field.hidden = !holds(form, field.dataset.showWhen);
    for (const control of field.querySelectorAll("input, select, textarea, button")) control.disabled = field.hidden;
  }
  for (const field of form.querySelectorAll("[data-required-when]")) {
    const required = holds(form, field.dataset.requiredWhen);
    field.querySelector(".required-mark").hidden = !required;
    field.querySelector("input:not([type=hidden]), select, textarea").required = required;
  }
}

document.addEventListener("change", ({ target }) => {
  if (target.form) applyConditions(target.form);
});
onContent((root) => {
  const parts = root.querySelectorAll("[data-show-when], [data-required-when]");
  for (const form of new Set([...parts].map((part) => part.closest("form")))) applyConditions(form);
});

/* --- from the summary of errors to the field ---------------------------------------------------------------- */

document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a");
  if (!link) return;
  event.preventDefault();
  const field = document.getElementById(link.hash.slice(1));
  field.closest("balcao-tabs")?.reveal(field);
  field.focus();
});
