// In a grid the arrow keys choose the next number. Tab only goes to the grid: Enter or Space chooses there, and Enter on the chosen number
// changes it if it is given.
document.addEventListener("keydown", e => {
  if (e.altKey || e.ctrlKey || e.metaKey || e.target.matches?.("input")) return;
  const cell = e.target.closest?.("[role=grid] [data-r]"), step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key];
  if (!cell) return;
  const grid = cell.closest("[role=grid]"), isChosen = cell.getAttribute("aria-selected") === "true";
  if (e.key === "Enter" && isChosen && "edits" in grid.dataset) {
    e.preventDefault();
    cell.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
  } else if (e.key === "Enter" || e.key === " ") {
    e.preventDefault();
    cell.click();
  } else if (step) {
    e.preventDefault();
    grid.querySelector(`[data-r="${Number(cell.dataset.r) + step[0]}"][data-c="${Number(cell.dataset.c) + step[1]}"]`)?.click();
  }
});

// A touch or a screen reader's click may not move the focus by itself.
document.addEventListener("click", e => {
  const cell = e.target.closest?.("[role=grid] [data-r]");
  if (cell && !cell.querySelector("input")) cell.focus();
});

// A point of a drawing that is dragged: the field inside receives "x,y" in the drawing's units.
customElements.define("drag-plane", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("pointerdown", e => {
      this.setPointerCapture(e.pointerId);
      this.move(e);
    });
    this.addEventListener("pointermove", e => { if (this.hasPointerCapture(e.pointerId)) this.move(e); });
  }
  move(e) {
    const drawing = this.querySelector("svg"), at = new DOMPoint(e.clientX, e.clientY).matrixTransform(drawing.getScreenCTM().inverse());
    // Once a frame is as often as it is drawn.
    const waits = this.at !== undefined;
    this.at = at;
    if (!waits) requestAnimationFrame(() => {
      const field = this.querySelector("input");
      field.value = `${this.at.x},${this.at.y}`;
      this.at = undefined;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
});
