import { f64_geqrf } from "../../src/reference/dense/geqrf.js";
import { f64_ormqr, f64_ormqr_transposed } from "../../src/reference/dense/ormqr.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";
import { UNIT_F64 } from "../harness/tolerance.js";
import { columns, scratchBytes } from "./columns.js";

function args(random: Random, m: number, n: number, k: number, pad: number): Argument[] {
  const [lda, ldc] = [m + pad, m + 2 * pad];
  const [a, tau] = [columns(random, m, k, lda), new Float64Array(k)];
  f64_geqrf(m, k, a, lda, tau, new Uint8Array(0));
  const c = Float64Array.from(random.uniform(ldc * n));
  return [m, n, k, a, lda, tau, c, ldc, new Uint8Array(scratchBytes(n))];
}

const zeros = (length: number) => new Float64Array(length);
for (const [name, twin] of [
  ["f64_ormqr", f64_ormqr], ["f64_ormqr_transposed", f64_ormqr_transposed],
] as const) {
  kernelTest(name, twin, {
    *cases(random) {
      for (const k of edges(32)) for (const m of [k, k + 1, k + 37]) for (const n of [0, 1, 10]) {
        yield args(random, m, n, k, k % 3);
      }
      for (const n of edges(4)) yield args(random, 300, n, 35, 1);
    },
    output: 6,
    scratch: [8],
    unit: UNIT_F64,
    // A vector of m elements below 1 has a norm below √m, which Q keeps.
    terms: ([m, , k]) => (m as number) + 8 * (k as number) + 16,
    magnitude: (all) => (all[6] as Float64Array).map(() => 2 * Math.sqrt(all[0] as number)),
    traps: {
      "k > m": [2, 1, 3, zeros(9), 3, zeros(3), zeros(2), 2, new Uint8Array(scratchBytes(1))],
      "lda < m": [3, 1, 2, zeros(6), 2, zeros(2), zeros(3), 3, new Uint8Array(scratchBytes(1))],
      "ldc < m": [3, 1, 2, zeros(6), 3, zeros(2), zeros(3), 2, new Uint8Array(scratchBytes(1))],
    },
  });
}
