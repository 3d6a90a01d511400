
// The report's part: a stimulus with the heat map of a model over it, and the shares of the regions that are drawn on it.

function make(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Draws a tile of the strip, as the other tiles of the stimulus are drawn. */
function tile({ strip, width, height }, offset) {
  const space = document.querySelector("svg").namespaceURI;
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#${strip}`);
  use.setAttribute("x", -offset);
  svg.append(use);
  return svg;
}

/** Sums the cells of a grid that a region covers; a cell in part by the part that is covered. */
function shareOf({ columns, rows, shares }, { x, y, width, height }) {
  const cover = (cell, cells, from, length) =>
    Math.max(0, Math.min(((cell + 1) * 100) / cells, from + length) - Math.max((cell * 100) / cells, from)) / (100 / cells);
  let [share, all] = [0, 0];
  for (let row = 0; row < rows; row += 1) {
    const down = cover(row, rows, y, height);
    for (let column = 0; column < columns; column += 1) {
      const cell = shares[row * columns + column];
      share += down * cover(column, columns, x, width) * cell;
      all += cell;
    }
  }
  return share / all;
}

function explore(place) {
  const { strip, width, height } = place.dataset;
  const size = { strip, width: Number(width), height: Number(height) };
  const models = [...place.querySelectorAll("[data-offset]")].map(({ textContent, dataset }) => ({
    name: textContent, offset: Number(dataset.offset), columns: Number(dataset.columns), rows: Number(dataset.rows),
    shares: dataset.shares ? dataset.shares.split(" ").map(Number) : null,
  }));
  let model = models[0];
  const over = make("div", { class: "over" });
  const layer = make("div", { role: "group", "aria-label": "Regions" });
  const opacity = make("input", { type: "range", min: 0, max: 100, value: 100 });
  const choice = make("select", {}, ...models.map(({ name }, index) => make("option", { value: index }, name)));
  const add = make("button", { type: "button" }, "Add a region");
  const table = make("table", {});
  const help = make("p", { class: "soft" }, "Draw on the picture, or add a region. Arrow keys move it, with Shift they size it, Delete removes it.");
  const regions = new Regions(show);
  regions.size = { width: size.width, height: size.height };

  function show() {
    over.replaceChildren(tile(size, model.offset));
    over.style.opacity = opacity.value / 100;
    const heading = make("tr", {}, ...["Region", "Share, about", "Lift, about"].map((text) => make("th", { scope: "col" }, text)));
    const rows = regions.list.map((region) => {
      const share = model.shares && shareOf(model, region);
      const figures = model.shares ? [percent(share), times(share / ((region.width * region.height) / 1e4))] : ["–", "–"];
      return make("tr", {}, make("th", { scope: "row" }, region.name), ...figures.map((text) => make("td", { class: "number" }, text)));
    });
    table.replaceChildren(make("thead", {}, heading), make("tbody", {}, ...rows));
    table.hidden = regions.list.length === 0;
  }

  opacity.addEventListener("input", () => (over.style.opacity = opacity.value / 100));
  choice.addEventListener("change", () => {
    model = models[choice.value];
    show();
  });
  add.addEventListener("click", () => regions.add());
  const note = models.some(({ shares }) => shares)
    ? "Shares are sums over a grid of 48 cells along the longer side; gaze-cli score computes them from every pixel."
    : "No log densities were saved with this study, so regions have no shares here.";
  const controls = make("p", { class: "explore-controls" });
  if (models.length > 1) controls.append(make("label", {}, "Model ", choice));
  controls.append(make("label", {}, "Opacity ", opacity), add);
  const body = make("div", {}, controls, make("div", { class: "explore-stage" }, tile(size, 0), over, layer), table, help, make("p", { class: "soft" }, note));
  place.hidden = false;
  place.replaceChildren(make("details", {}, make("summary", {}, "Explore: opacity and regions"), body));
  regions.addLayer(layer);
  show();
}

document.querySelectorAll(".explore").forEach(explore);
