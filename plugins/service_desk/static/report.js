/* The report's page: short addresses, and paper. */

// An address names what narrows, not what is empty.
document.getElementById("filters").addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) {
    if (value === "") formData.delete(name);
    // Of a row that was picked its id is enough.
    else if (name.endsWith("_id")) formData.delete(name.slice(0, -3));
  }
});

// What was changed in the form shows in no figure below it until it is applied.
const filters = document.getElementById("filters");
const note = document.getElementById("filters-changed");
const sent = () => new URLSearchParams(new FormData(filters)).toString();
const applied = sent();
for (const type of ["input", "change"]) {
  // On the document, as what lets fields come and go that depend on another, and after it.
  document.addEventListener(type, ({ target }) => {
    if (target.form !== filters) return;
    const told = sent() === applied ? "" : note.dataset.text;
    if (note.textContent !== told) note.textContent = told;
  });
}

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());

// A date that is half typed, or that never was, reaches the server as none at all.
document.getElementById("filters").addEventListener("submit", (event) => {
  const unread = event.target.querySelector("input:invalid");
  if (!unread?.validity.badInput) return;
  event.preventDefault();
  unread.reportValidity();
});
