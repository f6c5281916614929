import { f32_csr_from_panels_u16 as reference } from "../../src/reference/sparse/csr-panels.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";

const padded = (batch: number) => batch - (batch % 32) + (batch % 32 === 1 ? 1 : Math.ceil((batch % 32) / 4) * 4);

function problem(features: number, batch: number, x: Float32Array): Argument[] {
  const room = features * batch;
  const starts = new Uint32Array(features + 1).fill(9);
  return [features, batch, x, starts, new Uint16Array(room).fill(9), new Float32Array(room).fill(NaN)];
}

kernelTest("f32_csr_from_panels_u16", reference, {
  *cases(random) {
    for (const features of [0, 1, 2, 5])
      for (const batch of [0, 1, 2, 3, 4, 5, 31, 32, 33, 34, 64, 65, 100, 128])
        for (const zeros of [0, 0.8, 1]) {
          const x = random.uniform(features * padded(batch)).map((v) => (random.below(100) < 100 * zeros ? 0 : v));
          yield problem(features, batch, x);
        }
  },
  output: [3, 4, 5],
  returns: true,
  special: {
    "−0 is left out; NaN, infinities and denormals are not": () =>
      problem(1, 8, Float32Array.of(0, -0, NaN, Infinity, -Infinity, 1e-40, 1, 0)),
    "padding lanes are not looked at": () => problem(2, 2, Float32Array.of(1, 0, 7, NaN, 0, 2, 7, NaN)),
  },
  traps: { "more samples than 16-bit numbers": [0, 65_537, ...problem(0, 1, new Float32Array(1)).slice(2)] },
});
