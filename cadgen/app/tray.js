"use strict";

/** The pictures that were chosen, each with its view. `onbegin` is called with them when they are to be worked on. */
class Tray {
  #pictures = []; #views; #most; #onbegin; #onproblem;

  constructor(views, most, onbegin, onproblem) {
    [this.#views, this.#most, this.#onbegin, this.#onproblem] = [views, most, onbegin, onproblem];
    const drop = document.getElementById("drop"), files = document.getElementById("files");
    files.addEventListener("change", () => { this.add([...files.files]); files.value = ""; });
    for (const kind of ["dragenter", "dragover"]) {
      addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
    }
    addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
    addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      this.add([...event.dataTransfer.files]);
    });
    addEventListener("paste", (event) => {
      const pasted = [...event.clipboardData.files];
      if (!pasted.length) return;
      event.preventDefault();
      this.add(pasted);
    });
    document.getElementById("make").addEventListener("click", () => this.#begin());
    document.getElementById("clear").addEventListener("click", () => this.clear());
  }

  /** One picture alone is worked on at once; of several it is for people to name the views before. */
  add(files) {
    if (!files.length) return;
    const room = this.#most - this.#pictures.length;
    if (files.length > room) this.#onproblem(`up to ${this.#most} pictures of a part are taken; ${files.length - room} left out`);
    for (const file of files.slice(0, room)) {
      this.#pictures.push({ file, view: "any", address: URL.createObjectURL(file) });
    }
    this.#draw();
    if (this.#pictures.length === 1) this.#begin();
  }

  clear() {
    for (const one of this.#pictures) URL.revokeObjectURL(one.address);
    this.#pictures = [];
    this.#draw();
    this.#onbegin([]);
    document.getElementById("files").focus();
  }

  #begin() {
    document.getElementById("make").disabled = true;
    this.#onbegin(this.#pictures.map(({ file, view, address }) => ({ file, view, address })));
  }

  #draw() {
    const tray = document.getElementById("tray"), has = this.#pictures.length > 0;
    document.body.classList.toggle("has-pictures", has);
    tray.hidden = document.getElementById("tray-buttons").hidden = !has;
    document.getElementById("make").disabled = !has;
    tray.replaceChildren(...this.#pictures.map((one, number) => this.#item(one, number)));
  }

  #item(one, number) {
    const item = document.createElement("li"), image = new Image(), name = document.createElement("span");
    image.src = one.address;
    image.alt = "";
    image.addEventListener("error", () => image.remove()); // a PDF file, say
    name.className = "name";
    name.textContent = name.title = one.file.name || `picture ${number + 1}`;
    const label = document.createElement("label"), select = document.createElement("select");
    label.append("view", select);
    for (const view of ["any", ...this.#views]) select.add(new Option(view === "any" ? "to be found" : view, view, false, view === one.view));
    select.addEventListener("change", () => { one.view = select.value; document.getElementById("make").disabled = false; });
    const away = document.createElement("button");
    away.type = "button";
    away.textContent = "Remove";
    away.addEventListener("click", () => {
      URL.revokeObjectURL(one.address);
      this.#pictures.splice(number, 1);
      if (this.#pictures.length) this.#draw();
      else this.clear();
    });
    item.append(image, name, label, away);
    return item;
  }
}
