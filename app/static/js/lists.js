/* htmx and lists: the focus is never lost, the number of rows is said, errors are shown and not swallowed. */
import { announce, clearProblem, countText, onContent, showProblem, text } from "./live.js";

/* --- live filters ---------------------------------------------------------------------------------------- */

const DEBOUNCE_MS = 250;
let typing = 0;

function sendFilters(form, delay) {
  clearTimeout(typing);
  typing = setTimeout(() => form.requestSubmit(), delay); // htmx answers the submit
}

document.addEventListener("input", ({ target }) => {
  if (target.type === "search" && target.form?.matches(".filters")) sendFilters(target.form, DEBOUNCE_MS);
});
// What was typed before this script was there.
for (const field of document.querySelectorAll(".filters input[type=search]")) {
  if (field.value !== field.defaultValue) sendFilters(field.form, DEBOUNCE_MS);
}
document.addEventListener("change", ({ target }) => {
  if (!target.form?.matches(".filters") || target.matches("[type=search], [role=combobox]")) return;
  const lookup = target.closest("balcao-lookup");
  const isHalfTyped = lookup && !lookup.chosenId && lookup.input.value;
  if (!isHalfTyped) sendFilters(target.form, 0);
});

/* --- forms that ask anew at each change --------------------------------------------------------------------- */

// What was ticked before htmx listened; it starts once the page is parsed, after the modules.
addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form[hx-get][hx-trigger=change]")) {
    const isChanged = [...form.elements].some((field) => field.checked !== field.defaultChecked);
    if (isChanged) setTimeout(() => form.dispatchEvent(new Event("change")), 0);
  }
});

/* --- after a swap ------------------------------------------------------------------------------------------ */

const isList = (element) => element?.matches?.("[data-list]");

document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = event;
  const isLogin = detail.xhr.status === 401;
  if (detail.xhr.status >= 400 && !isLogin) {
    // An error page has no list to select: show its message in the place, and keep the place for the next try.
    if (detail.serverResponse.includes('id="error-page"')) {
      detail.selectOverride = "#error-page";
      if (isList(detail.target)) detail.swapOverride = "innerHTML";
    }
  } else if (isList(detail.target) && !detail.serverResponse.includes(`id="${detail.target.id}"`)) {
    // Another page came instead of the list, such as the login page: open the address as a whole.
    detail.shouldSwap = false;
    location.assign(detail.xhr.responseURL);
  }
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const list = document.getElementById(detail.target?.id);
  if (!isList(list)) return;
  clearProblem();
  announce(countText(list.querySelectorAll("tbody tr").length));
  if (detail.requestConfig?.elt.closest(".pager")) list.closest(".list-card").scrollIntoView({ block: "start" });
  // htmx gives the focus back to an element of the same id; where there is none any more, the list takes it.
  if (document.activeElement === document.body) list.focus({ preventScroll: true });
});

for (const type of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(type, ({ detail }) => {
    if (detail.xhr.status !== 401) showProblem(text("connectionLost"));
  });
}

/* --- wide tables ------------------------------------------------------------------------------------------- */

/* A table wider than its box: the arrows scroll it once the box can take the focus, and only then is it a tab stop. */
function markScroller(box) {
  if (box.scrollWidth > box.clientWidth) {
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", box.querySelector("caption")?.textContent ?? "");
  } else {
    for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  }
}

// Also when only the text grew, or a panel opened: a window that changes its size isn't the only reason.
const sizes = new ResizeObserver((entries) => {
  for (const box of new Set(entries.map(({ target }) => target.closest(".table-box")))) markScroller(box);
});
onContent(() => {
  for (const part of document.querySelectorAll(".table-box, .table-box > table")) sizes.observe(part);
});
