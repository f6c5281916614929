/** Sizes of a convolution with constant weights, and where its windows read in bordered planes. */
import type { Site } from "./contract.js";
import type { Geometry } from "./window-geometry.js";

/** Sizes over rows and columns; one axis of positions counts as one row. */
export interface ConvShape {
  readonly images: number;
  readonly groups: number;
  /** A group's. */
  readonly rows: number;
  readonly channels: number;
  readonly kernel: readonly number[];
  readonly before: readonly number[];
  readonly input: readonly number[];
  readonly output: readonly number[];
  /** Whether it is a product of planes as they are. */
  readonly isPlain: boolean;
  /** Whether strides and dilations are 1. */
  readonly isUnit: boolean;
  readonly border: Border;
}

/** Planes with a border of zeros, columns in as many phases as the stride has, as assembly/planes/border.ts says. */
export interface Border {
  readonly phases: number;
  /** Bordered rows from one row of windows to the next. */
  readonly down: number;
  readonly height: number;
  /** Of one phase. */
  readonly width: number;
  /** Bytes from one plane to the next; an odd number of cache lines. */
  readonly stride: number;
  /** Bytes from one row of windows to the next. */
  readonly row: number;
  /** Bytes from a plane's start to what each element of the first window sees. */
  readonly taps: Uint32Array;
}

/** Elements of two axes. */
export const area = ([height, width]: readonly number[]): number => height * width;

/**
 * @param site  a Conv
 * @param geometry  of its window, over one axis or two
 * @param rows  its output channels
 */
export function shapeOf(site: Site, geometry: Geometry, rows: number): ConvShape {
  const isFlat = geometry.kernel.length === 1;
  const two = (sizes: readonly number[], filler: number) => (isFlat ? [filler, ...sizes] : [...sizes]);
  const groups = site.number("group", 1);
  const [kernel, before] = [two(geometry.kernel, 1), two(geometry.before, 0)];
  const [input, output] = [two(geometry.input, 1), two(geometry.output, 1)];
  const [strides, dilations] = [two(geometry.strides, 1), two(geometry.dilations, 1)];
  const [images, channels] = site.input(0).shape;
  const isSame = before.every((size) => size === 0) && input.every((size, axis) => size === output[axis]);
  return {
    images,
    groups,
    rows: rows / groups,
    channels: channels / groups,
    kernel,
    before,
    input,
    output,
    isPlain: area(kernel) === 1 && area(strides) === 1 && isSame,
    isUnit: area(strides) === 1 && area(dilations) === 1,
    border: borderOf(kernel, strides, dilations, output),
  };
}

/** The border that windows over planes need. */
export function borderOf(
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
  output: readonly number[],
): Border {
  const [height, reach] = kernel.map(
    (size, axis) => (output[axis] - 1) * strides[axis] + (size - 1) * dilations[axis] + 1,
  );
  const phases = strides[1];
  const width = Math.ceil(reach / phases);
  const pitch = 4 * phases * width;
  const taps = Uint32Array.from({ length: area(kernel) }, (_, element) => {
    const column = (element % kernel[1]) * dilations[1];
    const row = Math.floor(element / kernel[1]) * dilations[0];
    return row * pitch + 4 * ((column % phases) * width + Math.floor(column / phases));
  });
  const stride = (Math.ceil((pitch * height) / 64) | 1) * 64;
  return { phases, down: strides[0], height, width, stride, row: strides[0] * pitch, taps };
}
