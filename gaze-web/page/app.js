// The page: pictures come in, the worker predicts, and what it answers is drawn. No picture leaves the page.

import { Regions, percent, times } from "./regions.js";
import { element, button, row, download } from "./elements.js";

const $ = (id) => document.getElementById(id);

/** The largest file that is read, in bytes. */
const LARGEST = 256 * 1024 * 1024;

// The thread with the model -------------------------------------------------------------------------------------------------

const worker = new Worker("worker.js");
const waiting = new Map();
let questions = 0;

worker.onmessage = ({ data: { id, reply, bytes, ms } }) => {
  const { resolve, reject } = waiting.get(id);
  waiting.delete(id);
  if (reply.stopped) forgetAll();
  if (reply.error) reject(new Error(reply.error));
  else resolve({ ...reply, bytes, ms });
};
worker.onerror = (event) => {
  event.preventDefault();
  tell("", `The model cannot run here: ${event.message || "the browser refuses its thread"}.`);
};

/** Asks the worker; `file` is handed over, not copied. */
function ask(question, file) {
  const id = (questions += 1);
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, question, file }, file ? [file] : []);
  });
}

// What is said --------------------------------------------------------------------------------------------------------------

function tell(text, alert = "") {
  $("status").textContent = text;
  $("alert").textContent = alert;
  $("alert").hidden = !alert;
}

/** Says what is being done until it is done; an error is said in its place. */
async function during(text, work) {
  tell(text);
  document.body.classList.add("busy");
  try {
    return await work();
  } catch (error) {
    tell("", sentence(error.message));
    return null;
  } finally {
    document.body.classList.remove("busy");
  }
}

