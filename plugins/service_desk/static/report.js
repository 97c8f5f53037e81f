/* The report's page: short addresses, and paper. */

// An address names what narrows, not what is empty.
document.getElementById("filters").addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) {
    if (value === "") formData.delete(name);
    // Of a row that was picked its id is enough.
    else if (name.endsWith("_id")) formData.delete(name.slice(0, -3));
  }
});

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
