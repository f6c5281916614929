import { expect, test } from "vitest";
import { imagesLength } from "../../src/reference/conv/images.js";
import { f32_patches, f32_patches_adjoint } from "../../src/reference/conv/patches.js";
import { kernelTest } from "../harness/kernel-test.js";
import { Random } from "../harness/random.js";

/** channels, height, width, kernel height and width, stride, padding: 1 × 1, kernel = image, stride > kernel, … */
const SHAPES: Shape[] = [
  [1, 1, 1, 1, 1, 1, 0],
  [3, 4, 5, 1, 1, 1, 0],
  [2, 4, 5, 4, 5, 1, 0],
  [2, 5, 5, 3, 3, 1, 1],
  [1, 6, 5, 3, 2, 2, 0],
  [2, 7, 7, 2, 2, 3, 0],
  [1, 5, 4, 5, 5, 2, 2],
  [1, 1, 1, 3, 3, 1, 1],
  [1, 2, 2, 1, 1, 1, 2],
  [0, 3, 3, 3, 3, 1, 1],
];
type Shape = readonly [number, number, number, number, number, number, number];

function placesOf([, height, width, kernelHeight, kernelWidth, stride, padding]: Shape): number {
  const along = (length: number, kernel: number) => Math.floor((length + 2 * padding - kernel) / stride) + 1;
  return along(height, kernelHeight) * along(width, kernelWidth);
}

/** All places, none, and some in the middle that go from one image into the next. */
function* calls(): Iterable<[shape: Shape, first: number, count: number, images: number]> {
  for (const shape of SHAPES) {
    const places = placesOf(shape);
    yield [shape, 0, 2 * places, 2];
    yield [shape, 1, 0, 1];
    yield [shape, places - 1, Math.min(2, places), 2];
  }
}

const lengthOf = ([channels, height, width]: Shape, images: number) =>
  imagesLength(channels, height * width, 32 * images);
const patchLength = ([channels, , , kernelHeight, kernelWidth]: Shape, count: number) =>
  channels * kernelHeight * kernelWidth * count * 32;

kernelTest("f32_patches", f32_patches, {
  *cases(random) {
    for (const [shape, first, count, images] of calls()) {
      const y = new Float32Array(patchLength(shape, count)).fill(NaN);
      yield [...shape, first, count, random.uniform(lengthOf(shape, images)), y];
    }
  },
  output: 10,
  special: {
    "NaN and Inf are copied": () => {
      const x = new Float32Array(32).fill(NaN, 0, 16).fill(-Infinity, 16);
      return [1, 1, 1, 3, 3, 1, 1, 0, 1, x, new Float32Array(9 * 32)];
    },
  },
  traps: {
    "no stride": [1, 1, 1, 1, 1, 0, 0, 0, 1, new Float32Array(32), new Float32Array(32)],
    "kernel higher than the padded image": [1, 1, 3, 2, 1, 1, 0, 0, 1, new Float32Array(96), new Float32Array(64)],
    "kernel wider than the padded image": [1, 3, 1, 1, 2, 1, 0, 0, 1, new Float32Array(96), new Float32Array(64)],
    "y not aligned": [1, 1, 1, 1, 1, 1, 0, 0, 1, new Float32Array(32), 2],
  },
});

kernelTest("f32_patches_adjoint", f32_patches_adjoint, {
  *cases(random) {
    for (const [shape, first, count, images] of calls()) {
      const dx = random.uniform(lengthOf(shape, images));
      yield [...shape, first, count, random.uniform(patchLength(shape, count)), dx];
    }
  },
  output: 10,
  terms: ([, , , height, width]) => Number(height) * Number(width) + 1,
  traps: {
    "no stride": [1, 1, 1, 1, 1, 0, 0, 0, 1, new Float32Array(32), new Float32Array(32)],
    "kernel wider than the padded image": [1, 3, 1, 1, 2, 1, 0, 0, 1, new Float32Array(64), new Float32Array(96)],
    "dx not aligned": [1, 1, 1, 1, 1, 1, 0, 0, 1, new Float32Array(32), 2],
  },
});

test("the twins are adjoint: ⟨patches(x), g⟩ = ⟨x, adjoint(g)⟩", () => {
  const random = new Random(3);
  for (const shape of SHAPES) {
    const count = 2 * placesOf(shape);
    const x = random.uniform(lengthOf(shape, 2));
    const g = random.uniform(patchLength(shape, count));
    const [y, dx] = [new Float32Array(g.length), new Float32Array(x.length)];
    f32_patches(...shape, 0, count, x, y);
    f32_patches_adjoint(...shape, 0, count, g, dx);
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    expect(dot(y, g)).toBeCloseTo(dot(x, dx), 3);
  }
});