/** Makes a sentence of a message. One that begins with the name of a file keeps its first letter. */
function sentence(text) {
  const begun = /^[a-z]+ /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

// Pictures ------------------------------------------------------------------------------------------------------------------

/** What is shown of A and B. */
const scenes = { a: null, b: null };
let palettes = [];
let view = "overlay";
let difference = null;

const regions = new Regions(() => {
  regions.setDrawing(false);
  $("draw").setAttribute("aria-pressed", "false");
  askFigures();
});

/** Says that a file is too large, if it is. */
function isTooLarge(file) {
  if (file.size <= LARGEST) return false;
  tell("", `${file.name} has ${Math.round(file.size / 1e6)} MB; this page reads at most ${Math.round(LARGEST / 1e6)} MB.`);
  return true;
}

/** Takes a file, whatever it is. */
async function take(file, slot) {
  if (/\.(csv|tsv|txt|json|npy|mat)$/i.test(file.name)) await takeTable(file);
  else await takePicture(file, slot);
}

async function takePicture(file, slot) {
  if (isTooLarge(file)) return;
  await during(`Looking at ${file.name}…`, async () => {
    const start = performance.now();
    let opened;
    const name = file.name || "picture.png";
    try {
      opened = await ask({ ask: "open", slot, name }, await file.arrayBuffer());
    } catch (error) {
      const pixels = await pixelsByBrowser(file);
      if (!pixels) {
        close(slot);
        throw error;
      }
      opened = await ask({ ask: "pixels", slot, name, width: pixels.width, height: pixels.height }, pixels.data.buffer);
    }
    const before = scenes[slot];
    scenes[slot] = before ? { ...before, ...opened, points: [], scores: null } : { ...opened, points: [], scores: null };
    difference = null;
    regions.size = { width: scenes.a.width, height: scenes.a.height };
    await draw(slot);
    const seconds = (performance.now() - start) / 1000;
    document.documentElement.dataset.seconds = seconds.toFixed(3);
    tell(`${name}: ${opened.width} × ${opened.height} pixels, predicted in ${seconds.toFixed(1)} s.`);
    await compareAB();
    showScores();
    askFigures();
  });
}

/** Decodes what gaze-cli does not read and the browser may: AVIF, HEIC, SVG. Damaged files of other formats are refused. */
async function pixelsByBrowser(file) {
  if (!/\.(avif|heic|heif|jxl|svg)$/i.test(file.name) && !/avif|hei[cf]|jxl|svg/.test(file.type)) return null;
  try {
    const bitmap = await createImageBitmap(file);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  } catch {
    return null;
  }
}

function close(slot) {
  scenes[slot]?.figure?.remove();
  if (scenes[slot]) regions.removeLayer(scenes[slot].layer);
  scenes[slot] = null;
  if (slot === "a" && scenes.b) close("b");
  arrange();
  showScores();
  showFigures();
}

function forgetAll() {
  close("b");
  close("a");
}

async function closeB() {
  await ask({ ask: "close", slot: "b" });
  close("b");
  difference = null;
  askFigures();
  $("label-b").focus();
}

/** Fetches the pixels of a picture and its heat map, and shows them. */
async function draw(slot) {
  const scene = scenes[slot];
  const [picture, heat] = await Promise.all([
    ask({ ask: "picture", slot }),
    ask({ ask: "heat", slot, palette: $("palette").value }),
  ]);
  Object.assign(scene, { picture, heat });
  if (!scene.figure) build(slot);
  paint(scene.canvases.picture, picture, picture.bytes);
  scene.caption.replaceChildren(...captionOf(slot));
  for (const name of ["picture", "heat"]) scene.canvases[name].setAttribute("aria-label", `${name === "heat" ? "Heat map" : "Picture"} of ${scene.name}`);
  arrange();
}

function build(slot) {
  const scene = scenes[slot];
  const canvas = (className) => element("canvas", { className, role: "img" });
  scene.canvases = { picture: canvas("picture"), heat: canvas("heat"), difference: canvas("difference"), points: canvas("points") };
  scene.layer = element("div", { role: "group", "aria-label": `Regions on ${slot.toUpperCase()}` });
  scene.stage = element("div", { className: "stage" }, ...Object.values(scene.canvases), scene.layer);
  scene.caption = element("figcaption", {});
  scene.bar = element("div", { className: "bar" },
    element("canvas", { width: "256", height: "1", role: "img" }), element("div", { className: "marks", "aria-hidden": "true" }),
    element("p", { className: "soft" }, "times the attention that chance gives a place"));
  scene.figure = element("figure", { id: `figure-${slot}` }, scene.caption, element("div", { className: "frame" }, scene.stage), scene.bar);
  scene.canvases.points.setAttribute("aria-hidden", "true");
  if (slot === "a") $("stages").prepend(scene.figure);
  else $("stages").append(scene.figure);
  regions.addLayer(scene.layer);
}

function captionOf(slot) {
  const scene = scenes[slot];
  const notes = [`${scene.width} × ${scene.height} pixels`, ...scene.notes].join(", ");
  const text = element("span", {}, element("strong", {}, `${scenes.b ? `${slot.toUpperCase()} · ` : ""}${scene.name}`), element("small", {}, ` ${notes}`));
  const products = [
    ["overlay", "Overlay (PNG)"], ["heatmap", "Heat map (PNG)"], ["density", "Log density (npy)"],
    ["figures", "Figures of the regions (CSV)"], ["regions", "Regions for gaze-cli score (JSON)"],
  ];
  const list = products.map(([product, label]) => button(label, () => save(slot, product), { "data-product": product }));
  const menu = element("details", { className: "menu" }, element("summary", { className: "button" }, "Download"), element("div", {}, ...list));
  const parts = [text, menu];
  if (slot === "b") parts.push(button("Remove", closeB, { "aria-label": "Remove picture B" }));
  return parts;
}

async function save(slot, product) {
  await during("Making the file…", async () => {
    const made = await ask({ ask: "save", slot, product, palette: $("palette").value, regions: regions.list });
    download(made.name, made.type, made.bytes);
    tell(`${made.name} was saved.`);
  });
}

/** Puts pixels of four bytes on a canvas. */
function paint(canvas, { width, height }, bytes) {
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(bytes), width, height), 0, 0);
}

/** Shows what the view asks for. */
function arrange() {
  const any = scenes.a !== null;
  $("work").hidden = !any;
  $("choose").classList.toggle("small", any);
  $("stages").classList.toggle("two", scenes.b !== null);
  $("view-difference").hidden = !difference;
  if (view === "difference" && !difference) {
    view = "overlay";
    document.querySelector("input[name=view][value=overlay]").checked = true;
  }
  $("label-b").textContent = scenes.b ? "Another picture B…" : "Compare with…";
  $("difference-legend").hidden = view !== "difference";
  $("opacity-field").hidden = view !== "overlay";
  for (const [slot, scene] of Object.entries(scenes)) {
    if (!scene?.heat) continue;
    const { picture, heat, difference: drawn, points } = scene.canvases;
    picture.hidden = false;
    heat.hidden = view === "picture" || view === "difference";
    heat.style.opacity = view === "overlay" ? $("opacity").value / 100 : 1;
    // The heat map alone is opaque.
    const opaque = (bytes) => bytes.map((byte, index) => (index % 4 === 3 ? 255 : byte));
    paint(heat, scene.heat, view === "heat" ? opaque(scene.heat.bytes) : scene.heat.bytes);
    const shown = view === "difference" && difference && slot === "b";
    drawn.hidden = !shown;
    if (shown) paint(drawn, difference, difference.bytes);
    paintPoints(points, scene);
    scene.caption.querySelector("strong").textContent = `${scenes.b ? `${slot.toUpperCase()} · ` : ""}${scene.name}`;
    showBar(slot, scene);
    scene.stage.style.aspectRatio = `${scene.width} / ${scene.height}`;
    scene.stage.style.setProperty("--ratio", scene.width / scene.height);
  }
}

