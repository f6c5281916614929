import { f32_gru_cell, f32_lstm_cell } from "../../src/reference/planes/recurrent.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";
import { nan } from "./structures.js";

const SIZES = [...edges(4), 7, 8, 16];

kernelTest("f32_lstm_cell", f32_lstm_cell, {
  *cases(random) {
    for (const n of SIZES)
      for (const scale of [1, 30])
        for (const y of [0, nan(n)])
          yield [n, random.uniform(4 * n, -scale, scale), random.uniform(n), nan(n), nan(n), y];
  },
  output: [3, 4, 5],
  special: {
    "NaN stays in its unit, infinities saturate": () => [
      5, nan(20).fill(Infinity, 5, 8).fill(-Infinity, 8, 11).fill(1, 12), nan(5).fill(2), nan(5), nan(5), 0,
    ],
  },
  traps: { "state not aligned": [1, nan(4), 2, nan(1), nan(1), 0] },
});

kernelTest("f32_gru_cell", f32_gru_cell, {
  *cases(random) {
    for (const n of SIZES)
      for (const scale of [1, 30])
        for (const y of [0, nan(n)])
          yield [n, random.uniform(3 * n, -scale, scale), random.uniform(n), random.uniform(n), nan(n), y];
  },
  output: [4, 5],
  special: {
    "NaN stays in its unit, infinities saturate": () => [
      5, nan(15).fill(Infinity, 5, 8).fill(-Infinity, 8, 11).fill(1, 12), nan(5).fill(2), nan(5).fill(3), nan(5), 0,
    ],
  },
  traps: { "state not aligned": [1, nan(3), nan(1), 2, nan(1), 0] },
});
