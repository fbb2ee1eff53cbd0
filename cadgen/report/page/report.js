"use strict";

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { records, texts, runs, metrics, primary } = data;
  const of = (id) => document.getElementById(id);
  const form = of("filters"), cards = of("cards"), more = of("more"), detail = of("detail"), canvas = of("canvas");
  const BATCH = 60;
  const several = runs.length > 1;
  let found = [], shown = 0, open = -1, mode = "side", viewer = null, opener = null;

  /** An element; what strangers wrote becomes text, never markup. */
  function el(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  const number = (value, digits = 3) => (typeof value === "number" ? value.toFixed(digits) : "–");
  const asset = (name) => of(name).textContent;

  function tile(name, why, alternative) {
    const picture = () => el("img", { src: `data:image/webp;base64,${asset(name)}`, alt: alternative, loading: "lazy" });
    return el("div", { className: "tile" }, name ? picture() : el("span", {}, why ?? ""));
  }

  // --- which answers ---

  function wanted() {
    return Object.fromEntries(new FormData(form));
  }

  function choose() {
    found = Selection.of(records, texts, wanted());
    shown = 0;
    cards.replaceChildren();
    showMore();
    const whole = `${found.length} of ${records.length} answers`;
    of("count").textContent = data.told ? `${whole}. ${data.told}` : whole;
  }

  function showMore() {
    cards.append(...found.slice(shown, shown + BATCH).map((record, at) => card(record, shown + at)));
    shown = Math.min(shown + BATCH, found.length);
    more.hidden = shown === found.length;
    more.textContent = `Show more (${found.length - shown})`;
  }

  function card(record, at) {
    const score = record.status === "ok" ? number(record.scores[primary]) : record.status;
    const made = el(
      "button",
      { type: "button", className: "card" },
      el("div", { className: "pair" },
        tile(record.picture, record.why_no_picture ?? record.why, "picture"),
        tile(record.still, record.why, "answer")),
      el("div", { className: "line" }, el("b", {}, record.id), el("b", { className: record.outcome }, score)),
      el("div", { className: "line note" },
        el("span", {}, several ? `${record.decoding}, ${runs[record.run].name}` : record.decoding),
        el("span", { className: record.outcome }, record.outcome)),
    );
    made.addEventListener("click", () => { opener = made; show(at); });
    return made;
  }

  function options(name, values) {
    const select = form.elements[name];
    select.replaceChildren(...values.map(([value, title]) => el("option", { value }, title)));
    select.closest("label").hidden = values.length < 3 && name !== "sort"; // "any" and one more tell nothing apart
  }

  function fill() {
    const distinct = (of) => [...new Set(records.map(of).filter((value) => value !== null))].map((value) => [value, value]);
    const calls = new Map();
    for (const text of new Set(records.map((record) => Selection.text(record, texts)))) {
      for (const name of Selection.operations(text)) calls.set(name, (calls.get(name) ?? 0) + 1);
    }
    const operations = [...calls].sort((a, b) => b[1] - a[1]).slice(0, 100).map(([name, num]) => [name, `${name} (${num})`]);
    const any = ["", "any"];
    options("run", [any, ...runs.map((run, at) => [String(at), run.name])]);
    options("decoding", [any, ...distinct((record) => record.decoding)]);
    options("outcome", [any, ["failed", "failed: no solid"], ...data.outcomes.map((name) => [name, name])]);
    options("family", [any, ...distinct((record) => record.family)]);
    options("structure", [any, ...Object.keys(Selection.STRUCTURES).map((name) => [name, name])]);
    options("operation", [any, ...operations]);
    const scored = metrics.filter(([name]) => records.some((record) => typeof record.scores[name] === "number"));
    options("sort", [["", "as judged"], ...scored, ["confidence", "confidence"], ["log_probability", "log-probability"],
      ["seconds", "decoding time"], ["run_seconds", "execution time"]]);
    const mains = new Set(runs.map((run) => run.main));
    if (mains.size === 1) form.elements.decoding.value = runs[0].main;
  }

  const PRESETS = {
    worst: { outcome: "", sort: primary, order: "up" },
    best: { outcome: "", sort: primary, order: "down" },
    failed: { outcome: "failed", sort: "", order: "up" },
    all: { outcome: "", sort: "", order: "up", text: "", run: "", decoding: "", family: "", structure: "", operation: "" },
  };

  function preset(name) {
    for (const [field, value] of Object.entries(PRESETS[name])) form.elements[field].value = value;
    choose();
  }

  // --- one answer ---

  function show(at) {
    open = at;
    const record = found[at];
    of("detail-title").textContent = `${record.id} · ${record.decoding}`;
    of("pictures").replaceChildren(
      el("figure", {}, el("figcaption", {}, "picture"), tile(record.picture, record.why_no_picture ?? record.why, "the picture that was given")),
      el("figure", {}, el("figcaption", {}, "answer"), tile(record.still, record.why, "the solid that the program builds")));
    of("told").replaceChildren(...told(record));
    of("before").disabled = at === 0;
    of("after").disabled = at === found.length - 1;
    if (!detail.open) detail.showModal();
    detail.scrollTop = 0;
    history.replaceState(null, "", `#${hashOf(record)}`);
    stage(record);
  }

  const hashOf = (record) => ["answer", record.run, record.decoding, record.id].map(encodeURIComponent).join("/");

  function told(record) {
    const scores = metrics.filter(([name]) => record.scores[name] !== null).map(([name, title]) => [title, number(record.scores[name])]);
    const parts = (structure) => (structure ? `bodies ${structure[0]}, holes ${structure[1]}, faces ${structure[2]}` : "–");
    const facts = [
      ["status", record.status], ["became", record.outcome], ...scores,
      ["answer", parts(record.structure)], ["truth", parts(record.structure_truth)], ["family", record.family],
      ["confidence", record.confidence === null ? null : number(record.confidence, 2)],
      ["log-probability", record.log_probability === null ? null : number(record.log_probability, 2)],
      ["rank", record.rank], ["decoded in", record.seconds ? `${number(record.seconds, 2)} s` : null], ["executed in", `${number(record.run_seconds, 3)} s`],
      ["executed as", [record.profile, record.isolation].filter(Boolean).join(", ")], ["volumes by", record.overlap], ["run", runs[record.run].name],
    ].filter(([, value]) => value !== null && value !== "");
    const list = el("dl", {}, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, String(value))]));
    const programs = [el("h3", {}, "Program"), program(texts[record.code])];
    if (record.truth !== undefined && record.truth !== record.code) {
      programs.push(el("details", {}, el("summary", {}, "program of the truth"), program(texts[record.truth])));
    }
    const made = [el("div", { className: "columns" },
      el("div", {}, el("h3", {}, "Scores"), list, candidates(record)), el("div", {}, ...programs))];
    if (record.error) made.unshift(el("p", { className: "error" }, `${record.status}: ${record.error}`));
    return made;
  }

  function candidates(record) {
    if (!record.candidates.length) return null;
    const lines = record.candidates.map(([rank, status, iou]) =>
      el("tr", {}, ...[rank ?? "–", status, number(iou)].map((cell) => el("td", {}, String(cell)))));
    const head = el("tr", {}, ...["rank", "status", "IoU aligned"].map((title) => el("th", { scope: "col" }, title)));
    return el("details", {}, el("summary", {}, `${lines.length} candidates`), el("table", {}, el("thead", {}, head), el("tbody", {}, ...lines)));
  }

  const TOKEN = /(?<comment>#.*)|(?<string>'[^'\n]*'|"[^"\n]*")|(?<number>\b\d+(?:\.\d*)?(?:e[+-]?\d+)?\b)|(?<keyword>\b(?:import|from|as|for|in|if|elif|else|def|return|while|not|and|or|True|False|None|lambda)\b)|(?<call>\b[A-Za-z_]\w*(?=\())/g;

  function program(text) {
    const made = el("pre", { tabIndex: 0 }), code = made.appendChild(el("code", {}));
    let at = 0;
    for (const token of text.matchAll(TOKEN)) {
      const [kind] = Object.entries(token.groups).find(([, value]) => value !== undefined);
      code.append(text.slice(at, token.index), el("span", { className: kind }, token[0]));
      at = token.index + token[0].length;
    }
    code.append(text.slice(at));
    return made;
  }

  // --- solids ---

  try {
    viewer = new SolidViewer(canvas);
    canvas.addEventListener("webglcontextlost", () => withoutWebGL());
  } catch {
    withoutWebGL();
  }

  function withoutWebGL() {
    viewer = null;
    canvas.hidden = true;
    of("modes").replaceChildren();
    of("legend").replaceChildren();
    of("stage-note").textContent = "This browser shows no solids to turn round (no WebGL): the stills stand in their place.";
  }

  async function stage(record) {
    if (!viewer) return;
    const scene = record.scene ? JSON.parse(asset(record.scene)) : null;
    canvas.hidden = !scene;
    of("stage-note").textContent = [scene?.told ?? record.why, record.why_no_truth && `truth: ${record.why_no_truth}`].filter(Boolean).join(". ");
    of("modes").replaceChildren();
    of("legend").replaceChildren();
    if (!scene) return viewer.clear();
    const modes = SolidViewer.modesOf(scene);
    const now = mode in modes ? mode : Object.keys(modes)[0];
    for (const [name, { title }] of Object.entries(modes)) {
      const button = el("button", { type: "button" }, title);
      button.dataset.mode = name;
      button.addEventListener("click", () => { mode = name; viewer.mode = name; mark(name); });
      of("modes").append(button);
    }
    const reset = el("button", { type: "button" }, "look as at first");
    reset.addEventListener("click", () => viewer.reset());
    of("modes").append(reset);
    mark(now);
    delete canvas.dataset.shown;
    await viewer.show(scene, now);
    canvas.dataset.shown = record.scene;
  }

  const LEGENDS = {
    side: [["answer", "answer, left"], ["truth", "truth, right"]],
    overlay: [["answer", "answer"], ["truth", "truth"]],
    difference: [["answer", "only in the answer"], ["truth", "only in the truth"], ["both", "truth"]],
    answer: [["answer", "answer"]],
  };

  function mark(name) {
    for (const button of of("modes").querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", String(button.dataset.mode === name));
    of("legend").replaceChildren(...LEGENDS[name].map(([className, title]) => el("span", { className }, title)));
  }

  // --- events ---

  form.addEventListener("input", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const button of form.querySelectorAll("[data-preset]")) button.addEventListener("click", () => preset(button.dataset.preset));
  more.addEventListener("click", showMore);
  const step = (by) => { if (found[open + by]) show(open + by); };
  of("before").addEventListener("click", () => step(-1));
  of("after").addEventListener("click", () => step(1));
  of("close").addEventListener("click", () => detail.close());
  detail.addEventListener("click", (event) => { if (event.target === detail) detail.close(); });
  detail.addEventListener("close", () => { history.replaceState(null, "", "#answers"); opener?.focus(); });
  detail.addEventListener("keydown", (event) => {
    if (event.target.closest("pre, canvas") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft") step(-1);
    else if (event.key === "ArrowRight") step(1);
  });

  function openNamed() {
    const named = records.find((record) => `#${hashOf(record)}` === location.hash);
    if (!named) return;
    if (!found.includes(named)) preset("all");
    show(found.indexOf(named));
  }

  fill();
  choose();
  openNamed();
  window.addEventListener("hashchange", openNamed);
})();
