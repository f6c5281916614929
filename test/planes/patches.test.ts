import { f32_planes_gather } from "../../src/reference/planes/patches.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";
import { nan } from "./structures.js";

/** Positions that follow each other for a while, then jump, as at the ends of rows, or all stand apart. */
const positions = (n: number, run: number) =>
  Uint32Array.from({ length: n }, (_, at) => 4 * (at + 3 * Math.floor(at / run)));

kernelTest("f32_planes_gather", f32_planes_gather, {
  *cases(random) {
    for (const n of [...edges(4), 7, 8, 9, 13, 31, 32])
      for (const run of [1, 3, 7, 40])
        for (const rows of [0, 1, 5]) {
          const taps = Uint32Array.from({ length: rows }, () => 4 * random.below(40));
          const y = nan(Math.max(0, 32 * (rows - 1) + Math.ceil(n / 8) * 8) * Math.sign(rows));
          yield [rows, n, random.uniform(200), taps, positions(n, run), n === 0 ? nan(32 * rows) : y];
        }
  },
  output: 5,
  special: {
    "NaN and Inf are copied": () => [
      1,
      5,
      nan(8).fill(Infinity, 4),
      Uint32Array.of(4),
      positions(5, 9),
      new Float32Array(8),
    ],
  },
  traps: {
    "more positions than a block has": [1, 33, nan(40), Uint32Array.of(0), positions(33, 40), nan(64)],
    "y not aligned": [1, 4, nan(4), Uint32Array.of(0), positions(4, 4), 2],
  },
});