/** Draws the colors below a picture, with the values that they stand for. */
function showBar(slot, scene) {
  scene.bar.hidden = view !== "overlay" && view !== "heat";
  const { colors } = palettes.find(({ name }) => name === $("palette").value);
  const bytes = new Uint8ClampedArray(1024).fill(255);
  for (let shade = 0; shade < 256; shade += 1) bytes.set(colors.slice(3 * shade, 3 * shade + 3), 4 * shade);
  const [canvas, marks] = scene.bar.children;
  canvas.getContext("2d").putImageData(new ImageData(bytes, 256, 1), 0, 0);
  marks.replaceChildren(...scene.heat.marks.map(([along, text]) => {
    const mark = element("span", {}, text);
    mark.style.left = `${100 * along}%`;
    return mark;
  }));
  const list = scene.heat.marks.map(([, text]) => text).join(", ");
  canvas.setAttribute("aria-label", `Colors of ${slot.toUpperCase()} from least to most attention, marked at ${list}, in multiples of chance`);
}

// A and B -------------------------------------------------------------------------------------------------------------------

async function compareAB() {
  $("maps").hidden = !(scenes.a && scenes.b);
  if (!scenes.a || !scenes.b) return;
  const answer = await ask({ ask: "compare" });
  difference = answer.same ? answer : null;
  const number = (value) => (typeof value === "number" ? value.toFixed(4) : value === null ? "none, a map is constant" : "∞");
  $("maps-text").textContent = answer.same
    ? `CC ${number(answer.cc)}, SIM ${number(answer.sim)}, KL ${number(answer.kl)} nats. Equal maps have CC 1, SIM 1 and KL 0.`
    : "The pictures differ in size, so their maps are not compared pixel by pixel; regions are, as they are in percent of each picture.";
  arrange();
}

// Regions -------------------------------------------------------------------------------------------------------------------

let asking = false;
let again = false;

/** Asks for the figures of all regions; while an answer is awaited, only the last change is asked for next. */
async function askFigures() {
  showFigures();
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  do {
    again = false;
    const list = regions.list.map((region) => ({ ...region }));
    if (!list.length || !scenes.a) break;
    try {
      const figures = await ask({ ask: "figures", regions: list });
      if (list.length === regions.list.length) {
        regions.figures = figures;
        showFigures();
      }
    } catch (error) {
      tell("", sentence(error.message));
    }
  } while (again);
  asking = false;
}

const ALONE = ["Region", "Share", "Area", "Lift", "Peak", "Rank", "Share (center bias)", "Lift (center bias)", "Rank (center bias)", "x", "y", "width", "height", ""];
const BOTH = ["Region", "Share A", "Share B", "B − A", "Lift A", "Lift B", "Peak A", "Peak B", "Rank A", "Rank B", "x", "y", "width", "height", ""];

function showFigures() {
  const table = $("figures");
  const count = regions.list.length;
  const heading = scenes.b ? BOTH : ALONE;
  $("regions").hidden = count === 0;
  $("maps").hidden = !(scenes.a && scenes.b);
  if (table.dataset.heading !== heading.join() || table.tBodies[0]?.rows.length !== count) {
    table.dataset.heading = heading.join();
    const head = element("tr", {}, ...heading.map((text) => element("th", { scope: "col" }, text || element("span", { className: "unseen" }, "Remove"))));
    const rows = regions.list.map((_, index) => newRow(index, heading.length));
    table.replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
  }
  regions.list.forEach((region, index) => {
    const { a, b } = regions.figures ?? {};
    fillRow(table.tBodies[0].rows[index], region, a?.[index], scenes.b ? b?.[index] : undefined);
  });
}

