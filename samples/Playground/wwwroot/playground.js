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

// Shrinks a picture to the width that there is; with a projector it also grows.
customElements.define("fit-width", class extends HTMLElement {
  static observedAttributes = ["w", "h"];
  connectedCallback() {
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.parentElement);
    this.view = new MutationObserver(() => this.fit());
    this.view.observe(document.documentElement, { attributeFilter: ["data-projector"] });
    this.fit();
  }
  disconnectedCallback() {
    this.observer.disconnect();
    this.view.disconnect();
  }
  // Width and height change together.
  attributeChangedCallback() {
    if (!this.isConnected || this.waits) return;
    this.waits = true;
    queueMicrotask(() => { this.waits = false; if (this.isConnected) this.fit(); });
  }
  fit() {
    const style = getComputedStyle(this.parentElement), w = Number(this.getAttribute("w")), h = Number(this.getAttribute("h"));
    const room = this.parentElement.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const most = document.documentElement.dataset.projector ? Math.max(1.3, .72 * innerHeight / h) : 1;
    // Below half its size a picture cannot be read: it then scrolls.
    const scale = Math.max(Math.min(most, room / w), 0.5);
    this.style.setProperty("--scale", scale);
    this.style.width = `${w * scale}px`;
    this.style.height = `${h * scale}px`;
  }
});

window.playground = {
  address: () => location.hash.slice(1),
  // Some browsers refuse more than a hundred changes in half a minute, which a drag makes: the last one is then made later.
  setAddress(hash) {
    clearTimeout(this.later);
    try { history.replaceState(null, "", `#${hash}`); }
    catch { this.later = setTimeout(() => this.setAddress(hash), 3000); }
  },
  link: () => location.href,
  copy: text => navigator.clipboard.writeText(text).then(() => true, () => false),
  focus: id => document.getElementById(id)?.focus(),
  calm: () => matchMedia("(prefers-reduced-motion: reduce)").matches,
  // Prints a page of its own, not the one that is open.
  print(html) {
    const frame = document.createElement("iframe");
    frame.className = "sr";
    frame.title = "Sheet";
    frame.srcdoc = html;
    frame.addEventListener("load", () => { playground.printer(frame); setTimeout(() => frame.remove(), 60000); });
    document.body.append(frame);
  },
  printer: frame => frame.contentWindow.print(),
  pointIn(id, x, y) {
    const svg = document.getElementById(id), point = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM().inverse());
    return [point.x, point.y];
  },
  width: () => document.documentElement.clientWidth,
  setRoot: (name, value) => value === null ? document.documentElement.removeAttribute(name) : document.documentElement.setAttribute(name, value),
  listen(browser) {
    addEventListener("hashchange", () => browser.invokeMethodAsync("OnAddress", location.hash.slice(1)));
    const remote = { PageDown: "ArrowRight", PageUp: "ArrowLeft" };
    addEventListener("keydown", e => {
      if (e.altKey || e.ctrlKey || e.metaKey || e.defaultPrevented) return;
      const key = (document.documentElement.dataset.projector && remote[e.key]) || e.key, isLetter = ["?", "p", "P"].includes(key);
      if (!isLetter && !["ArrowLeft", "ArrowRight", "Home", "End", "Escape"].includes(key)) return;
      const field = isLetter ? "input:not([type=range], [type=checkbox], [type=radio]), textarea, select" : "input, textarea, select, [role=radiogroup], .wide, summary";
      if (key !== "Escape" && !remote[e.key] && e.target.closest?.(field)) return;
      e.preventDefault();
      browser.invokeMethodAsync("OnKey", key === "Escape" && document.documentElement.dataset.explains ? "EndExplaining" : key);
    });
    explain(word => browser.invokeMethodAsync("OnWhat", word));
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

// What is this? While the root has data-explains, a click on what has data-what, or the focus, asks for the word and does nothing else.
function explain(ask) {
  const root = document.documentElement, on = () => root.dataset.explains === "true";
  let asked = null;
  const show = one => {
    asked?.removeAttribute("data-asked");
    (asked = one)?.setAttribute("data-asked", "");
    if (one) ask(one.dataset.what);
  };
  // What cannot have the focus gets it meanwhile.
  const reachable = () => {
    for (const one of document.querySelectorAll("[data-what]:not([data-reached])"))
      if (!one.closest("button, a, summary, label, [tabindex]") && !one.querySelector("button, input, select, a, summary, [tabindex]")) {
        one.tabIndex = 0;
        one.dataset.reached = "";
      }
  };
  let waits = false;
  const watch = new MutationObserver(() => {
    if (!waits) requestAnimationFrame(() => { waits = false; if (on()) reachable(); });
    waits = true;
  });
  new MutationObserver(() => {
    if (on()) {
      reachable();
      watch.observe(document.getElementById("main") ?? document.body, { childList: true, subtree: true });
      return;
    }
    watch.disconnect();
    show(null);
    for (const one of document.querySelectorAll("[data-reached]")) {
      one.removeAttribute("tabindex");
      delete one.dataset.reached;
    }
  }).observe(root, { attributeFilter: ["data-explains"] });
  const isOf = target => target.closest?.("[data-what]") ?? null;
  for (const kind of ["pointerdown", "mousedown", "click"])
    document.addEventListener(kind, e => {
      if (!on() || e.target.closest?.("#what, .site, .scenes")) return;
      e.preventDefault();
      e.stopPropagation();
      if (kind === "click" && isOf(e.target)) show(isOf(e.target));
    }, true);
  document.addEventListener("focusin", e => { if (on() && isOf(e.target) && !e.target.closest("#what")) show(isOf(e.target)); });
}
