// A plot on logarithmic axes of the numbers of a table: the first column is x, each further one a line. It follows the table.
customElements.define("log-plot", class extends HTMLElement {
  static observedAttributes = ["x", "y"];
  connectedCallback() {
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.again = () => this.later();
    this.scheme.addEventListener("change", this.again);
    this.theme = new MutationObserver(this.again);
    this.theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-projector"] });
    this.size = new ResizeObserver(() => { if (this.clientWidth !== this.drawnWidth) this.later(); });
    this.size.observe(this);
    this.changes = new MutationObserver(this.again);
    this.later();
  }
  disconnectedCallback() {
    this.scheme.removeEventListener("change", this.again);
    this.size.disconnect();
    this.theme.disconnect();
    this.changes.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }
  attributeChangedCallback() { if (this.isConnected) this.later(); }
  later() {
    if (this.waits) return;
    this.waits = true;
    requestAnimationFrame(() => { this.waits = false; if (this.isConnected) this.draw(); });
  }
  colour(name) {
    const probe = this.probe ??= Object.assign(document.createElement("span"), { hidden: true });
    if (!probe.isConnected) this.append(probe);
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  }
  read(table) {
    const number = text => { const value = Number(text.replaceAll(",", "").trim() || NaN); return value > 0 ? value : null; };
    const names = [...table.tHead.rows[0].cells].map(cell => cell.textContent.trim());
    const rows = [...table.tBodies[0].rows].map(row => [...row.cells].map(cell => number(cell.textContent)));
    return { names, columns: names.map((_, c) => rows.map(row => row[c] ?? null)) };
  }
  draw() {
    const table = document.getElementById(this.getAttribute("table"));
    if (!table || !globalThis.uPlot) return;
    this.changes.disconnect();
    this.changes.observe(table, { childList: true, characterData: true, subtree: true });
    const { names, columns } = this.read(table), width = this.clientWidth;
    if (width < 50) return;
    this.drawnWidth = width;
    // The colours of the modes are those of the page; what is drawn is told apart by dashes too.
    const colours = ["s1", "tangent", "adjoint", "s4", "s5", "s6"];
    const ink = this.colour("ink"), line = this.colour("line"), dashes = [[9, 5], [], [], [3, 4], [12, 4, 3, 4], [6, 3]];
    const tenth = v => v >= 1e6 ? `${v / 1e6} M` : v >= 1e4 ? `${v / 1e3} k` : String(v);
    // Powers of ten alone have a line and a number; there is no 2, 3, … between.
    const filter = (_, splits) => splits.map(v => v !== null && Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-9 ? v : null);
    const axis = (label, size) => ({
      stroke: ink, grid: { stroke: line, width: 1, filter }, ticks: { stroke: line, width: 1, size: 5 }, font: "12px system-ui, sans-serif",
      labelFont: "12px system-ui, sans-serif", label, labelSize: 20, gap: 5, size,
      filter,
      values: (_, splits) => splits.map(v => v === null ? "" : tenth(v)),
    });
    const decades = (_, low, high) => low === null ? [1, 100] : [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(Math.max(high, low * 10)))];
    this.plot?.destroy();
    this.plot = new uPlot({
      width, height: 360, cursor: { drag: { x: false, y: false } }, legend: { live: true },
      scales: { x: { time: false, distr: 3, range: (_, low, high) => low === null ? [1, 100] : [1, Math.max(high, 10)] }, y: { distr: 3, range: decades } },
      axes: [axis(this.getAttribute("x"), 32), axis(this.getAttribute("y"), 50)],
      series: [{ label: this.getAttribute("x"), value: (_, v) => v === null ? "" : v.toLocaleString("en") }, ...names.slice(1).map((label, i) => ({
        label, stroke: this.colour(colours[i % 6]), width: label === "forward mode" || label === "reverse mode" ? 3 : 2, dash: dashes[i % 6],
        points: { show: true, size: 6 }, spanGaps: false, value: (_, v) => v === null ? "" : v.toLocaleString("en"),
      }))],
    }, [columns[0], ...columns.slice(1)], this);
    // The legend shows the dashes.
    [...this.plot.root.querySelectorAll(".u-legend .u-series")].slice(1).forEach((row, i) => {
      const NS = "http://www.w3.org/2000/svg", svg = document.createElementNS(NS, "svg"), mark = document.createElementNS(NS, "line"), one = this.plot.series[i + 1];
      svg.setAttribute("viewBox", "0 0 32 12");
      for (const [key, value] of Object.entries({ x1: 0, x2: 32, y1: 6, y2: 6, stroke: this.colour(colours[i % 6]), "stroke-width": one.width, "stroke-dasharray": dashes[i % 6].join(" ") }))
        mark.setAttribute(key, value);
      svg.append(mark);
      const marker = row.querySelector(".u-marker");
      marker.style.cssText = "";
      marker.replaceChildren(svg);
    });
  }
});
