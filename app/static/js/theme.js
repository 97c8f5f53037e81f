/* Runs before the first paint (a classic script in <head>, since the CSP allows no inline one): says that scripts
   run, and gives Bootstrap its data-bs-theme from the user's choice or, without one, from the system. */
(() => {
  const KEY = "balcao.theme";
  const root = document.documentElement;
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

  // Storage may be forbidden by the browser; the look then follows the system.
  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const store = (choice) => {
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      /* the choice lasts for this page */
    }
  };

  let choice = stored() ?? "auto";
  const apply = () => {
    root.dataset.bsTheme = choice === "auto" ? (systemIsDark.matches ? "dark" : "light") : choice;
  };

  root.classList.add("js");
  apply();
  systemIsDark.addEventListener("change", apply);

  document.addEventListener("DOMContentLoaded", () => {
    const radio = document.querySelector(`input[name="theme"][value="${CSS.escape(choice)}"]`);
    if (radio) radio.checked = true;
  });
  document.addEventListener("change", ({ target }) => {
    if (!target.matches?.('.theme-choice input[name="theme"]')) return;
    choice = target.value;
    store(choice);
    apply();
  });

  // Pressed before portal.js could ask its question: the press waits, or it would post without one.
  let pressed = null;
  const isReady = () => root.classList.contains("is-ready");
  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest("button[data-confirm]");
      if (!button || isReady() || !root.classList.contains("js")) return;
      event.preventDefault();
      pressed = button;
    },
    true,
  );

  // portal.js did not arrive: show the page as without scripts, or its tabs and questions would stay hidden.
  addEventListener("load", () => {
    if (isReady()) pressed?.click();
    else root.classList.remove("js");
  });
})();
