import {
  f32_batch_norm_gradient, f32_normalise, f64_batch_statistics,
} from "../../src/reference/conv/batch-norm.js";
import { imageIndex, imagesLength } from "../../src/reference/conv/images.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";
import { UNIT_F64 } from "../harness/tolerance.js";

const SHAPES = [0, 1, 3].flatMap((channels) =>
  [1, 6].flatMap((positions) => [...edges(4), ...edges(32), 60].map((batch) => [channels, positions, batch] as const)),
);
type Shape = (typeof SHAPES)[number];
const filled = (length: number) => new Float32Array(length).fill(NaN);
const termsOf = ([, positions, batch]: Argument[]) => Number(positions) * Number(batch) + 8;

/** Random in the lanes of samples, garbage in the others. */
function withGarbage(shape: Shape, values: Float32Array): Float32Array {
  const [channels, positions, batch] = shape;
  for (let s = batch; s < 32 * Math.ceil(batch / 32); s++)
    for (let c = 0; c < channels; c++)
      for (let i = 0; i < positions; i++) values[imageIndex(channels, positions, c, i, s)] = 1e6;
  return values;
}

kernelTest("f64_batch_statistics", f64_batch_statistics, {
  cases: (random) =>
    SHAPES.map((shape) => [
      ...shape, withGarbage(shape, random.uniform(imagesLength(...shape), 2, 4)),
      new Float64Array(shape[0]).fill(NaN), new Float64Array(shape[0]).fill(NaN),
    ]),
  output: [4, 5],
  terms: termsOf,
  unit: UNIT_F64,
  /** All values are below 4, so are the sums of their squares below 16·n, divided by n. */
  magnitude: ([channels]) => new Float64Array(Number(channels)).fill(16),
  special: {
    "one value: no variance": () => [
      1, 1, 1, new Float32Array(32).fill(3, 0, 1), new Float64Array(1), new Float64Array(1),
    ],
    "NaN spoils its channel alone": () => {
      const x = new Float32Array(64).fill(1);
      x[33] = NaN;
      return [2, 1, 3, x, new Float64Array(2), new Float64Array(2)];
    },
  },
  traps: { "mean not aligned": [1, 1, 1, new Float32Array(32), 4, new Float64Array(1)] },
});

kernelTest("f32_normalise", f32_normalise, {
  *cases(random) {
    for (const shape of SHAPES)
      for (const flags of [0, 2]) {
        const n = imagesLength(...shape);
        const [mean, factor] = [random.uniform(shape[0]), random.uniform(shape[0], 0.5, 2)];
        yield [...shape, random.uniform(n), mean, factor, flags, filled(n)];
      }
  },
  output: 7,
  terms: () => 3,
  magnitude: ([, , , x]) => new Float32Array((x as Float32Array).length).fill(4),
  special: {
    "NaN and Inf go through, ReLU or not": () => {
      const x = new Float32Array(32).fill(NaN, 0, 4).fill(-Infinity, 4, 8).fill(Infinity, 8, 12);
      return [1, 1, 12, x, new Float32Array(1), Float32Array.of(1), 2, filled(32)];
    },
  },
  traps: { "y not aligned": [1, 1, 1, new Float32Array(32), new Float32Array(1), new Float32Array(1), 0, 2] },
});

kernelTest("f32_batch_norm_gradient", f32_batch_norm_gradient, {
  *cases(random) {
    for (const shape of SHAPES) {
      const n = imagesLength(...shape);
      const [mean, factor] = [random.uniform(shape[0]), random.uniform(shape[0], 0.5, 2)];
      const [x, dy] = [random.uniform(n), random.uniform(n)].map((values) => withGarbage(shape, values));
      yield [...shape, x, mean, factor, dy, new Float64Array(2 * shape[0]), filled(n)];
    }
  },
  output: 8,
  scratch: [7],
  /** Sums are in f64; what is left are the roundings of x̂, the means and the last line. */
  terms: () => 16,
  magnitude: ([, , , x]) => new Float32Array((x as Float32Array).length).fill(64),
  traps: {
    "sums not aligned": [
      1, 1, 1, ...[32, 1, 1, 32].map((length) => new Float32Array(length)), 4, new Float32Array(32),
    ],
  },
});
