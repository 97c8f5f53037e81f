/* Asks the server without leaving the page. */
import { clearProblem, showProblem, text } from "../../js/live.js";

/** The token that every page carries for its requests. */
function token() {
  return JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
}

/**
 * Posts the fields.
 * @param {string} url
 * @param {Object<string, string>} fields
 * @param {RequestInit} options
 * @returns {Promise<{ok: boolean, status: number, answer: object}>}
 * @throws when the portal can't be reached or doesn't answer JSON (it restarts, the session has ended)
 */
export async function post(url, fields, options = {}) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  return read(await fetch(url, { ...options, method: "POST", body, headers: headers({ "X-CSRFToken": token() }) }));
}

/** Asks for what is there; answers and throws as post(). */
export async function get(url) {
  return read(await fetch(url, { headers: headers() }));
}

function headers(more = {}) {
  return { Accept: "application/json", ...more };
}

async function read(response) {
  if (response.status === 404) return { ok: false, status: 404, answer: {} };
  return { ok: response.ok, status: response.status, answer: await response.json() };
}

/** What the request gives; null, and a line at the top of the page, where the portal didn't answer. */
export async function orProblem(request) {
  try {
    const result = await request;
    clearProblem();
    return result;
  } catch {
    showProblem(text("connectionLost"));
    return null;
  }
}