/** A row whose name and place can be changed. */
function newRow(index, columns) {
  const name = element("input", { type: "text", className: "name", maxlength: "80", "aria-label": `Name of region ${index + 1}` });
  name.addEventListener("change", () => rename(index, name));
  const cells = Array.from({ length: columns - 6 }, () => element("td", { className: "number" }, "…"));
  const places = ["x", "y", "width", "height"].map((field) => {
    const input = element("input", { type: "number", min: "0", step: "1", className: "place", "data-field": field, "aria-label": `${field} of region ${index + 1} in pixels of A` });
    const side = field === "x" || field === "width" ? "width" : "height";
    input.addEventListener("change", () => {
      const value = Number(input.value);
      if (Number.isFinite(value)) regions.update(index, { [field]: (100 * value) / scenes.a[side] });
    });
    return element("td", {}, input);
  });
  const remove = button("Remove", () => regions.remove(index), { "aria-label": `Remove region ${index + 1}` });
  return row(element("th", { scope: "row" }, name), ...cells, ...places, element("td", {}, remove));
}

function rename(index, input) {
  const name = input.value.trim();
  const taken = regions.list.some((other, place) => place !== index && other.name === name);
  if (!name || taken) {
    tell("", taken ? `Two regions cannot both be called ${name}.` : "A region needs a name.");
    input.value = regions.list[index].name;
    return;
  }
  tell("");
  regions.list[index].name = name;
  regions.render();
  askFigures();
}

function fillRow(line, region, a, b) {
  const set = (input, value) => {
    if (input !== document.activeElement) input.value = value;
  };
  set(line.querySelector(".name"), region.name);
  const { width, height } = scenes.a ?? { width: 100, height: 100 };
  for (const input of line.querySelectorAll(".place")) {
    const side = input.dataset.field === "x" || input.dataset.field === "width" ? width : height;
    set(input, Math.round((region[input.dataset.field] / 100) * side * 100) / 100);
  }
  if (!a) return;
  line.dataset.figures = JSON.stringify({ a, b });
  const points = (value) => `${value >= 0 ? "+" : "−"}${Math.abs(100 * value).toFixed(1)} points`;
  const texts = b
    ? [percent(a.share), percent(b.share), points(b.share - a.share), times(a.lift), times(b.lift), times(a.peak), times(b.peak), a.rank, b.rank]
    : [percent(a.share), percent(a.area), times(a.lift), times(a.peak), a.rank, percent(a.reference.share), times(a.reference.lift), a.reference.rank];
  const cells = line.querySelectorAll("td.number");
  texts.forEach((text, place) => (cells[place].textContent = text));
}

// Fixations and files of regions --------------------------------------------------------------------------------------------

