"use strict";

const $ = (id) => document.getElementById(id);
const DATA = JSON.parse($("data").textContent);
const WORDS = { sure: "Very likely right", likely: "Probably right", doubtful: "Doubtful" };
const STAGES = { waiting: "waiting for its turn", first: "a first program is written …", refining: "first answer; a better one is searched for …" };

/** One part at a time: what its pictures are, what was answered, what is shown of it. */
const now = { id: null, inputs: [], answer: null, shown: null, better: null, isTouched: false, look: "over", which: 0 };
let viewer = null, why = "";
try {
  viewer = new SolidViewer($("canvas"));
} catch {
  why = "This browser has no WebGL: the solid cannot be drawn. ";
  $("canvas").hidden = $("solid-buttons").hidden = true;
}

/** What the server says; throws its sentence. */
async function ask(address, options = {}) {
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    throw new Error("cadgen does not answer; is it still running?");
  }
  if (response.ok) return response;
  let told = `it answered with ${response.status}`;
  try { told = (await response.json()).told || told; } catch { /* no JSON */ }
  throw new Error(told);
}

const post = (what, content) => ask(`/parts/${now.id}/${what}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) });

function tell(told, kind = "") {
  $("progress").hidden = !told;
  $("progress").className = kind;
  $("stage-told").textContent = told;
}

async function begin(inputs) {
  Object.assign(now, { id: null, inputs, answer: null, shown: null, better: null, isTouched: false, which: 0 });
  const mine = now.token = {};
  $("result").hidden = $("show-better").hidden = true;
  viewer?.clear();
  tell("");
  if (!inputs.length) return;
  tell("the picture is read …");
  const form = new FormData();
  for (const { file, view } of inputs) {
    form.append("view", view);
    form.append("picture", file, file.name || "picture");
  }
  try {
    const { id } = await (await ask("/parts", { method: "POST", body: form })).json();
    if (now.token !== mine) return;
    now.id = id;
    await follow(mine);
  } catch (error) {
    if (now.token === mine) tell(error.message, "error is-still");
  }
}

/** Asks until it is done. */
async function follow(mine) {
  for (let known = 0; ;) {
    const told = await (await ask(`/parts/${now.id}?known=${known}`)).json();
    if (now.token !== mine) return;
    if (told.answer) {
      known = told.version;
      take(told.answer, told.stage === "done");
    }
    if (told.stage === "failed") return tell(told.told, "error is-still");
    if (told.stage === "done") return tell(now.better ? "A refined answer is there." : "", "is-still");
    const ahead = told.ahead ? ` (${told.ahead} before it)` : "";
    tell((STAGES[told.stage] || told.told) + ahead);
    await new Promise((done) => setTimeout(done, 250));
    if (now.token !== mine) return;
  }
}

/** An answer of cadgen's own: it takes the place of the one before, unless somebody has worked on that. */
function take(answer, isLast) {
  if (!isLast || !now.isTouched) return accept(answer);
  now.better = answer;
  $("show-better").hidden = false;
}

function accept(answer) {
  Object.assign(now, { answer, better: null, isTouched: false });
  $("show-better").hidden = true;
  $("result").hidden = false;
  show(answer, true);
  if (answer.status !== "ok") editor.tell(`${answer.status}: ${answer.error}`, answer.line, true);
}

/** Everything that is told of an answer. isAnchor: its numbers are those that sliders start from. */
function show(answer, isAnchor) {
  const isOk = answer.status === "ok";
  if (isAnchor) {
    now.anchor = answer;
    tuning.show(answer);
  }
  editor.text = answer.code;
  verdict(answer);
  if (!isOk) {
    if (!now.shown) for (const id of ["looks", "size", "measures"]) $(id).hidden = true;
    return;
  }
  for (const id of ["looks", "size", "measures"]) $(id).hidden = false;
  now.shown = answer;
  pictures();
  const bodies = answer.bodies === 1 ? "one body" : `${answer.bodies} bodies`;
  $("solid-told").textContent = `${why}${answer.why_no_scene ?? `${bodies}${answer.valid ? "" : ", not valid"}`}`;
  if (viewer && answer.scene) {
    viewer.show(answer.scene, "answer").then(() => { $("canvas").dataset.shown = answer.code; });
  } else {
    viewer?.clear();
  }
  sizes();
}

function verdict(answer) {
  const has = answer.confidence !== undefined;
  $("verdict").className = has ? answer.word : "";
  if (!has) {
    $("confidence").textContent = "Changed by hand.";
    $("reason").textContent = "How sure it is, is told of cadgen's own answers only.";
    return;
  }
  const share = Math.round(100 * answer.confidence);
  $("confidence").textContent = `${WORDS[answer.word]}: of a hundred answers that look as sure as this one, about ${share} are right.`;
  $("reason").textContent = answer.reason ? `What speaks against it: ${answer.reason}.` : "";
}

function pictures() {
  const looks = now.shown.pictures, one = looks[now.which] ?? looks[0], isOver = now.look === "over";
  $("picture").src = isOver ? `data:image/webp;base64,${one.laid_over}` : now.inputs[now.which].address;
  $("picture").alt = isOver ? "the part's lines laid over the picture" : "the picture";
  $("legend").hidden = !isOver;
  $("likeness").textContent = `${(100 * one.likeness).toFixed(1)} % alike in outline and lines, seen from ${one.camera}.`;
  for (const button of document.querySelectorAll("[data-look]")) button.setAttribute("aria-pressed", button.dataset.look === now.look);
  $("which").replaceChildren(...(looks.length > 1 ? looks.map((_, number) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: number + 1 });
    button.setAttribute("aria-pressed", number === now.which);
    button.setAttribute("aria-label", `picture ${number + 1}`);
    button.addEventListener("click", () => { now.which = number; pictures(); });
    return button;
  }) : []));
}

/** The longest extent as it is asked for, null where that is no number. */
function extent() {
  const told = $("extent").valueAsNumber;
  return told > 0 && $("extent").checkValidity() ? told : null;
}

function sizes() {
  if (!now.shown) return;
  const longest = extent(), scale = longest === null ? null : longest / Math.max(...now.shown.extents);
  $("extent").setAttribute("aria-invalid", scale === null);
  $("extents").textContent = scale === null ? `Give a length from ${$("extent").min} to ${$("extent").max} mm.` : `${now.shown.extents.map((one) => (one * scale).toFixed(2)).join(" × ")} mm; a unit of the program below is ${scale.toPrecision(4)} mm.`;
  for (const button of document.querySelectorAll("[data-file]")) button.disabled = scale === null;
  if (scale !== null) tuning.unit = scale;
}

/** Once at a time; another click meanwhile does nothing. */
async function busily(button, work) {
  if (button.disabled) return;
  button.disabled = true;
  try { await work(); } finally { button.disabled = false; }
}

const run = () => busily($("run"), async () => {
  const mine = now.token, code = editor.text;
  if (!now.id) return;
  now.isTouched = true;
  editor.tell("it runs …");
  try {
    const answer = await (await post("run", { code })).json();
    if (now.token !== mine || editor.text !== code) return;
    if (answer.status !== "ok") return editor.tell(`${answer.status}: ${answer.error}`, answer.line, true);
    show(answer, true);
    editor.tell("It ran.");
  } catch (error) {
    if (now.token === mine) editor.tell(error.message, null, true);
  }
});

async function move(moves, isCurrent) {
  const mine = now.token;
  now.isTouched = true;
  try {
    const answer = moves.length ? await (await post("move", { code: now.anchor.code, by: moves })).json() : now.anchor;
    if (now.token !== mine || !isCurrent()) return;
    tuning.problem(answer.status === "ok" ? "" : `There it leaves no solid: ${answer.error}`);
    if (answer.status === "ok") show(answer, false);
  } catch (error) {
    if (now.token === mine && isCurrent()) tuning.problem(error.message);
  }
}

async function takeHome(kind) {
  $("file-told").textContent = "";
  try {
    const blob = await (await post("file", { kind, code: editor.text, extent: extent() })).blob();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `part.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    $("file-told").textContent = error.message;
  }
}

