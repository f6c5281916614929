import { f64_potri } from "../../src/reference/dense/potri.js";
import { f64_trtri } from "../../src/reference/dense/trsm.js";
import { kernelTest } from "../harness/kernel-test.js";
import { F32, F64, lowerTriangle, SIZES } from "./triangles.js";

for (const { name, Reals, unit } of [
  { name: "f32_potri", ...F32 },
  { name: "f64_potri", ...F64 },
] as const) {
  const scratch = () => new Uint8Array(8320 + 16384 * Reals.BYTES_PER_ELEMENT);
  kernelTest(name, f64_potri, {
    *cases(random) {
      for (const n of [...SIZES, 325]) {
        const lda = n + (n % 3);
        const l = lowerTriangle(random, n, lda);
        f64_trtri(n, l, lda, scratch());
        for (let i = 0; i < n; i++) l.fill(0, i * lda + n, (i + 1) * lda);
        yield [n, new Reals(l), lda, scratch()];
      }
    },
    output: 1,
    scratch: [3],
    unit,
    terms: ([n]) => (n as number) + 2,
    traps: { "lda < n": [9, new Reals(81), 8, scratch()] },
  });
}
