/* R11: when the focus leaves «Identificação» with a party whose tickets are open, ask whether to see them. Asked once
   for a chosen party: the form remembers for whom, so that the server doesn't ask again when it is saved. */
import { valueOf } from "../../js/forms.js";

const form = document.getElementById("form");
const group = document.getElementById("identification-group");
const { url, except, saved } = document.getElementById("service-desk-open-documents").dataset;
const asked = form.elements.namedItem("asked_party");
let asking = "";

const PARTIES = ["customer", "prospect"];

/** The chosen party as the form remembers it (`customer:12`), or "". */
function party() {
  const kind = valueOf(form, "party_kind");
  const id = PARTIES.includes(kind) && valueOf(form, `${kind}_id`);
  return id ? `${kind}:${id}` : "";
}

function wasAsked(chosen) {
  return chosen === saved || asked.value.split(" ").includes(chosen);
}

/** Whether the focus is in the page, and neither in the group nor in a window above it. */
function hasLeft() {
  const { activeElement } = document;
  return document.hasFocus() && !group.contains(activeElement) && !document.querySelector("dialog:modal");
}

async function fragmentFor(chosen) {
  const [kind, id] = chosen.split(":");
  const address = new URL(url, location.href);
  address.searchParams.set(`${kind}_id`, id);
  if (except) address.searchParams.set("except", except);
  const response = await fetch(address);
  // A session that ended answers with the login page: the next save will ask.
  if (!response.ok || response.redirected) throw new Error(`open documents answered ${response.status}`);
  return response.text();
}

async function askWhenLeft() {
  const chosen = party();
  if (!chosen || chosen === asking || wasAsked(chosen) || !hasLeft()) return;
  asking = chosen;
  try {
    const fragment = await fragmentFor(chosen);
    // Back in the group, or another party: the next leaving asks.
    if (party() !== chosen || !hasLeft()) return;
    asked.value = `${asked.value} ${chosen}`.trim();
    if (fragment.trim()) show(fragment);
  } catch {
    /* the server asks when the form is saved */
  } finally {
    asking = "";
  }
}

function show(fragment) {
  document.getElementById("open-documents-place")?.remove();
  const place = document.createElement("div");
  place.id = "open-documents-place";
  place.innerHTML = fragment;
  document.body.append(place);
  const question = place.querySelector("#ask-open-documents");
  question.addEventListener("close", () => {
    // «Não», and Esc: the browser has put the focus back to where it was going.
    if (question.returnValue === "yes") place.querySelector("#open-documents").showModal();
  });
  question.showModal();
}

// After the focus has arrived where it goes.
group.addEventListener("focusout", () => setTimeout(askWhenLeft));
// A code that was typed and left is looked up meanwhile.
group.addEventListener("lookup:change", () => setTimeout(askWhenLeft));