const editor = new Editor(run, () => { now.isTouched = true; });
const tuning = new Tuning(move);
const tray = new Tray(DATA.views, DATA.most, begin, (told) => tell(told, "error is-still"));

$("run").addEventListener("click", run);
$("back").addEventListener("click", () => { if (now.answer) accept(now.answer); });
$("show-better").addEventListener("click", () => { accept(now.better); tell(""); });
$("reset").addEventListener("click", () => viewer.reset());
$("extent").addEventListener("input", sizes);
for (const button of document.querySelectorAll("[data-look]")) button.addEventListener("click", () => { now.look = button.dataset.look; pictures(); });
for (const button of document.querySelectorAll("[data-file]")) button.addEventListener("click", () => busily(button, () => takeHome(button.dataset.file)));

$("examples").append(...DATA.examples.map(([name, title]) => {
  const button = document.createElement("button"), image = new Image();
  button.type = "button";
  button.dataset.example = name;
  Object.assign(image, { src: `/examples/${name}`, alt: "", loading: "lazy" });
  button.append(image, title);
  button.addEventListener("click", () => busily(button, async () => {
    try {
      const blob = await (await ask(`/examples/${name}`)).blob();
      tray.add([new File([blob], `${title}.png`, { type: blob.type })]);
    } catch (error) {
      tell(error.message, "error is-still");
    }
  }));
  return button;
}));
