/* The client side of the portal. Every page works without it; content that htmx swaps in initialises itself, because
   the components are custom elements and the rest listens on the document. */
import "./dialogs.js";
import "./forms.js";
import "./frame.js";
import "./hotkeys.js";
import "./lists.js";
import "./lookup.js";
import "./lookups.js";
import "./tabs.js";

document.documentElement.classList.add("is-ready");
