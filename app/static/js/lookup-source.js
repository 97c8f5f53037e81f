/* Where a lookup finds its rows: GET data-url?q=&limit=&page= and the inputs named in data-params. */
import { valueOf } from "./forms.js";

/**
 * The rows for a text, as the server sorts them.
 * @param {HTMLElement} lookup the <balcao-lookup>
 * @param {string} query code or part of a name; "" for the first rows
 * @param {{limit: number, page?: number, signal: AbortSignal}} options page counts from 1
 * @returns {Promise<{items: {id: number, code: string, label: string, hint?: string}[], more: boolean}>}
 * @throws when the server cannot be reached or answers anything but JSON (the login page, for instance)
 */
export async function fetchRows(lookup, query, { limit, page = 1, signal }) {
  const url = new URL(lookup.dataset.url, location.href);
  url.searchParams.set("q", query);
  url.searchParams.set("limit", limit);
  if (page > 1) url.searchParams.set("page", page);
  for (const name of lookup.paramNames) url.searchParams.set(name, valueOf(lookup.form, name));
  const response = await fetch(url, { headers: { Accept: "application/json" }, signal });
  if (!response.ok) throw new Error(`lookup answered ${response.status}`);
  return response.json();
}

/** The only row whose code or whole label is exactly that text, or undefined. */
export function exactRow(items, query) {
  const wanted = query.trim().toLowerCase();
  const exact = items.filter((item) => item.code.toLowerCase() === wanted || item.label.toLowerCase() === wanted);
  return exact.length === 1 ? exact[0] : undefined;
}
