/* The ticket's form as one document: rows come and go in place (R17, R19), and the code of a known problem brings its
   texts into the first interaction (R13). Without this script the same buttons ask the server. */
import { ask } from "../../js/dialogs.js";

const form = document.getElementById("form");
const texts = document.getElementById("service-desk-texts").dataset;

/* --- rows ------------------------------------------------------------------------------------------------- */

const rowsOf = (tab) => form.querySelector(`[data-rows="${tab}"]`);

/** A version 4 UUID; crypto.randomUUID is missing where the portal is served without TLS. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

function nextIndex(tab) {
  const indices = [...rowsOf(tab).children].map((row) => Number(row.id.split("-").at(-1)));
  return Math.max(-1, ...indices) + 1;
}

/** Captions, count and empty line follow the rows. */
function retell(tab) {
  const rows = [...rowsOf(tab).children];
  const caption = form.querySelector(`template[data-row="${tab}"]`).dataset.caption;
  rows.forEach((row, place) => (row.querySelector("legend").textContent = caption.replace("{place}", place + 1)));
  document.getElementById(`tab-${tab}-count`).textContent = rows.length;
  rowsOf(tab).nextElementSibling.hidden = rows.length > 0;
}

/** Adds a row with what is likely, and returns it. */
export function addRow(tab, key = newKey()) {
  const prototype = form.querySelector(`template[data-row="${tab}"]`);
  const holder = document.createElement("div");
  holder.innerHTML = prototype.innerHTML.replaceAll("__n__", nextIndex(tab));
  const row = holder.firstElementChild;
  row.dataset.key = key;
  row.querySelector("input[type=hidden][name$='-key']").value = key;
  for (const button of row.querySelectorAll("button[value]")) {
    button.value = button.value.replace(/:.*/, `:${key}`);
  }
  rowsOf(tab).append(row);
  fillDefaults(tab, row);
  retell(tab);
  form.dataset.guard = "unsaved";
  return row;
}

function fillDefaults(tab, row) {
  const day = row.querySelector(tab === "interactions" ? "[name$='-occurred_on']" : "[name$='-forwarded_on']");
  day.value = form.elements.shown_on.value;
  if (tab !== "interactions") return;
  copyChannel(row);
  const direction = form.elements.direction.value;
  const same = row.querySelector(`[name$='-direction'][value="${direction}"]`);
  if (same) same.checked = true;
}

function copyChannel(row) {
  const lookup = document.getElementById("channel").closest("balcao-lookup");
  const own = row.querySelector("[name$='-channel']").closest("balcao-lookup");
  if (lookup.chosenId) own.choose({ id: lookup.chosenId, label: lookup.input.value, hint: "" });
}

async function removeRow(row) {
  const typed = [...row.querySelectorAll("input[type=text], input[type=time], textarea")].some(({ value }) => value);
  const isTimed = row.querySelector('[aria-pressed="true"]');
  if ((typed || isTimed) && !(await ask(texts.removeRow))) return;
  const tab = row.parentElement.dataset.rows;
  const next = row.nextElementSibling ?? row.previousElementSibling;
  // Its timer goes with it (timer.js).
  row.dispatchEvent(new CustomEvent("row:remove", { bubbles: true }));
  row.remove();
  retell(tab);
  form.dataset.guard = "unsaved";
  (next?.querySelector("input:not([type=hidden])") ?? form.querySelector(`[data-add-row="${tab}"]`)).focus();
}

form.addEventListener("click", (event) => {
  const add = event.target.closest("[data-add-row]");
  const remove = event.target.closest("[data-remove-row]");
  if (!add && !remove) return;
  event.preventDefault();
  if (remove) {
    removeRow(remove.closest(".row-group"));
  } else {
    const row = addRow(add.dataset.addRow);
    row.querySelector("input:not([type=hidden])").focus();
    row.scrollIntoView({ block: "nearest" });
  }
});

/* --- the offered row follows the header until somebody types into it ------------------------------------------ */

function offeredRow() {
  const row = rowsOf("interactions").firstElementChild;
  const begun = row?.querySelector("[data-begun]") ||
    [...(row?.querySelectorAll("input[type=time], [name$='-contact_name']") ?? [])].some(({ value }) => value);
  return row && !begun ? row : null;
}

form.addEventListener("change", ({ target }) => {
  const row = offeredRow();
  if (!row || row.contains(target)) return;
  if (target.name === "channel_id") copyChannel(row);
  if (target.name === "direction") fillDefaults("interactions", row);
});

/* --- the code of a known problem (R13) ------------------------------------------------------------------------ */

const known = document.getElementById("known_problem")?.closest("balcao-lookup");
let copied = { finding: "", guidance: "" };

const fieldsOf = (row) => ({
  finding: row.querySelector("[name$='-finding']"),
  guidance: row.querySelector("[name$='-guidance']"),
});

function put(row, item) {
  for (const [name, field] of Object.entries(fieldsOf(row))) {
    field.value = item[name];
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  copied = { finding: item.finding, guidance: item.guidance };
  form.elements.copied_problem.value = item.id;
}

async function bring(item) {
  const row = rowsOf("interactions").firstElementChild ?? addRow("interactions");
  const isTyped = Object.entries(fieldsOf(row)).some(([name, { value }]) => value && value !== copied[name]);
  if (!isTyped || (await ask(texts.replaceTexts))) put(row, item);
}

known?.addEventListener("lookup:change", ({ detail }) => {
  if (detail.item?.finding !== undefined) bring(detail.item);
});

// What the server copied into the offered row is nobody's typed text.
if (form.elements.copied_problem?.value && offeredRow()) {
  const fields = fieldsOf(offeredRow());
  copied = { finding: fields.finding.value, guidance: fields.guidance.value };
}
