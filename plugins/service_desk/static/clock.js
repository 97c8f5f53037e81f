/* A running clock. It starts at what the server says has elapsed; the computer's own hour plays no part. */

class BalcaoClock extends HTMLElement {
  static observedAttributes = ["data-elapsed"];

  #zero = 0;
  #tick = 0;

  connectedCallback() {
    this.#run();
  }

  disconnectedCallback() {
    clearTimeout(this.#tick);
  }

  attributeChangedCallback() {
    this.#zero = performance.now() - Number(this.dataset.elapsed) * 1000;
    if (this.isConnected) this.#run();
  }

  #run() {
    clearTimeout(this.#tick);
    const elapsed = performance.now() - this.#zero;
    const seconds = Math.floor(elapsed / 1000);
    const two = (number) => String(number).padStart(2, "0");
    this.textContent = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    // To the next full second; a hidden page's clock goes more slowly and is right again when it is seen.
    this.#tick = setTimeout(() => this.#run(), 1000 - (elapsed % 1000) + 5);
  }
}
customElements.define("balcao-clock", BalcaoClock);
