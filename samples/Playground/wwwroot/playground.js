// What the page needs of the browser: formulas, the address, keys, and the highlight of one value everywhere.
const formulas = new Map();
customElements.define("tex-math", class extends HTMLElement {
  static observedAttributes = ["tex"];
  connectedCallback() { this.draw(); }
  attributeChangedCallback() { if (this.isConnected) this.draw(); }
  draw() {
    const tex = this.getAttribute("tex") ?? "";
    if (tex === this.drawn) return;
    this.drawn = tex;
    // Graph and table show the same formulas, and a key often brings back an earlier one.
    if (formulas.size > 2000) formulas.clear();
    if (!formulas.has(tex)) formulas.set(tex, katex.renderToString(tex, { throwOnError: false, output: "html", strict: "ignore" }));
    this.innerHTML = formulas.get(tex);
  }
});

// Shrinks a picture to the width that there is.
customElements.define("fit-width", class extends HTMLElement {
  static observedAttributes = ["w", "h"];
  connectedCallback() {
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.parentElement);
    this.fit();
  }
  disconnectedCallback() { this.observer.disconnect(); }
  attributeChangedCallback() { if (this.isConnected) this.fit(); }
  fit() {
    const style = getComputedStyle(this.parentElement), w = Number(this.getAttribute("w")), h = Number(this.getAttribute("h"));
    const room = this.parentElement.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    // Below half its size a picture cannot be read: it then scrolls.
    const scale = Math.max(Math.min(1, room / w), 0.5);
    this.style.setProperty("--scale", scale);
    this.style.width = `${w * scale}px`;
    this.style.height = `${h * scale}px`;
  }
});

window.playground = {
  address: () => location.hash.slice(1),
  setAddress: hash => history.replaceState(null, "", `#${hash}`),
  link: () => location.href,
  copy: text => navigator.clipboard.writeText(text).then(() => true, () => false),
  focus: id => document.getElementById(id)?.focus(),
  width: () => document.documentElement.clientWidth,
  listen(browser) {
    addEventListener("hashchange", () => browser.invokeMethodAsync("OnAddress", location.hash.slice(1)));
    addEventListener("keydown", e => {
      if (e.altKey || e.ctrlKey || e.metaKey || e.defaultPrevented) return;
      if (!["ArrowLeft", "ArrowRight", "Home", "End", "Escape"].includes(e.key)) return;
      if (e.key !== "Escape" && e.target.closest?.("input, textarea, select, [role=radiogroup], .wide, summary")) return;
      e.preventDefault();
      browser.invokeMethodAsync("OnKey", e.key);
    });
  },
};

// The same value in graph, table and formulas: hover or focus in one lights it in all.
{
  let lit = null;
  const light = row => {
    if (row === lit) return;
    lit = row;
    for (const one of document.querySelectorAll("[data-lit]")) one.removeAttribute("data-lit");
    if (row === null) return;
    for (const one of document.querySelectorAll(`[data-row="${row}"]`)) one.setAttribute("data-lit", "");
    for (const one of document.querySelectorAll(`[data-from="${row}"], [data-to="${row}"]`)) one.setAttribute("data-lit", "");
  };
  const over = e => light(e.target.closest?.("[data-row]")?.dataset.row ?? null);
  document.addEventListener("pointerover", over);
  document.addEventListener("focusin", over);
  document.addEventListener("focusout", () => light(null));
}
