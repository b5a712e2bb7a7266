// <line-plot plot="{…}">: draws with uPlot what its attribute holds as JSON. Plot.razor writes it, and a table with the same numbers.
{
  const root = document.documentElement, drawn = new Set(), dashes = { line: [], dash: [7, 5], dot: [2, 4], points: [], both: [] };
  const colour = name => {
    const probe = root.appendChild(document.createElement("span"));
    probe.style.color = `var(--${name})`;
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const small = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const power = exponent => `10${exponent < 0 ? "⁻" : ""}${[...String(Math.abs(exponent))].map(digit => small[digit]).join("")}`;
  const shown = (v, log) => {
    if (v == null) return "";
    if (v === 0) return "0";
    const size = Math.abs(v), exponent = Math.log10(size);
    if (log && Number.isInteger(Math.round(exponent * 1e9) / 1e9) && (exponent < -2 || exponent > 3)) return power(Math.round(exponent));
    if (size < 1e-4 || size >= 1e6) return v.toExponential(1).replace(".0e", "e").replace("e+", "e").replaceAll("-", "−");
    return String(Number(v.toPrecision(4))).replace("-", "−");
  };

  customElements.define("line-plot", class extends HTMLElement {
    static observedAttributes = ["plot"];
    connectedCallback() {
      drawn.add(this);
      this.observer = new ResizeObserver(() => { if (this.clientWidth !== this.wide) this.draw(true); });
      this.observer.observe(this);
      this.draw();
    }
    disconnectedCallback() {
      this.observer.disconnect();
      drawn.delete(this);
      this.drop();
    }
    attributeChangedCallback() { if (this.isConnected) this.draw(); }
    drop() {
      this.plot?.destroy();
      this.plot = null;
    }

    // Other numbers move the lines that are there; another shape, width or theme makes a new plot.
    draw(anew) {
      if (this.clientWidth === 0) return;
      const all = JSON.parse(this.getAttribute("plot") || "null");
      if (!all) return this.drop();
      const { data, at, x, y, ...shape } = all, scales = { x, y };
      const form = JSON.stringify([shape, x.label, x.log, x.reversed, y.label, y.log]);
      this.at = at;
      this.ranges = scales;
      if (this.plot && !anew && form === this.form && this.clientWidth === this.wide) return this.plot.setData(data);
      this.drop();
      [this.form, this.wide] = [form, this.clientWidth];
      const em = parseFloat(getComputedStyle(this).fontSize), font = `${Math.round(em * .8)}px system-ui, sans-serif`;
      const ink = colour("ink"), line = colour("line"), here = colour("link"), ground = colour("ground");
      const axis = (of, size) => ({
        stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 5 }, font, labelFont: font, gap: 4,
        label: scales[of].label, labelSize: em * 1.4, size, ...(scales[of].log ? { splits: decades, filter: (_, splits) => splits } : {}), values: (_, splits) => splits.map(v => v == null ? "" : shown(v, scales[of].log)),
      });
      // Whole powers of ten, as many as have room.
      const decades = (self, i, least, most) => {
        const low = Math.ceil(Math.log10(least) - 1e-9), high = Math.floor(Math.log10(most) + 1e-9);
        const room = (i === 0 ? self.bbox.width : self.bbox.height) / devicePixelRatio, fit = Math.max(1, Math.floor(room / (em * (i === 0 ? 3 : 1.8))));
        const stride = Math.ceil((high - low + 1) / fit), found = [];
        for (let exponent = high; exponent >= low; exponent -= stride) found.unshift(Number(`1e${exponent}`));
        return found;
      };
      const wide = (self, values, at, cycle) => {
        if (cycle > 1) return self.axes[at]._size;
        const longest = (values ?? []).reduce((a, v) => (v ?? "").length > a.length ? v : a, "");
        self.ctx.font = `${self.axes[at].font[0]}`;
        return Math.ceil(10 + self.ctx.measureText(longest).width / devicePixelRatio) + 6;
      };
      const range = of => (_, low, high) => {
        const given = this.ranges[of];
        if (given.least != null) return [given.least, given.most];
        if (low == null) return [given.log ? 1 : 0, given.log ? 10 : 1];
        if (given.log) return [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high * 1.0001))];
        // A line that is level everywhere lies in the middle.
        if (low === high) return [low - 1, high + 1];
        return of === "x" && low < high ? [low, high] : uPlot.rangeNum(low, high, .08, true);
      };
      const scale = of => ({ time: false, range: range(of), ...(scales[of].log ? { distr: 3 } : {}), ...(scales[of].reversed ? { dir: -1 } : {}) });
      this.plot = new uPlot({
        width: this.clientWidth, height: Math.round(shape.height * em / 16), cursor: { drag: { x: false, y: false } }, legend: { live: true },
        scales: { x: scale("x"), y: scale("y") },
        axes: [axis("x", em * 2), axis("y", wide)],
        series: [{ label: x.label || "x", value: (_, v) => shown(v, false) }, ...shape.series.map(one => {
          const stroke = colour(one.colour), dots = one.look === "points" || one.look === "both";
          return {
            label: one.name, stroke, width: one.look === "points" ? 0 : 2, dash: dashes[one.look], value: (_, v) => shown(v, false), spanGaps: one.gaps === true, pxAlign: 0,
            points: { show: dots, size: one.look === "points" ? 8 : 6, fill: one.look === "points" ? stroke : ground, stroke, width: 1.5 },
            ...(one.look === "points" ? { paths: () => null } : {}),
          };
        })],
        hooks: { draw: [self => {
          if (this.at == null) return;
          const px = Math.round(self.valToPos(this.at, "x", true));
          self.ctx.save();
          self.ctx.strokeStyle = here;
          self.ctx.lineWidth = 2 * devicePixelRatio;
          self.ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
          self.ctx.beginPath();
          self.ctx.moveTo(px, self.bbox.top);
          self.ctx.lineTo(px, self.bbox.top + self.bbox.height);
          self.ctx.stroke();
          self.ctx.restore();
        }] },
      }, data, this);
      this.mark(shape.series);
    }

    // The legend shows a line as it is drawn: its dashes tell as much as its colour.
    mark(series) {
      const NS = "http://www.w3.org/2000/svg", rows = [...this.plot.root.querySelectorAll(".u-legend .u-series")].slice(-series.length);
      rows.forEach((row, i) => {
        const svg = document.createElementNS(NS, "svg"), look = series[i].look, stroke = this.plot.series[i + 1]._stroke ?? colour(series[i].colour);
        svg.setAttribute("viewBox", "0 0 32 12");
        const add = (name, set) => {
          const one = svg.appendChild(document.createElementNS(NS, name));
          for (const [key, value] of Object.entries({ stroke, "stroke-width": 2, ...set })) one.setAttribute(key, value);
        };
        if (look !== "points") add("line", { x1: 0, x2: 32, y1: 6, y2: 6, "stroke-dasharray": dashes[look].join(" ") });
        if (look === "points" || look === "both") add("circle", { cx: 16, cy: 6, r: 3.5, fill: look === "points" ? stroke : "none" });
        const marker = row.querySelector(".u-marker");
        marker.style.background = marker.style.border = "none";
        marker.replaceChildren(svg);
      });
    }
  });

  const all = () => { for (const one of drawn) one.draw(true); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
  new MutationObserver(all).observe(root, { attributeFilter: ["data-theme", "data-projector"] });
  // A plot in a folded part has no width until the part is opened: its observer hears of that.
}
