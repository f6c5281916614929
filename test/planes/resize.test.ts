import { f32_planes_resize } from "../../src/reference/planes/resize.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";

const nan = (count: number) => new Float32Array(count).fill(NaN);
type Sizes = readonly [height: number, width: number, yHeight: number, yWidth: number];

function resized(random: Random, channels: number, sizes: Sizes, [rowTaps, columnTaps]: number[]): Argument[] {
  const [height, width, yHeight, yWidth] = sizes;
  const indices = (count: number, below: number) => Uint32Array.from({ length: count }, () => random.below(below));
  const [xPitch, yPitch] = [height * width + 2, yHeight * yWidth + 1];
  return [
    channels, width, random.uniform(channels * xPitch), 4 * xPitch, yHeight, yWidth, nan(channels * yPitch), 4 * yPitch,
    rowTaps, indices(yHeight * rowTaps, height), random.uniform(yHeight * rowTaps),
    columnTaps, indices(yWidth * columnTaps, width), random.uniform(yWidth * columnTaps), nan(width),
  ];
}

const SIZES: Sizes[] = [[1, 1, 1, 1], [2, 3, 4, 6], [4, 4, 2, 2], [3, 5, 7, 9], [8, 9, 1, 0], [2, 8, 0, 4]];

kernelTest("f32_planes_resize", f32_planes_resize, {
  *cases(random) {
    for (const sizes of SIZES)
      for (const taps of [[1, 1], [2, 2], [1, 2], [2, 1], [4, 4]]) yield resized(random, 2, sizes, taps);
    yield resized(random, 0, SIZES[1], [2, 2]);
  },
  output: 6,
  scratch: [14],
  terms: ([, , , , , , , , rowTaps, , , columnTaps]) => Number(rowTaps) + Number(columnTaps) + 2,
  special: {
    "NaN and Inf are copied by one tap": (random) => {
      const args = resized(random, 1, [3, 5, 7, 9], [1, 1]);
      (args[2] as Float32Array).fill(NaN, 0, 4).fill(-Infinity, 4, 8);
      return args;
    },
  },
  traps: {
    "x not aligned": [
      1, 1, 2, 4, 1, 1, nan(1), 4, 1, new Uint32Array(1), nan(1), 1, new Uint32Array(1), nan(1), nan(1),
    ],
  },
});
