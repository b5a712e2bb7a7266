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
    // With a projector it takes the height that is left in the window.
    const projected = document.documentElement.dataset.projector, framed = this.hasAttribute("frame");
    const left = innerHeight - (this.parentElement.getBoundingClientRect().top + scrollY) - 20;
    const most = projected ? Math.min(Math.max(left / h, framed ? 0 : .85), 2) : 1;
    // What is larger than the frame scrolls inside it, so that the steps above it stay in sight.
    if (framed) this.parentElement.style.maxHeight = projected ? `${Math.max(left + 12, 200)}px` : "";
    // Smaller than this a picture cannot be read: it then scrolls.
    const scale = Math.max(Math.min(most, room / w), Number(this.getAttribute("least") ?? 0.5));
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
  link: hash => `${location.href.split("#")[0]}#${hash}`,
  copy: text => navigator.clipboard.writeText(text).then(() => true, () => false),
  focus(id) {
    const one = document.getElementById(id);
    one?.focus();
    // What is typed takes the place of what stands there.
    if (one?.matches("input[type=text]")) one.select();
  },
  // What is taller than the window begins at its top.
  open(id) {
    const one = document.getElementById(id);
    one?.focus({ preventScroll: true });
    one?.scrollIntoView();
  },
  back(id) {
    const one = document.activeElement;
    if (!one || one === document.body || one.closest("#what, [data-reached]")) this.focus(id);
  },
  // Sideways alone: where the page is read does not move.
  reveal(selector) {
    const one = document.querySelector(selector), frame = one?.closest(".wide, ul");
    if (!frame || frame.scrollWidth <= frame.clientWidth) return;
    const at = one.getBoundingClientRect(), room = frame.getBoundingClientRect();
    if (at.left < room.left || at.right > room.right) frame.scrollLeft += at.left + at.width / 2 - room.left - room.width / 2;
  },
  // With the next frame, for which the page is laid out anyway.
  follow(selector) {
    requestAnimationFrame(() => {
      const one = document.querySelector(selector), frame = one?.closest(".graph");
      // A longer sentence above has moved it down.
      if (frame && document.documentElement.dataset.projector && frame.getBoundingClientRect().bottom > innerHeight) frame.querySelector("fit-width").fit();
      if (!frame || (frame.scrollWidth <= frame.clientWidth + 1 && frame.scrollHeight <= frame.clientHeight + 1)) return;
      const at = one.getBoundingClientRect(), room = frame.getBoundingClientRect();
      if (at.left < room.left || at.right > room.right) frame.scrollLeft += at.left + at.width / 2 - room.left - frame.clientWidth / 2;
      if (at.top < room.top || at.bottom > room.bottom) frame.scrollTop += at.top + at.height / 2 - room.top - frame.clientHeight / 2;
    });
  },
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
  narrow: () => matchMedia("(max-width: 40rem)").matches,
  width: () => document.documentElement.clientWidth,
  setRoot: (name, value) => value === null ? document.documentElement.removeAttribute(name) : document.documentElement.setAttribute(name, value),
  listen(browser) {
    // What is wider than its frame is scrolled by the arrows.
    const scrolls = one => one && one.scrollWidth > one.clientWidth + 1;
    matchMedia("(max-width: 40rem)").addEventListener("change", () => browser.invokeMethodAsync("OnWidth"));
    // A page that was still writing its own state may have put it in the place of the address that was asked for.
    addEventListener("hashchange", e => {
      const hash = new URL(e.newURL).hash.slice(1);
      clearTimeout(this.later);
      if (location.hash.slice(1) !== hash) history.replaceState(null, "", `#${hash}`);
      browser.invokeMethodAsync("OnAddress", hash);
    });
    const remote = { PageDown: "ArrowRight", PageUp: "ArrowLeft" };
    addEventListener("keydown", e => {
      if (e.altKey || e.ctrlKey || e.metaKey || e.defaultPrevented) return;
      const key = (document.documentElement.dataset.projector && remote[e.key]) || e.key, isLetter = ["?", "p", "P"].includes(key);
      if (!isLetter && !["ArrowLeft", "ArrowRight", "Home", "End", "Escape"].includes(key)) return;
      const field = isLetter ? "input:not([type=range], [type=checkbox], [type=radio]), textarea, select" : "input:not([type=checkbox]), textarea, select, [role=radiogroup], [data-arrows]";
      if (key !== "Escape" && !remote[e.key] && (e.target.closest?.(field) || scrolls(e.target.closest?.(".wide, pre")))) return;
      e.preventDefault();
      browser.invokeMethodAsync("OnKey", key === "Escape" && document.documentElement.dataset.explains ? "EndExplaining" : key);
    });
    explain((word, here) => browser.invokeMethodAsync("OnWhat", word, here));
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

// One stop for the Tab key: inside data-arrows the arrows go from one data-stop to the next that lies in their direction.
document.addEventListener("keydown", e => {
  if (e.altKey || e.ctrlKey || e.metaKey || e.defaultPrevented) return;
  const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[e.key], from = e.target.closest?.("[data-stop]"), all = from?.closest("[data-arrows]");
  if (!step || !all) return;
  e.preventDefault();
  const middle = one => { const box = one.getBoundingClientRect(); return [box.left + box.width / 2, box.top + box.height / 2]; };
  const [x, y] = middle(from);
  let best = null, least = Infinity;
  for (const one of all.querySelectorAll("[data-stop]")) {
    const [dx, dy] = [middle(one)[0] - x, middle(one)[1] - y], along = dx * step[0] + dy * step[1], aside = Math.abs(dx * step[1]) + Math.abs(dy * step[0]);
    if (along < 4 || along + 2 * aside >= least) continue;
    [best, least] = [one, along + 2 * aside];
  }
  best?.focus();
}, true);
document.addEventListener("focusin", e => {
  const stop = e.target.closest?.("[data-stop]"), all = stop?.closest("[data-arrows]");
  if (all) for (const one of all.querySelectorAll("[data-stop]")) one.tabIndex = one === stop ? 0 : -1;
});

// What is this? While the root has data-explains, a click on what has data-what, or the focus, asks for the word and does nothing else.
function explain(ask) {
  const root = document.documentElement, on = () => root.dataset.explains === "true";
  let asked = null;
  const show = one => {
    asked?.removeAttribute("data-asked");
    (asked = one)?.setAttribute("data-asked", "");
    if (one) ask(one.dataset.what, one.dataset.here ?? "");
  };
  // What cannot have the focus gets it meanwhile.
  const reachable = () => {
    for (const one of document.querySelectorAll("[data-what]:not([data-reached])"))
      if (!one.closest("button, a, summary, label") && !one.matches("[tabindex]") && !one.querySelector("button, input, select, a, summary, [tabindex]")) {
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
