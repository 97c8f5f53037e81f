/* What the page says: texts of the server in the user's language, announcements, and problems. */

/** The text of that name from <template id="texts">, its {placeholders} filled. */
export function text(name, values = {}) {
  const pattern = document.getElementById("texts").dataset[name];
  return pattern.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

/** The words for a number of results. */
export function countText(count, more = false) {
  if (count === 0) return text("resultsNone");
  if (more) return text("resultsMore", { count });
  return count === 1 ? text("resultsOne") : text("resultsMany", { count });
}

/** Has a screen reader say the message without moving the focus. */
export function announce(message) {
  const live = document.getElementById("live");
  live.textContent = "";
  // A change in the next frame is announced even when the message is the same as the last.
  requestAnimationFrame(() => (live.textContent = message));
}

/** Shows a problem at the top of the page until the next one. */
export function showProblem(message) {
  const notice = document.createElement("div");
  notice.className = "notice notice-danger";
  notice.setAttribute("role", "alert");
  notice.dataset.problem = "";
  const line = document.createElement("p");
  line.textContent = message;
  notice.append(line);
  clearProblem();
  document.getElementById("messages").append(notice);
  notice.scrollIntoView({ block: "nearest" });
}

/** Takes away what showProblem showed. */
export function clearProblem() {
  document.querySelector("[data-problem]")?.remove();
}

/** Calls back with the document now, and with every part that htmx puts into it later. */
export function onContent(callback) {
  callback(document);
  document.addEventListener("htmx:load", ({ target }) => callback(target));
}

// Plugins announce without knowing where this file is served.
document.addEventListener("balcao:announce", ({ detail }) => announce(detail));
