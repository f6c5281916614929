import {
  f32_average_pool, f32_average_pool_gradient, f32_max_pool, f32_max_pool_gradient,
} from "../../src/reference/conv/pool.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";

/** channels, height, width, size, stride, images: size 1, size = image, stride above and below size, rests. */
const SHAPES = [
  [1, 1, 1, 1, 1, 1],
  [2, 4, 6, 2, 2, 2],
  [3, 5, 7, 2, 2, 1],
  [1, 3, 3, 3, 1, 1],
  [2, 5, 5, 3, 1, 1],
  [1, 7, 5, 2, 3, 2],
  [0, 4, 4, 2, 2, 1],
  [1, 4, 4, 2, 2, 0],
] as const;
type Shape = (typeof SHAPES)[number];

const lengthX = ([channels, height, width, , , images]: Shape) => channels * height * width * images * 32;
function lengthY([channels, height, width, size, stride, images]: Shape): number {
  const along = (length: number) => Math.floor((length - size) / stride) + 1;
  return channels * along(height) * along(width) * images * 32;
}
const filled = (length: number) => new Float32Array(length).fill(NaN);
/** The smallest arguments, changed in one place. */
const trap = (at: number, value: number, ...arrays: Argument[]): Argument[] =>
  [1, 1, 1, 1, 1, 1].map((one, i) => (i === at ? value : one) as Argument).concat(arrays);
const row = () => new Float32Array(32);
const refused = (...arrays: Argument[]) => ({
  "no size": trap(3, 0, ...arrays),
  "no stride": trap(4, 0, ...arrays),
  "window higher than the image": trap(1, 0, ...arrays),
  "window wider than the image": trap(2, 0, ...arrays),
  "not aligned": [...trap(0, 1, ...arrays.slice(0, -1)), 2],
});

kernelTest("f32_max_pool", f32_max_pool, {
  *cases(random) {
    for (const shape of SHAPES) {
      // Few values, so that equals meet.
      const x = random.uniform(lengthX(shape)).map((value) => Math.round(3 * value));
      yield [...shape, x, filled(lengthY(shape)), new Uint32Array(lengthY(shape)).fill(9)];
      yield [...shape, random.uniform(lengthX(shape)), filled(lengthY(shape)), 0];
    }
  },
  output: [7, 8],
  special: {
    "NaN wins, the first of them": () => {
      const x = new Float32Array(9 * 32);
      const values = [[1, NaN, 2], [NaN, NaN], [-Infinity, -Infinity], [3, Infinity, NaN, Infinity]];
      for (const [s, each] of values.entries()) for (const [i, value] of each.entries()) x[32 * i + s] = value;
      return [1, 3, 3, 3, 1, 1, x, row(), new Uint32Array(32)];
    },
  },
  traps: refused(row(), row(), new Uint32Array(32)),
});

kernelTest("f32_max_pool_gradient", f32_max_pool_gradient, {
  *cases(random) {
    for (const shape of SHAPES) {
      const n = lengthY(shape);
      const winners = Uint32Array.from({ length: n }, () => random.below(shape[3] ** 2));
      yield [...shape, winners, random.uniform(n), random.uniform(lengthX(shape))];
    }
  },
  output: 8,
  terms: ([, , , size]) => Number(size) ** 2 + 1,
  traps: refused(new Uint32Array(32), row(), row()),
});

kernelTest("f32_average_pool", f32_average_pool, {
  cases: (random) => SHAPES.map((shape) => [...shape, random.uniform(lengthX(shape)), filled(lengthY(shape))]),
  output: 7,
  terms: ([, , , size]) => Number(size) ** 2 + 3,
  special: {
    "NaN and Inf spread": () => [
      1, 2, 1, 1, 1, 1, new Float32Array(64).fill(NaN, 0, 3).fill(Infinity, 32, 40), new Float32Array(64),
    ],
  },
  traps: refused(row(), row()),
});

kernelTest("f32_average_pool_gradient", f32_average_pool_gradient, {
  cases: (random) =>
    SHAPES.map((shape) => [...shape, random.uniform(lengthY(shape)), random.uniform(lengthX(shape))]),
  output: 7,
  terms: ([, , , size]) => Number(size) ** 2 + 4,
  traps: refused(row(), row()),
});
