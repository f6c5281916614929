import { f32_planes_border, f32_planes_interleave } from "../../src/reference/planes/border.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { gapped, lengthOf, nan } from "./structures.js";

type Shape = readonly [
  channels: number,
  height: number,
  width: number,
  top: number,
  left: number,
  phases: number,
];

/** @param slack  columns and rows behind what x reaches; below 0, of x left out */
function border(
  random: Random,
  [channels, height, width, top, left, phases]: Shape,
  slack: number,
  gap = 3,
): Argument[] {
  const yHeight = Math.max(0, top + height + slack);
  const yWidth = Math.max(0, Math.ceil((left + width + slack) / phases));
  const [xStride, yStride] = [gapped(height * width, gap), gapped(yHeight * yWidth * phases, 2 * gap)];
  const x = random.uniform(lengthOf(channels, height * width, xStride));
  const y = nan(lengthOf(channels, yHeight * yWidth * phases, yStride));
  return [channels, height, width, x, xStride, y, yHeight, yWidth, yStride, top, left, phases];
}

kernelTest("f32_planes_border", f32_planes_border, {
  *cases(random) {
    for (const width of [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 18])
      for (const phases of [1, 2, 3])
        for (const left of [0, 1, 2])
          for (const slack of [0, 2, -1]) yield border(random, [2, 3, width, left, left, phases], slack);
    for (const top of [-1, -2, -3])
      for (const phases of [1, 2, 3])
        for (const left of [2, -1, -4, -9]) yield border(random, [2, 3, 9, top, left, phases], 1);
    yield border(random, [0, 3, 3, 1, 1, 1], 1);
    yield border(random, [2, 0, 3, 1, 1, 1], 1);
    yield border(random, [1, 2, 6, 3, 5, 2], -8);
  },
  output: 5,
  special: {
    "NaN and Inf are copied": () => {
      const x = nan(9).fill(-Infinity, 5);
      return [1, 1, 9, x, 0, nan(12), 1, 6, 0, 0, 1, 2];
    },
  },
  traps: {
    "no phases": [1, 1, 1, nan(1), 0, nan(1), 1, 1, 0, 0, 0, 0],
    "y not aligned": [1, 1, 1, nan(1), 0, 2, 1, 1, 0, 0, 0, 1],
  },
});

kernelTest("f32_planes_interleave", f32_planes_interleave, {
  *cases(random) {
    for (const [channels, height, width] of [[0, 2, 2], [1, 0, 2], [2, 3, 0], [2, 1, 1], [2, 3, 5]])
      for (const [stepY, stepX] of [[1, 1], [2, 2], [1, 3], [3, 2]]) {
        const yWidth = width * stepX + 1;
        const [xStride, yStride] = [gapped(height * width, 2), gapped(height * stepY * yWidth, 1)];
        const x = random.uniform(lengthOf(channels, height * width, xStride));
        const y = random.uniform(lengthOf(channels, height * stepY * yWidth, yStride));
        yield [channels, height, width, x, xStride, y, yWidth, yStride, stepY, stepX];
      }
  },
  output: 5,
  special: {
    "NaN and Inf are copied": () => [1, 1, 2, nan(2).fill(Infinity, 1), 0, new Float32Array(3), 3, 0, 1, 2],
  },
  traps: { "y not aligned": [1, 1, 1, nan(1), 0, 2, 1, 0, 1, 1] },
});
