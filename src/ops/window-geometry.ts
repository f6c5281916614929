/** How a window walks over the positions of a plane: convolutions and pooling alike. */
import { type Site, unsupported } from "./contract.js";

/** 1024 × 1024: SAME lets a window be larger than what it walks over, and each element costs. */
const MOST_WINDOW = 2 ** 20;

/** One number an axis of positions. */
export interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/**
 * The geometry of a node by its attributes kernel_shape, strides, dilations, pads, auto_pad and ceil_mode.
 *
 * @param site  whose input 0 is [images, channels, positions …]
 * @param kernel  the window's sizes
 */
export function geometryOf(site: Site, kernel: readonly number[]): Geometry {
  const input = site.input(0).shape.slice(2);
  if (kernel.length !== input.length || input.length === 0)
    site.refuse(`a window of ${input.length} axes`, `[${kernel}]`);
  const strides = site.list("strides") ?? kernel.map(() => 1);
  const dilations = site.list("dilations") ?? kernel.map(() => 1);
  const pads = site.list("pads") ?? [...kernel, ...kernel].map(() => 0);
  const mode = site.text("auto_pad", "NOTSET");
  const isCeil = site.number("ceil_mode", 0) === 1;
  checkWindow(site, kernel, strides, dilations, pads);
  if (!["NOTSET", "", "VALID", "SAME_UPPER", "SAME_LOWER"].includes(mode))
    throw unsupported(site.node, "auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER", mode);
  const [before, after, output] = [[] as number[], [] as number[], [] as number[]];
  kernel.forEach((size, axis) => {
    const extent = (size - 1) * dilations[axis] + 1;
    if (mode.startsWith("SAME")) {
      output[axis] = Math.ceil(input[axis] / strides[axis]);
      const total = Math.max(0, (output[axis] - 1) * strides[axis] + extent - input[axis]);
      before[axis] = mode === "SAME_UPPER" ? Math.floor(total / 2) : Math.ceil(total / 2);
      after[axis] = total - before[axis];
    } else {
      const isValid = mode === "VALID";
      before[axis] = isValid ? 0 : pads[axis];
      after[axis] = isValid ? 0 : pads[axis + kernel.length];
      const room = input[axis] + before[axis] + after[axis] - extent;
      output[axis] = (isCeil ? Math.ceil : Math.floor)(room / strides[axis]) + 1;
      // A last window that would start in the padding behind is left out.
      if (isCeil && (output[axis] - 1) * strides[axis] >= input[axis] + before[axis]) output[axis]--;
    }
    if (output[axis] < 0 || !(output[axis] >= 0))
      site.refuse("a window that fits", `[${kernel}] over [${input}]`);
  });
  return { kernel, strides, dilations, before, after, input, output };
}

/** @throws {ShapeError} when a window's numbers are not as many as its axes, or none that a window can have */
export function checkWindow(
  site: Site,
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
  pads: readonly number[],
): void {
  const check = (name: string, values: readonly number[], count: number, low: number) => {
    if (values.length === count && values.every((value) => Number.isInteger(value) && value >= low)) return;
    site.refuse(`${count} whole numbers ≥ ${low} as ${name}`, `[${values}]`);
  };
  check("kernel_shape", kernel, kernel.length, 1);
  if (kernel.reduce((all, size) => all * size, 1) > MOST_WINDOW)
    site.refuse(`a window of at most ${MOST_WINDOW} elements`, `[${kernel}]`);
  check("strides", strides, kernel.length, 1);
  check("dilations", dilations, kernel.length, 1);
  check("pads", pads, 2 * kernel.length, 0);
}

/**
 * Calls f with each output position and the input positions under its window: `places[k]` is the position that
 * window element k sees, −1 in the padding. `places` is one array, changed in place.
 */
export function eachWindow(
  { kernel, strides, dilations, before, input, output }: Geometry,
  f: (position: number, places: Int32Array) => void,
): void {
  const [window, count] = [kernel, output].map((sizes) => sizes.reduce((product, size) => product * size, 1));
  const places = new Int32Array(window);
  const at = new Array<number>(kernel.length);
  for (let position = 0; position < count; position++) {
    let rest = position;
    for (let axis = kernel.length - 1; axis >= 0; axis--) {
      at[axis] = (rest % output[axis]) * strides[axis] - before[axis];
      rest = Math.floor(rest / output[axis]);
    }
    for (let element = 0; element < window; element++) {
      let [place, step, left] = [0, 1, element];
      for (let axis = kernel.length - 1; axis >= 0; axis--) {
        const where = at[axis] + (left % kernel[axis]) * dilations[axis];
        left = Math.floor(left / kernel[axis]);
        if (where < 0 || where >= input[axis]) place = -1;
        if (place >= 0) place += where * step;
        step *= input[axis];
      }
      places[element] = place;
    }
    f(position, places);
  }
}