/** Takes a file that is no picture: regions if it has their columns, else fixations on A. */
async function takeTable(file) {
  if (isTooLarge(file)) return;
  if (!scenes.a) {
    tell("", "Choose a picture first; fixations and regions are drawn on it.");
    return;
  }
  const beginning = await file.slice(0, 4096).text();
  const header = beginning.replace(/^\ufeff/, "").split(/\r?\n/, 1)[0].toLowerCase();
  const isRegions = /^\s*[[{]/.test(beginning) || ["name", "x", "y", "width", "height"].every((name) => header.split(",").map((column) => column.trim()).includes(name));
  await during(`Reading ${file.name}…`, async () => {
    if (isRegions) {
      const { regions: list } = await ask({ ask: "regions" }, await file.arrayBuffer());
      regions.set(list);
      tell(`${list.length} regions were read from ${file.name}.`);
      return;
    }
    const scores = await ask({ ask: "fixations", slot: "a", name: file.name }, await file.arrayBuffer());
    Object.assign(scenes.a, { points: scores.points, scores, scoresOf: file.name });
    tell(`${scores.count} fixations were read from ${file.name}.`);
    showScores();
    arrange();
  });
}

function showScores() {
  const scores = scenes.a?.scores;
  $("scores").hidden = !scores;
  if (!scores) return;
  const digits = (value) => (typeof value === "number" ? value.toFixed(3) : value === "inf" ? "∞" : "−∞");
  const line = (name, { mean, low, high }, chance, id) =>
    row(element("th", { scope: "row" }, name), element("td", { className: "number", "data-score": id, "data-value": mean }, digits(mean)), element("td", { className: "number" }, `${digits(low)} to ${digits(high)}`), element("td", { className: "number" }, chance));
  const table = element("table", {},
    element("thead", {}, row(...["Metric", "Value", "95 % interval", "Chance"].map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {},
      line("AUC", scores.auc, "0.5", "auc"), line("NSS", scores.nss, "0", "nss"),
      line("Information gain", scores.information_gain, "0", "ig")));
  const of = scores.observers > 1 ? ` of ${scores.observers} observers` : "";
  const unit = scores.unit === "observers"
    ? "Intervals are of a bootstrap over observers."
    : "Intervals are of a bootstrap over fixations, as if they were independent of each other; those of one observer are not, so they are too narrow.";
  const notes = scores.notes.map((note) => element("p", { className: "soft" }, sentence(note)));
  $("scores-content").replaceChildren(
    element("p", {}, `${scores.count} fixations${of} from ${scenes.a.scoresOf}, on ${scenes.a.name}.`),
    element("div", { className: "scroll", tabindex: "0", role: "region", "aria-label": "Scores" }, table),
    element("p", { className: "soft" }, `AUC is over all pixels; information gain is over the center bias, in bits per fixation. ${unit} They say nothing about other pictures.`), ...notes,
    button("Remove the fixations", () => {
      Object.assign(scenes.a, { points: [], scores: null });
      showScores();
      arrange();
    }));
}

function paintPoints(canvas, { picture, points }) {
  canvas.width = picture.width;
  canvas.height = picture.height;
  const context = canvas.getContext("2d");
  const radius = Math.max(2, Math.max(picture.width, picture.height) / 160);
  for (const [x, y] of points) {
    context.beginPath();
    context.arc((x / 100) * picture.width, (y / 100) * picture.height, radius, 0, 2 * Math.PI);
    context.fillStyle = "#4dd2ff";
    context.strokeStyle = "#06222e";
    context.lineWidth = radius / 2.5;
    context.fill();
    context.stroke();
  }
}

// What people do ------------------------------------------------------------------------------------------------------------

function whenChosen(id, slot) {
  $(id).addEventListener("change", async () => {
    const [file] = $(id).files;
    // The same file can be chosen again.
    const chosen = file && new File([file], file.name, { type: file.type });
    if (!chosen) return;
    await (slot ? takePicture(chosen, slot) : takeTable(chosen));
    $(id).value = "";
  });
}

whenChosen("file-a", "a");
whenChosen("camera", "a");
whenChosen("file-b", "b");
whenChosen("file-more", null);

for (const label of document.querySelectorAll("label.button")) {
  label.tabIndex = 0;
  label.setAttribute("role", "button");
  $(label.htmlFor).tabIndex = -1;
  label.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    label.click();
  });
}

addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dropping");
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
});
addEventListener("drop", async (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  // A second picture is compared with the first if it is dropped on the half of B.
  const onB = event.target.closest?.("#figure-b") !== null && scenes.b;
  const files = [...event.dataTransfer.files];
  for (const [place, file] of files.entries()) await take(file, onB || (place === 1 && scenes.a) ? "b" : "a");
});
addEventListener("paste", async (event) => {
  const [file] = event.clipboardData.files;
  if (!file) return;
  event.preventDefault();
  await take(file, "a");
});

for (const radio of document.querySelectorAll("input[name=view]")) {
  radio.addEventListener("change", () => {
    view = radio.value;
    arrange();
  });
}
$("opacity").addEventListener("input", () => {
  $("opacity-value").textContent = `${$("opacity").value} %`;
  for (const scene of Object.values(scenes)) if (scene?.canvases && view === "overlay") scene.canvases.heat.style.opacity = $("opacity").value / 100;
});
$("palette").addEventListener("change", async () => {
  for (const [slot, scene] of Object.entries(scenes)) if (scene) scene.heat = await ask({ ask: "heat", slot, palette: $("palette").value });
  arrange();
});
$("draw").addEventListener("click", () => {
  const drawing = !regions.drawing;
  regions.setDrawing(drawing);
  $("draw").setAttribute("aria-pressed", String(drawing));
  if (drawing) tell("Draw a rectangle over the picture.");
});
$("add").addEventListener("click", () => regions.add());

// The start -----------------------------------------------------------------------------------------------------------------

async function start() {
  const answer = await ask({ ask: "start" });
  palettes = answer.palettes;
  $("palette").replaceChildren(...palettes.map(({ name }) => element("option", { value: name }, name)));
  $("version").textContent = answer.version;
  document.documentElement.dataset.ready = "yes";
  if (!scenes.a) tell("");
  if ("serviceWorker" in navigator && isSecureContext) {
    await navigator.serviceWorker.register("sw.js");
    await navigator.serviceWorker.ready;
    document.documentElement.dataset.offline = "yes";
  }
}

tell("Loading the model…");
start().catch((error) => {
  // The page works without a service worker; without the model it does not.
  if (!palettes.length) tell("", sentence(error.message));
});
