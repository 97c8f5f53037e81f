/* htmx and lists: the focus is never lost, the number of rows is said, errors are shown and not swallowed. */
import { announce, clearProblem, countText, showProblem, text } from "./live.js";

const isList = (element) => element?.matches?.("[data-list]");

document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = event;
  if (detail.xhr.status >= 400) {
    // An error page has no list to select: show its message in the place, and keep the place for the next try.
    if (detail.serverResponse.includes('id="error-page"')) {
      detail.selectOverride = "#error-page";
      if (isList(detail.target)) detail.swapOverride = "innerHTML";
    }
  } else if (isList(detail.target) && !detail.serverResponse.includes(`id="${detail.target.id}"`)) {
    // Another page came instead of the list, such as the login page: open the address as a whole.
    detail.shouldSwap = false;
    location.assign(detail.pathInfo.finalRequestPath);
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
  document.addEventListener(type, () => showProblem(text("connectionLost")));
}
