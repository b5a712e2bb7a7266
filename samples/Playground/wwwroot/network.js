// Draws what the page about a network computes: maps and points on canvases, weights as lines, curves with uPlot.
window.network = (() => {
  let colours = null;
  const forget = () => { colours = null; paintNeurons(); for (const plot of plots.values()) plot.redraw(); for (const line of lines.values()) line.remake(); };
  const plots = new Map(), lines = new Map();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(forget));

  // The colours of the style sheet as numbers: those of classes, then ground, ink, quiet and line.
  function palette() {
    if (colours) return colours;
    const probe = document.createElement("span"), canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    // A colour that fades would be read before it has changed.
    probe.style.setProperty("transition", "none", "important");
    document.body.append(probe);
    const read = name => {
      probe.style.color = `var(${name})`;
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = getComputedStyle(probe).color;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const classes = ["--s1", "--s2", "--s3", "--s4", "--s5", "--s6"].map(read);
    colours = { classes, ground: read("--ground"), ink: read("--ink"), quiet: read("--quiet"), line: read("--line"), edge: read("--edge") };
    probe.remove();
    return colours;
  }
  const css = (rgb, alpha = 1) => `rgb(${rgb[0]} ${rgb[1]} ${rgb[2]} / ${alpha})`;
  const mixed = (a, b, share) => [0, 1, 2].map(i => a[i] + (b[i] - a[i]) * share);

  // 256 colours from the first class over the ground to the second.
  let table = null, tableOf = null;
  function diverging() {
    const all = palette();
    if (tableOf === all) return table;
    tableOf = all;
    table = new Uint8Array(256 * 3);
    for (let i = 0; i < 256; i++) {
      const t = (i - 127.5) / 127.5, colour = mixed(all.ground, all.classes[t < 0 ? 0 : 1], 0.78 * Math.abs(t));
      table.set(colour.map(Math.round), 3 * i);
    }
    return table;
  }

  // A map of bytes as a small image: one byte a point, from 0 to 255, or two, the class and how sure.
  function image(bytes, from, w, h, classes) {
    const result = new ImageData(w, h), data = result.data, all = palette(), known = diverging();
    for (let i = 0; i < w * h; i++) {
      if (classes > 2) {
        const colour = all.classes[bytes[from + 2 * i] % 6], share = 0.75 * bytes[from + 2 * i + 1] / 255;
        for (let k = 0; k < 3; k++) data[4 * i + k] = all.ground[k] + (colour[k] - all.ground[k]) * share;
      } else {
        const at = 3 * bytes[from + i];
        data[4 * i] = known[at]; data[4 * i + 1] = known[at + 1]; data[4 * i + 2] = known[at + 2];
      }
      data[4 * i + 3] = 255;
    }
    return result;
  }

  const small = document.createElement("canvas");
  function put(context, picture, x, y, w, h) {
    small.width = picture.width;
    small.height = picture.height;
    small.getContext("2d").putImageData(picture, 0, 0);
    context.imageSmoothingEnabled = picture.width > 8;
    context.imageSmoothingQuality = "high";
    // The outer points of the grid lie on the frame.
    const dx = picture.width > 1 ? 0.5 : 0, dy = picture.height > 1 ? 0.5 : 0;
    if (picture.width > 8) context.drawImage(small, dx, dy, picture.width - 2 * dx, picture.height - 2 * dy, x, y, w, h);
    else context.drawImage(small, x, y, w, h);
  }

  const shapes = [
    (c, x, y, r) => c.arc(x, y, r, 0, 7),
    (c, x, y, r) => c.rect(x - r * 0.9, y - r * 0.9, 1.8 * r, 1.8 * r),
    (c, x, y, r) => { c.moveTo(x, y - 1.2 * r); c.lineTo(x + 1.1 * r, y + 0.8 * r); c.lineTo(x - 1.1 * r, y + 0.8 * r); c.closePath(); },
    (c, x, y, r) => { c.moveTo(x, y - 1.3 * r); c.lineTo(x + 1.3 * r, y); c.lineTo(x, y + 1.3 * r); c.lineTo(x - 1.3 * r, y); c.closePath(); },
    (c, x, y, r) => { c.moveTo(x, y + 1.2 * r); c.lineTo(x + 1.1 * r, y - 0.8 * r); c.lineTo(x - 1.1 * r, y - 0.8 * r); c.closePath(); },
    (c, x, y, r) => { c.rect(x - r * 0.5, y - 1.2 * r, r, 2.4 * r); },
  ];

  function steps(low, high) {
    const wide = high - low, ten = 10 ** Math.floor(Math.log10(wide / 4)), step = [1, 2, 5, 10].map(k => k * ten).find(s => wide / s <= 5);
    const found = [];
    for (let v = Math.ceil(low / step) * step; v <= high + 1e-9 * wide; v += step) found.push(Math.abs(v) < 1e-9 * wide ? 0 : Number(v.toPrecision(6)));
    return found;
  }

  // One plot: a plane with a map under its points, or a curve among them.
  class Plot {
    constructor(id, setup, page) {
      this.setup = setup;
      this.page = page;
      this.canvas = document.getElementById(id);
      this.says = document.getElementById(`${id}-says`);
      this.context = this.canvas.getContext("2d");
      this.at = null;
      this.observer = new ResizeObserver(() => this.redraw());
      this.observer.observe(this.canvas);
      this.say();
      this.canvas.onpointermove = e => {
        this.says?.setAttribute("aria-live", "off");
        const box = this.canvas.getBoundingClientRect(), s = this.setup;
        const u = (e.clientX - box.left - this.left) / this.w, v = 1 - (e.clientY - box.top - this.top) / this.h;
        this.point(u < 0 || u > 1 || v < 0 || v > 1 ? null : [s.x0 + u * (s.x1 - s.x0), s.y0 + v * (s.y1 - s.y0)]);
      };
      this.canvas.onpointerleave = () => this.point(null);
      this.canvas.onblur = () => this.point(null);
      this.canvas.onkeydown = e => {
        const s = this.setup, dx = (s.x1 - s.x0) / 40, dy = (s.y1 - s.y0) / 40;
        const move = { ArrowLeft: [-dx, 0], ArrowRight: [dx, 0], ArrowUp: [0, dy], ArrowDown: [0, -dy] }[e.key];
        if (!move) return;
        e.preventDefault();
        // What is read by keys is said.
        this.says?.setAttribute("aria-live", "polite");
        const from = this.at ?? [(s.x0 + s.x1) / 2, (s.y0 + s.y1) / 2];
        this.point([Math.min(s.x1, Math.max(s.x0, from[0] + move[0])), Math.min(s.y1, Math.max(s.y0, from[1] + move[1]))]);
      };
    }
    point(at) {
      this.at = at;
      this.say();
      this.redraw();
    }
    say() { if (this.says) this.says.textContent = this.page.invokeMethod("At", this.at?.[0] ?? null, this.at?.[1] ?? null); }
    x(value) { return this.left + (value - this.setup.x0) / (this.setup.x1 - this.setup.x0) * this.w; }
    y(value) { return this.top + (1 - (value - this.setup.y0) / (this.setup.y1 - this.setup.y0)) * this.h; }
    map(bytes, n) {
      [this.bytes, this.n] = [bytes, n];
      if (this.at) this.say();
      this.redraw();
    }
    curves(values, n) {
      [this.values, this.n] = [values, n];
      if (this.at) this.say();
      this.redraw();
    }
    redraw() {
      const { canvas, context: c, setup: s } = this, all = palette(), ratio = window.devicePixelRatio || 1;
      const width = canvas.clientWidth, height = canvas.clientHeight;
      if (!width || !height) return;
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
      }
      c.setTransform(ratio, 0, 0, ratio, 0, 0);
      c.clearRect(0, 0, width, height);
      [this.left, this.top] = [34, 6];
      [this.w, this.h] = [width - this.left - 8, height - this.top - 24];
      const { left, top, w, h } = this;
      if (s.kind === "plane" && this.bytes) {
        put(c, image(this.bytes, 0, this.n, this.n, s.classes), left, top, w, h);
        this.boundary(c, all);
      }
      c.strokeStyle = css(all.edge);
      c.lineWidth = 1;
      c.strokeRect(left + 0.5, top + 0.5, w - 1, h - 1);
      c.font = "12px system-ui, sans-serif";
      c.fillStyle = css(all.quiet);
      c.textAlign = "center";
      c.textBaseline = "top";
      for (const v of steps(s.x0, s.x1)) { c.fillText(String(v).replace("-", "−"), this.x(v), top + h + 6); c.fillRect(this.x(v), top + h, 1, 4); }
      c.textAlign = "right";
      c.textBaseline = "middle";
      for (const v of steps(s.y0, s.y1)) { c.fillText(String(v).replace("-", "−"), left - 7, this.y(v)); c.fillRect(left - 4, this.y(v), 4, 1); }
      c.save();
      c.beginPath();
      c.rect(left, top, w, h);
      c.clip();
      const r = s.points.length > 4 * 1500 ? 1.8 : s.points.length > 4 * 500 ? 2.6 : 3.6;
      for (let i = 0; i < s.points.length; i += 4) {
        const px = s.points[i], py = s.points[i + 1], kind = s.points[i + 2], test = s.points[i + 3], colour = s.classes ? all.classes[kind % 6] : s.kind === "plane" ? mixed(all.classes[0], all.classes[1], kind) : all.classes[0];
        c.beginPath();
        shapes[s.classes ? kind % 6 : test ? 1 : 0](c, this.x(px), this.y(py), r);
        c.fillStyle = test ? css(all.ground) : css(colour);
        c.strokeStyle = test ? css(colour) : css(all.ground);
        c.lineWidth = test ? 1.6 : 1;
        c.fill();
        c.stroke();
      }
      if (s.kind === "curve" && this.values) {
        const count = this.values.length / this.n;
        for (let k = 0; k < count; k++) {
          c.beginPath();
          let goesOn = false;
          for (let i = 0; i < this.n; i++) {
            const value = this.values[k * this.n + i];
            // What is no number is nowhere; what is far outside is drawn at the edge of the picture.
            if (!Number.isFinite(value)) { goesOn = false; continue; }
            const x = left + w * i / (this.n - 1), y = Math.max(top - 9 * h, Math.min(top + 9 * h, this.y(value)));
            if (goesOn) c.lineTo(x, y); else c.moveTo(x, y);
            goesOn = true;
          }
          c.setLineDash(k === 0 ? [] : [2 + 3 * k, 4]);
          c.strokeStyle = css(s.classes ? all.classes[k % 6] : all.classes[1]);
          c.lineWidth = 3;
          c.stroke();
        }
        c.setLineDash([]);
      }
      if (this.at) {
        c.strokeStyle = css(all.ink);
        c.lineWidth = 1;
        c.beginPath();
        const x = this.x(this.at[0]), y = this.y(this.at[1]);
        c.moveTo(x, top); c.lineTo(x, top + h);
        if (s.kind === "plane") { c.moveTo(left, y); c.lineTo(left + w, y); }
        c.setLineDash([4, 3]);
        c.stroke();
      }
      c.restore();
    }
    // The line between the classes, so that it is seen without colours too.
    boundary(c, all) {
      const { bytes, n, left, top, w, h } = this, classes = this.setup.classes;
      if (!classes) return;
      const at = (i, j) => [left + w * i / (n - 1), top + h * j / (n - 1)];
      c.beginPath();
      if (classes === 2) {
        const level = 127.5, cut = (a, b) => (level - a) / (b - a);
        for (let j = 0; j < n - 1; j++) for (let i = 0; i < n - 1; i++) {
          const a = bytes[j * n + i], b = bytes[j * n + i + 1], d = bytes[(j + 1) * n + i], e = bytes[(j + 1) * n + i + 1], found = [];
          if (a > level !== b > level) found.push(at(i + cut(a, b), j));
          if (b > level !== e > level) found.push(at(i + 1, j + cut(b, e)));
          if (d > level !== e > level) found.push(at(i + cut(d, e), j + 1));
          if (a > level !== d > level) found.push(at(i, j + cut(a, d)));
          for (let k = 0; k + 1 < found.length; k += 2) { c.moveTo(...found[k]); c.lineTo(...found[k + 1]); }
        }
      } else {
        for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) {
          if (i + 1 < n && bytes[2 * (j * n + i)] !== bytes[2 * (j * n + i + 1)]) { c.moveTo(...at(i + 0.5, j - 0.5)); c.lineTo(...at(i + 0.5, j + 0.5)); }
          if (j + 1 < n && bytes[2 * (j * n + i)] !== bytes[2 * ((j + 1) * n + i)]) { c.moveTo(...at(i - 0.5, j + 0.5)); c.lineTo(...at(i + 0.5, j + 0.5)); }
        }
      }
      c.strokeStyle = css(all.ink);
      c.lineWidth = 1.6;
      c.stroke();
    }
    remove() { this.observer.disconnect(); }
  }

  // A number with so many digits; very large and very small ones with an exponent.
  const plain = (v, digits) => {
    const size = Math.abs(v), text = size !== 0 && (size < 1e-4 || size >= 1e6) ? v.toExponential(digits - 1).replace(/\.?0*e/, "e").replace("e+", "e") : String(Number(v.toPrecision(digits)));
    return text.replaceAll("-", "−");
  };
  // As many digits as tell the ticks of an axis apart.
  function ticked(ticks) {
    for (let digits = 1; digits < 8; digits++) {
      const texts = ticks.map(v => plain(v, digits));
      if (new Set(texts).size === ticks.length && ticks.every((v, i) => Math.abs(Number(texts[i].replaceAll("−", "-")) - v) <= 1e-9 * Math.abs(v))) return texts;
    }
    return ticks.map(v => plain(v, 8));
  }

  // Curves over steps with uPlot.
  class Lines {
    constructor(id, names) {
      this.element = document.getElementById(id);
      this.names = names;
      // Without the mouse, a tap chooses the place to read.
      this.element.addEventListener("pointerdown", e => {
        const box = this.plot?.over.getBoundingClientRect();
        if (box && e.clientY >= box.top && e.clientY <= box.bottom) this.plot.setCursor({ left: e.clientX - box.left, top: e.clientY - box.top });
      });
      this.remake();
    }
    remake() {
      this.plot?.destroy();
      const all = palette(), axis = { stroke: css(all.quiet), grid: { stroke: css(all.line), width: 1 }, ticks: { stroke: css(all.line) }, font: "12px system-ui, sans-serif" };
      this.plot = new uPlot({
        width: Math.max(200, this.element.clientWidth), height: 190, legend: { show: true, live: true }, cursor: { y: false },
        scales: { x: { time: false } },
        axes: [{ ...axis, size: 30 }, { ...axis, size: 62, values: (_, ticks) => ticked(ticks) }],
        series: [{ label: "step", value: (_, v) => v == null ? "–" : v }, ...this.names.map((name, i) => ({
          label: name, stroke: css(all.classes[i]), width: 2, dash: [[], [7, 4], [2, 3]][i], points: { show: false }, value: (_, v) => v == null ? "–" : plain(v, 4),
        }))],
        // Where nothing is pointed at, the last numbers are read.
        hooks: { setCursor: [plot => { if (plot.cursor.idx == null) this.last(plot); }] },
      }, this.data ?? [[], ...this.names.map(() => [])], this.element);
      this.last(this.plot);
      this.observer ??= new ResizeObserver(() => this.plot.setSize({ width: Math.max(200, this.element.clientWidth), height: 190 }));
      this.observer.observe(this.element);
    }
    // Of a curve with gaps its last number is read.
    last(plot) {
      if (!plot.data[0].length) return;
      plot.setLegend({ idxs: plot.data.map(numbers => { let i = numbers.length - 1; while (i > 0 && numbers[i] == null) i--; return i; }) }, false);
    }
    show(data) {
      this.data = data;
      this.plot.setData(data);
      if (this.plot.cursor.idx == null) this.last(this.plot);
    }
    remove() { this.observer.disconnect(); this.plot.destroy(); }
  }

  // Small maps one after another, for the canvases of neurons in their order.
  let squares = null;
  let canvases = [];
  function paintNeurons() {
    if (!squares) return;
    const [bytes, w, h] = squares;
    if (!canvases[0]?.isConnected || canvases.length * w * h !== bytes.length) canvases = [...document.querySelectorAll("canvas[data-neuron]")];
    canvases.forEach((canvas, i) => {
      if ((i + 1) * w * h <= bytes.length) put(canvas.getContext("2d"), image(bytes, i * w * h, w, h, 2), 0, 0, canvas.width, canvas.height);
    });
  }

  // Elements that change at every turn are looked up once.
  const found = new Map();
  function element(id) {
    let one = found.get(id);
    if (!one?.isConnected) found.set(id, one = document.getElementById(id));
    return one;
  }
  let paths = [];

  const count = { pictures: 0, points: 0, parts: 0 };
  return {
    nextFrame: () => new Promise(done => requestAnimationFrame(() => done())),
    plot(id, kind, [x0, x1, y0, y1], classes, points, page) {
      plots.get(id)?.remove();
      plots.set(id, new Plot(id, { kind, x0, x1, y0, y1, classes, points }, page));
    },
    // The engine's memory is copied, for it moves.
    map(id, bytes, n) { count.pictures++; count.points += n * n; plots.get(id)?.map(bytes.slice(), n); },
    curve(id, values, n) { count.pictures++; count.points += n; plots.get(id)?.curves(values.slice(), n); },
    // How often something was drawn, for tests: pictures of the output, their points, and other parts.
    drawn: () => [count.pictures, count.points, count.parts],
    neurons(bytes, w, h) {
      count.parts++;
      squares = [bytes.slice(), w, h];
      paintNeurons();
    },
    // A width in twentieths of a pixel and a sign for each line.
    weights(view) {
      count.parts++;
      const bytes = view.slice();
      if (!paths[0]?.isConnected || paths.length * 2 !== bytes.length) paths = [...document.querySelectorAll("path[data-weight]")];
      paths.forEach((path, i) => {
        path.style.strokeWidth = bytes[2 * i] / 20;
        const kind = bytes[2 * i + 1] === 1 ? "negative" : "";
        if (path.getAttribute("class") !== kind) path.setAttribute("class", kind);
      });
    },
    texts(lines) {
      const parts = lines.split("\n");
      for (let i = 0; i + 1 < parts.length; i += 2) {
        const one = element(parts[i]);
        if (one && one.textContent !== parts[i + 1]) one.textContent = parts[i + 1];
      }
    },
    // Bars of histograms: 21 of 8 units each, as a path.
    bars(id, view, bars) {
      count.parts++;
      const heights = view.slice();
      element(id)?.querySelectorAll("path.bars").forEach((path, k) => {
        let d = "";
        for (let i = 0; i < bars; i++) {
          const height = heights[k * bars + i];
          if (height) d += `M${8 * i} ${38 - Math.max(1, 36 * height / 255)}V38h7V${38 - Math.max(1, 36 * height / 255)}z`;
        }
        path.setAttribute("d", d);
      });
    },
    busy(is) {
      const main = document.getElementById("main");
      if (main) is ? main.setAttribute("aria-busy", "true") : main.removeAttribute("aria-busy");
    },
    lines(id, names) {
      lines.get(id)?.remove();
      lines.set(id, new Lines(id, names));
    },
    line(id, view, points) {
      count.parts++;
      const numbers = view.slice(), data = [];
      for (let at = 0; at < numbers.length; at += points) data.push(Array.from(numbers.subarray(at, at + points), v => Number.isFinite(v) ? v : null));
      lines.get(id)?.show(data);
    },
    close() {
      for (const one of [...plots.values(), ...lines.values()]) one.remove();
      plots.clear();
      squares = null;
      lines.clear();
      found.clear();
      [canvases, paths] = [[], []];
    },
    // A small file of the learner's stays until the tab is closed, so that the page may be loaded again.
    keepFile(name, text) { try { sessionStorage.setItem("own", JSON.stringify([name, text])); } catch { sessionStorage.removeItem("own"); } },
    keptFile: which => JSON.parse(sessionStorage.getItem("own") ?? "[null, null]")[which],
    fetch: async url => {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`${response.status} for ${url}`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
})();
