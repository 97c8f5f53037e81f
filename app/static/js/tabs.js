/* Tabs (WAI-ARIA tabs pattern) out of jump links and panels. The open panel is the URL's fragment, so that a reload,
   a link and the answer to a save come back to it. */
import { text } from "./live.js";

class BalcaoTabs extends HTMLElement {
  #tabs = [];
  #onHash = () => this.#fromHash();

  connectedCallback() {
    const list = this.querySelector(":scope > .tab-list");
    this.#tabs = [...list.children];
    list.setAttribute("role", "tablist");
    for (const tab of this.#tabs) this.#makeTab(tab);
    list.addEventListener("click", (event) => this.#onClick(event));
    list.addEventListener("keydown", (event) => this.#onKey(event));
    addEventListener("hashchange", this.#onHash);

    const failed = this.#tabs.find((tab) => tab.classList.contains("has-errors"));
    this.#show(failed ?? this.#tabs[0]);
    if (!failed) this.#fromHash();
    this.classList.add("is-ready");
  }

  disconnectedCallback() {
    removeEventListener("hashchange", this.#onHash);
  }

  /** Opens the panel of that id. */
  select(id) {
    const tab = this.#tabs.find((candidate) => candidate.dataset.panel === id);
    this.#show(tab);
    history.replaceState(history.state, "", `#${id}`);
  }

  /** Opens the panel in which the element is. */
  reveal(element) {
    const tab = this.#tabs.find((candidate) => this.#panel(candidate).contains(element));
    if (tab) this.#show(tab);
  }

  #panel(tab) {
    return document.getElementById(tab.dataset.panel);
  }

  #makeTab(tab) {
    const panel = this.#panel(tab);
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    if (panel.querySelector(".is-invalid, .field-errors")) {
      tab.classList.add("has-errors");
      tab.title = text("tabErrors");
    }
  }

  #show(chosen) {
    for (const tab of this.#tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      this.#panel(tab).hidden = !isChosen;
    }
  }

  #fromHash() {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) this.reveal(target);
  }

  #onClick(event) {
    const tab = event.target.closest("[role=tab]");
    if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.select(tab.dataset.panel);
  }

  #onKey(event) {
    const last = this.#tabs.length - 1;
    const now = this.#tabs.indexOf(event.target.closest("[role=tab]"));
    const next = {
      ArrowRight: now === last ? 0 : now + 1,
      ArrowLeft: now === 0 ? last : now - 1,
      Home: 0,
      End: last,
      " ": now,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.select(this.#tabs[next].dataset.panel);
    this.#tabs[next].focus();
  }
}
customElements.define("balcao-tabs", BalcaoTabs);
