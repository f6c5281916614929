import { f32_planes_pool } from "../../src/reference/planes/pool.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";

const nan = (count: number) => new Float32Array(count).fill(NaN);

interface Window {
  readonly isMax: number;
  readonly side: number;
  readonly k: number;
  readonly stride: number;
  readonly pad: number;
  readonly dilation?: number;
}

function pooled(random: Random, { isMax, side, k, stride, pad, dilation = 1 }: Window, channels = 2): Argument[] {
  const [height, width] = [side, side + 2];
  const along = (size: number) => Math.max(0, Math.floor((size + 2 * pad - (k - 1) * dilation - 1) / stride) + 1);
  const [yHeight, yWidth] = [along(height), along(width)];
  const [xPitch, yPitch] = [height * width + 1, yHeight * yWidth + 3];
  const counts = isMax ? 0 : random.uniform(yHeight * yWidth).map((value) => 2 + value);
  const [x, y] = [random.uniform(channels * xPitch - 1), nan(channels * yPitch)];
  const window = [k, k, stride, stride, dilation, dilation, pad, pad];
  return [isMax, channels, height, width, x, 4 * xPitch, yHeight, yWidth, y, 4 * yPitch, ...window, counts];
}

kernelTest("f32_planes_pool", f32_planes_pool, {
  *cases(random) {
    for (const isMax of [0, 1])
      for (const side of [3, 4, 5, 8, 9, 12])
        for (const k of [1, 2, 3])
          for (const stride of [1, 2, 3]) yield pooled(random, { isMax, side, k, stride, pad: k >> 1 });
    for (const isMax of [0, 1]) {
      yield pooled(random, { isMax, side: 12, k: 3, stride: 1, pad: 0, dilation: 2 });
      yield pooled(random, { isMax, side: 9, k: 5, stride: 2, pad: 4 });
      yield pooled(random, { isMax, side: 2, k: 5, stride: 1, pad: 2 });
      yield pooled(random, { isMax, side: 6, k: 2, stride: 2, pad: 0 }, 1);
    }
    // A window that sees nothing.
    yield [1, 1, 1, 1, random.uniform(1), 4, 3, 3, nan(9), 36, 1, 1, 1, 1, 1, 1, 1, 1, 0];
    yield [1, 0, 4, 4, 0, 64, 2, 2, 0, 16, 2, 2, 2, 2, 1, 1, 0, 0, 0];
  },
  output: 8,
  special: {
    "NaN and infinities reach the windows that see them": (random) => {
      const args = pooled(random, { isMax: 1, side: 9, k: 3, stride: 1, pad: 1 });
      (args[4] as Float32Array).fill(NaN, 30, 31).fill(Infinity, 60, 61).fill(-Infinity, 70, 99);
      return args;
    },
  },
  traps: { "x not aligned": [1, 1, 1, 1, 2, 4, 1, 1, nan(1), 4, 1, 1, 1, 1, 1, 1, 0, 0, 0] },
});
