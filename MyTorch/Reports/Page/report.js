// Draws each plot of the report from the table behind it. A figure says what it is: data-plot is line, scatter or bars.
"use strict";
(() => {
  const root = document.documentElement;
  const probe = document.body.appendChild(document.createElement("span"));
  probe.hidden = true;
  const dashes = [[], [9, 5], [2, 4], [9, 4, 2, 4], [16, 4], [5, 2, 2, 2, 2, 2]];
  const colour = name => { probe.style.color = `var(--${name})`; return getComputedStyle(probe).color; };

  const number = text => text === "" || text === "NaN" ? null : text === "∞" ? Infinity : text === "-∞" ? -Infinity : Number(text);
  const shown = v => {
    if (v == null) return "";
    const size = Math.abs(v);
    if (size !== 0 && (size < 1e-4 || size >= 1e7)) return v.toExponential(2).replace("e+", "e");
    return String(Number(v.toPrecision(5)));
  };

  function read(table, drawn) {
    const names = [...table.tHead.rows[0].cells].slice(0, drawn).map(cell => cell.textContent);
    const rows = [...table.tBodies[0].rows].map(row => [...row.cells].slice(0, drawn).map(cell => number(cell.textContent)));
    return { names, columns: names.map((_, c) => rows.map(row => Number.isFinite(row[c]) ? row[c] : null)) };
  }

  function axisSize(self, values, axis, cycle) {
    const own = self.axes[axis];
    if (cycle > 1) return own._size;
    const longest = (values ?? []).reduce((a, v) => (v ?? "").length > a.length ? v : a, "");
    self.ctx.font = own.font[0];
    return Math.ceil(own.ticks.size + own.gap + self.ctx.measureText(longest).width / devicePixelRatio) + 4;
  }

  function draw(figure) {
    const target = figure.querySelector(".canvas");
    const { names, columns } = read(figure.querySelector(":scope > details table"), Number(figure.dataset.drawn ?? 99));
    const kind = figure.dataset.plot, ink = colour("ink"), line = colour("line"), ground = colour("ground");
    const [xLabel, yLabel] = [figure.dataset.x, figure.dataset.y];
    const positive = columns.slice(1).every(c => c.every(v => v === null || v > 0));
    const log = figure.dataset.log === "true" && positive;
    const xs = columns[0], step = xs.length > 1 ? xs[1] - xs[0] : 1;
    const guide = figure.dataset.guide;
    const axis = (label, more) => ({
      stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 5 }, font: "12px system-ui, sans-serif",
      labelFont: "12px system-ui, sans-serif", label, labelSize: 20, gap: 5, values: (_, splits) => splits.map(v => v === null ? "" : shown(v)), ...more,
    });
    const series = names.slice(1).map((label, i) => {
      const stroke = colour(`s${i % 6 + 1}`), dots = kind === "scatter" && label !== guide;
      return {
        label, stroke, width: kind === "bars" ? 1 : 2, dash: dashes[Math.floor(i) % dashes.length], value: (_, v) => shown(v),
        ...(dots ? { paths: () => null, points: { show: true, size: 6, fill: ground, width: 1.5 } }
          : kind === "bars" ? { fill: stroke, paths: uPlot.paths.bars({ size: [0.92, Infinity] }), points: { show: false }, dash: [] }
          : { points: { show: label !== guide && xs.length <= 40, size: 5 }, spanGaps: false }),
      };
    });
    target.replaceChildren();
    const plot = new uPlot({
      width: Math.max(200, Math.floor(target.clientWidth)), height: 240,
      cursor: { drag: { x: false, y: false } }, legend: { live: kind !== "scatter" },
      scales: {
        x: { time: false, range: (_, low, high) => kind === "bars" ? [low - step / 2, high + step / 2]
          : figure.dataset.unit === "true" ? [0, 1] : low === high ? [low - 1, high + 1] : [low, high] },
        y: log ? { distr: 3 } : { range: (_, low, high) => low === null ? [0, 1] : figure.dataset.unit === "true" ? [0, 1]
          : uPlot.rangeNum(Math.min(low, figure.dataset.zero === "true" ? 0 : low), high, 0.08, true) },
      },
      axes: [axis(xLabel, { size: 32, ...(xLabel === "epoch" ? { incrs: [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10000] } : {}) }), axis(yLabel, { size: axisSize })],
      series: [{ label: xLabel, value: (_, v) => shown(v) }, ...series],
    }, [[...xs], ...columns.slice(1)], target);
    // Without live values the legend has no row for x.
    [...plot.root.querySelectorAll(".u-legend .u-series")].slice(-series.length).forEach((row, s) => {
      const marker = row.querySelector(".u-marker"), i = s + 1;
      const dots = kind === "scatter" && series[i - 1].label !== guide;
      const NS = "http://www.w3.org/2000/svg", svg = document.createElementNS(NS, "svg");
      svg.setAttribute("viewBox", "0 0 32 12");
      const mark = document.createElementNS(NS, dots ? "circle" : kind === "bars" ? "rect" : "line");
      const set = dots ? { cx: 16, cy: 6, r: 3.5, fill: "none" } : kind === "bars" ? { x: 8, y: 1, width: 16, height: 10, fill: series[i - 1].stroke }
        : { x1: 0, x2: 32, y1: 6, y2: 6, "stroke-dasharray": dashes[(i - 1) % dashes.length].join(" ") };
      for (const [key, value] of Object.entries({ stroke: series[i - 1].stroke, "stroke-width": 2, ...set })) mark.setAttribute(key, value);
      svg.append(mark);
      marker.style.background = "none";
      marker.replaceChildren(svg);
    });
    figure.plot = plot;
  }

  const figures = [...document.querySelectorAll("figure[data-plot]")];
  const all = () => figures.forEach(figure => { figure.plot?.destroy(); draw(figure); });
  let wide = root.clientWidth, opened = [];
  all();
  addEventListener("resize", () => { if (root.clientWidth !== wide) { wide = root.clientWidth; all(); } });
  // A plot in a folded part has no width until the part is opened.
  document.addEventListener("toggle", event => {
    if (event.target.open) figures.filter(figure => event.target.contains(figure)).forEach(figure => { figure.plot?.destroy(); draw(figure); });
  }, true);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
  addEventListener("beforeprint", () => {
    root.style.colorScheme = "light";
    document.body.style.width = "680px";
    opened = [...document.querySelectorAll("details.print:not([open])")];
    opened.forEach(one => { one.open = true; });
    all();
  });
  addEventListener("afterprint", () => {
    root.style.colorScheme = "";
    document.body.style.width = "";
    opened.forEach(one => { one.open = false; });
    all();
  });
})();
