import { f32_planes_depthwise } from "../../src/reference/planes/depthwise.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { csr } from "../sparse/structures.js";
import { CLAMPS, gapped, lengthOf, magnitudeOf, nan } from "./structures.js";

type Shape = readonly [channels: number, height: number, width: number, k: number, stride: number, pad: number];

/** Bit 0 of `mode`: a bias; it is also the gap between planes. */
function depthwise(random: Random, [channels, height, width, k, stride, pad]: Shape, mode: number): Argument[] {
  const along = (size: number) => Math.max(0, Math.floor((size + 2 * pad - k) / stride) + 1);
  const [yHeight, yWidth] = [along(height), along(width)];
  const bHeight = (yHeight - 1) * stride + k;
  const bWidth = Math.ceil(((yWidth - 1) * stride + k) / stride);
  const pitch = 4 * stride * bWidth;
  const { starts, columns, values } = csr(random, channels, k * k, 0.8);
  const offsets = Uint32Array.from(columns, (tap) => {
    const column = tap % k;
    return Math.floor(tap / k) * pitch + 4 * ((column % stride) * bWidth + Math.floor(column / stride));
  });
  const [xStride, yStride] = [gapped(height * width, mode), gapped(yHeight * yWidth, mode)];
  const x = random.uniform(lengthOf(channels, height * width, xStride));
  const y = nan(lengthOf(channels, yHeight * yWidth, yStride));
  const bias = mode & 1 ? random.uniform(channels) : 0;
  return [
    channels, height, width, x, xStride, bHeight, bWidth, pad, pad, stride, starts, offsets, values, stride * pitch,
    bias, yHeight, yWidth, y, yStride, ...CLAMPS[mode % 3], nan(bHeight * bWidth * stride),
  ];
}

/** One channel of one position. */
const least = (phases: number, y: Argument): Argument[] => [
  1, 1, 1, nan(1), 0, 1, 1, 0, 0, phases, Uint32Array.of(0, 0), Uint32Array.of(0), nan(1), 4, 0, 1, 1, y, 0, 0, 6,
  nan(1),
];

kernelTest("f32_planes_depthwise", f32_planes_depthwise, {
  *cases(random) {
    for (const k of [1, 2, 3, 5])
      for (const stride of [1, 2, 3])
        for (const side of [k, 7, 8, 9, 14]) yield depthwise(random, [2, side, side + 1, k, stride, k >> 1], stride);
    for (const channels of [0, 1, 3, 5]) yield depthwise(random, [channels, 6, 5, 3, 1, 1], channels);
    yield depthwise(random, [2, 1, 40, 1, 1, 0], 0);
    yield depthwise(random, [2, 12, 12, 5, 2, 0], 2);
  },
  output: 17,
  scratch: [21],
  terms: () => 25 + 2,
  magnitude: magnitudeOf(f32_planes_depthwise, 19),
  special: {
    "NaN in one channel stays in it and passes the clamp; borders are zeros between infinities": (random) => {
      const args = depthwise(random, [3, 4, 4, 3, 1, 1], 1);
      (args[3] as Float32Array).fill(NaN, 17, 33).fill(Infinity, 34);
      return args;
    },
  },
  traps: { "no phases": least(0, nan(1)), "y not aligned": least(1, 2) },
});
