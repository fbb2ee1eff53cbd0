"use strict";

/** The program as text, with numbers of lines, and an error at its line. */
class Editor {
  #code = document.getElementById("code"); #lines = document.getElementById("lines"); #told = document.getElementById("code-told");
  #bad = null;

  constructor(onrun, onedit) {
    this.#code.addEventListener("input", () => { this.#number(); onedit(); });
    this.#code.addEventListener("scroll", () => { this.#lines.scrollTop = this.#code.scrollTop; });
    this.#code.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      onrun();
    });
  }

  get text() { return this.#code.value; }

  set text(code) {
    if (this.#code.value !== code) this.#code.value = code;
    this.clear();
  }

  clear() {
    this.#bad = null;
    this.#told.textContent = "";
    this.#told.className = "";
    this.#code.removeAttribute("aria-invalid");
    this.#number();
  }

  /** Tells what went well, or what not and in which line. */
  tell(told, line = null, isError = false) {
    this.clear();
    this.#told.textContent = line ? `line ${line}: ${told}` : told;
    this.#told.className = isError ? "error" : "note";
    if (isError) this.#code.setAttribute("aria-invalid", "true");
    if (!line) return;
    this.#bad = line;
    this.#number();
    const rows = this.#code.value.split("\n");
    const start = rows.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    if (line > rows.length) return;
    this.#code.focus();
    this.#code.setSelectionRange(start, start + rows[line - 1].length);
    const height = parseFloat(getComputedStyle(this.#code).lineHeight);
    this.#code.scrollTop = Math.max(0, (line - 4) * height);
    this.#code.scrollLeft = 0;
  }

  #number() {
    const num = this.#code.value.split("\n").length;
    const rows = [];
    for (let line = 1; line <= num; line += 1) {
      const mark = document.createElement(line === this.#bad ? "b" : "span");
      mark.textContent = line;
      rows.push(mark, "\n");
    }
    this.#lines.replaceChildren(...rows);
    this.#lines.scrollTop = this.#code.scrollTop;
  }
}
