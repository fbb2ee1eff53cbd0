"use strict";

/** The numbers of a program as sliders. `onmove` is called with [[axis, value, steps], ...], one call at a time. */
class Tuning {
  #place = document.getElementById("sliders"); #note = document.getElementById("measures-note");
  #rows = []; #unit = 1; #onmove; #moving = false; #again = false; #turn = 0;

  constructor(onmove) { this.#onmove = onmove; }

  /** Of an answer's numbers; without any it says why. */
  show(answer) {
    this.#turn += 1;
    this.#again = false;
    this.#rows = [];
    this.#place.replaceChildren();
    if (!answer.sliders) {
      this.#note.textContent = answer.status === "ok" ? `This program has no sliders: ${answer.why_no_sliders}.` : "";
      return;
    }
    this.#note.textContent = "Where its corners lie, and its radii. Coordinates that are alike move together.";
    const span = Math.max(12, Math.round(Math.max(...answer.extents) / 3));
    this.#rows = answer.sliders.map((one) => this.#row(one, span));
    this.#place.append(...this.#rows.map((row) => row.label));
    this.#tell();
  }

  /** Millimetres of a unit. */
  set unit(unit) {
    this.#unit = unit;
    this.#tell();
  }

  get moves() {
    return this.#rows.filter((row) => Number(row.input.value) !== row.value).map((row) => [row.axis, row.value, Number(row.input.value) - row.value]);
  }

  problem(told) {
    this.#note.textContent = told || "Where its corners lie, and its radii. Coordinates that are alike move together.";
    this.#note.classList.toggle("error", Boolean(told));
  }

  #row({ axis, value, kind }, span) {
    const label = document.createElement("label"), input = document.createElement("input"), output = document.createElement("output");
    Object.assign(input, { type: "range", step: "1" });
    const isLength = kind === "radius" || kind === "distance", reach = kind === "angle" ? 90 : span;
    input.min = isLength ? Math.max(1, value - reach) : value - reach;
    input.max = value + reach;
    input.value = value;
    label.append(kind, input, output);
    input.addEventListener("input", () => { this.#tell(); this.#send(); });
    return { axis, value, kind, label, input, output };
  }

  #tell() {
    for (const { kind, value, label, input, output } of this.#rows) {
      const number = Number(input.value);
      output.textContent = kind === "angle" ? `${number}°` : `${(number * this.#unit).toFixed(2)} mm`;
      label.classList.toggle("moved", number !== value);
    }
  }

  /** The last place counts: what lies between is left out while one is drawn. */
  async #send() {
    this.#again = true;
    if (this.#moving) return;
    this.#moving = true;
    try {
      while (this.#again) {
        this.#again = false;
        const turn = this.#turn;
        await this.#onmove(this.moves, () => turn === this.#turn);
      }
    } finally {
      this.#moving = false;
    }
  }
}
