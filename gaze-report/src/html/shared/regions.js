// Regions on a picture, drawn with mouse, touch or keyboard. The page in the browser and the report share this file.
//
// A region is { name, x, y, width, height } in percent of the picture's sides. It is shown on every layer: an element that lies
// exactly over a picture. `changed` is called after each change.

const LEAST = 0.5;
const STEP = 1;

/** Formats a share in percent as gaze-cli does: one digit, or two significant ones if it is small. */
export function percent(share) {
  const value = 100 * share;
  return `${value.toFixed(value === 0 || value >= 0.995 ? 1 : decimals(value))} %`;
}

/** Formats a multiple of chance with three significant digits. */
export function times(multiple) {
  const digits = multiple === 0 || multiple >= 100 ? 0 : multiple >= 10 ? 1 : multiple >= 0.1 ? 2 : decimals(multiple);
  return `${multiple.toFixed(digits)}×`;
}

function decimals(value) {
  for (let digits = 1; digits < 9; digits += 1) if (value * 10 ** digits >= 9.95) return digits;
  return 9;
}

export class Regions {
  constructor(changed) {
    this.list = [];
    this.layers = [];
    this.drawing = false;
    this.size = null;
    this.changed = changed;
  }

  /** Shows the regions on one more element. */
  addLayer(element) {
    this.layers.push(element);
    element.classList.add("regions");
    element.addEventListener("pointerdown", (event) => this.#begin(element, event));
    this.render();
  }

  removeLayer(element) {
    this.layers = this.layers.filter((layer) => layer !== element);
  }

  /** Lets touch draw the next region, which otherwise scrolls the page. */
  setDrawing(drawing) {
    this.drawing = drawing;
    for (const layer of this.layers) layer.classList.toggle("drawing", drawing);
  }

  /** Replaces all regions. */
  set(list) {
    this.list = list;
    this.#done();
  }

  /** Adds a region in the middle, and puts the focus on it. */
  add() {
    this.list.push(this.#snapped({ name: this.#freeName(), x: 35, y: 35, width: 30, height: 30 }));
    this.#done();
    this.focus(this.list.length - 1);
  }

  remove(index) {
    this.list.splice(index, 1);
    this.#done();
  }

  /** Changes some of a region's fields; it stays inside the picture. */
  update(index, fields) {
    this.list[index] = this.#snapped({ ...this.list[index], ...fields });
    this.#done();
  }

  focus(index) {
    this.layers[0]?.querySelectorAll(".region")[index]?.focus();
  }

  render() {
    for (const layer of this.layers) {
      const boxes = [...layer.querySelectorAll(".region")];
      boxes.slice(this.list.length).forEach((box) => box.remove());
      this.list.forEach((region, index) => {
        const box = boxes[index] ?? this.#box(layer, index);
        Object.assign(box.style, {
          left: `${region.x}%`, top: `${region.y}%`, width: `${region.width}%`, height: `${region.height}%`,
        });
        box.firstChild.textContent = region.name;
        box.classList.toggle("low", region.y > 8);
        const [x, y, width, height] = [region.x, region.y, region.width, region.height].map((value) => value.toFixed(0));
        box.setAttribute("aria-label", `${region.name}: ${x} % from the left, ${y} % from the top, ${width} % wide, ${height} % high`);
      });
    }
  }

  #box(layer, index) {
    const box = document.createElement("div");
    box.className = "region";
    box.tabIndex = 0;
    box.setAttribute("role", "application");
    box.setAttribute("aria-roledescription", "region");
    box.append(document.createElement("span"));
    for (const corner of ["nw", "ne", "sw", "se"]) {
      const handle = document.createElement("i");
      handle.className = corner;
      handle.dataset.corner = corner;
      box.append(handle);
    }
    box.addEventListener("keydown", (event) => this.#key(index, event));
    layer.append(box);
    return box;
  }

  #key(index, event) {
    const region = this.list[index];
    const step = event.altKey ? STEP / 5 : STEP;
    const [dx, dy] = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key] ?? [0, 0];
    if (dx || dy) {
      const { x, y, width, height } = region;
      this.update(index, event.shiftKey
        ? { width: Math.min(width + dx, 100 - x), height: Math.min(height + dy, 100 - y) }
        : { x: Math.min(x + dx, 100 - width), y: Math.min(y + dy, 100 - height) });
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.remove(index);
      this.focus(Math.min(index, this.list.length - 1));
    } else {
      return;
    }
    event.preventDefault();
  }

  /** Begins to draw, move or size with a pointer. */
  #begin(layer, event) {
    const box = event.target.closest(".region");
    const touch = event.pointerType === "touch";
    if (event.button !== 0 || (touch && !box && !this.drawing)) return;
    const frame = layer.getBoundingClientRect();
    const place = (at) => [
      Math.min(100, Math.max(0, (100 * (at.clientX - frame.left)) / frame.width)),
      Math.min(100, Math.max(0, (100 * (at.clientY - frame.top)) / frame.height)),
    ];
    const [startX, startY] = place(event);
    let index = box ? [...layer.querySelectorAll(".region")].indexOf(box) : -1;
    const corner = event.target.dataset?.corner;
    const before = index >= 0 ? { ...this.list[index] } : null;
    event.preventDefault();
    box?.focus();
    layer.setPointerCapture(event.pointerId);
    const move = (at) => {
      const [x, y] = place(at);
      if (before && !corner) {
        this.list[index] = this.#snapped({
          ...before,
          x: Math.min(100 - before.width, Math.max(0, before.x + x - startX)),
          y: Math.min(100 - before.height, Math.max(0, before.y + y - startY)),
        });
      } else {
        // The corner opposite the one that moves stays.
        const fixedX = before ? (corner.endsWith("w") ? before.x + before.width : before.x) : startX;
        const fixedY = before ? (corner.startsWith("n") ? before.y + before.height : before.y) : startY;
        const [width, height] = [Math.abs(x - fixedX), Math.abs(y - fixedY)];
        if (index < 0) {
          if (width < LEAST || height < LEAST) return;
          index = this.list.length;
          this.list.push({ name: this.#freeName() });
        }
        this.list[index] = this.#snapped({ name: this.list[index].name, x: Math.min(x, fixedX), y: Math.min(y, fixedY), width, height });
      }
      this.#done();
    };
    const end = () => {
      layer.removeEventListener("pointermove", move);
      layer.removeEventListener("pointerup", end);
      layer.removeEventListener("pointercancel", end);
      if (!before && index >= 0) this.focus(index);
    };
    layer.addEventListener("pointermove", move);
    layer.addEventListener("pointerup", end);
    layer.addEventListener("pointercancel", end);
  }

  /** Moves the edges to whole pixels where the picture's size is known, and into the picture. */
  #snapped(region) {
    const axis = (from, length, side) => {
      const unit = side ? 100 / side : 0.01;
      const start = Math.min(Math.max(0, Math.round(from / unit)), Math.round(100 / unit) - 1);
      const count = Math.max(1, Math.min(Math.round(length / unit), Math.round(100 / unit) - start));
      return [start * unit, count * unit];
    };
    const [x, width] = axis(region.x, region.width, this.size?.width);
    const [y, height] = axis(region.y, region.height, this.size?.height);
    return { name: region.name, x, y, width, height };
  }

  #freeName() {
    for (let number = 1; ; number += 1) {
      const name = `Region ${number}`;
      if (this.list.every((region) => region.name !== name)) return name;
    }
  }

  #done() {
    this.render();
    this.changed();
  }
}
