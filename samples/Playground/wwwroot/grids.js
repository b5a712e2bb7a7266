// In a grid the arrow keys go from number to number.
document.addEventListener("keydown", e => {
  if (e.altKey || e.ctrlKey || e.metaKey || e.target.matches?.("input")) return;
  const cell = e.target.closest?.("[role=grid] [data-r]"), step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key];
  if (!cell || !step) return;
  e.preventDefault();
  cell.closest("[role=grid]").querySelector(`[data-r="${Number(cell.dataset.r) + step[0]}"][data-c="${Number(cell.dataset.c) + step[1]}"]`)?.focus();
});

// A touch or a screen reader's click may not move the focus by itself.
document.addEventListener("click", e => {
  const cell = e.target.closest?.("[role=grid] [data-r]");
  if (!cell || cell.querySelector("input")) return;
  // A cell that has the focus already, though another is chosen, gets it again.
  if (cell === document.activeElement && cell.getAttribute("aria-selected") === "false") cell.blur();
  cell.focus();
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
