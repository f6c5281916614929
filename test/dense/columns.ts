/** Operands of the tests of QR factorisations. */
import type { Random } from "../harness/random.js";

/** m × n column-major with a condition of about 3 (random, and 2 on the diagonal); NaN between the columns. */
export function columns(random: Random, m: number, n: number, lda: number): Float64Array {
  const a = new Float64Array(lda * n).fill(Number.NaN);
  const share = 1 / Math.sqrt(Math.max(m, n, 1));
  for (let j = 0; j < n; j++) {
    a.set(random.uniform(m, -share, share), j * lda);
    if (j < m) a[j * lda + j] += 2;
  }
  return a;
}

/** Shapes around a tile, a panel of reflectors and a block of rows, tall and wide. */
export const SHAPES: [m: number, n: number][] = [
  ...[0, 1, 3, 4, 5, 31, 32, 33, 65].flatMap((m): [number, number][] => [0, 1, 5, 32, 34, 67].map((n) => [m, n])),
  [255, 37], [256, 37], [257, 37], [40, 130], [520, 3],
];

/** Bytes of scratch space of f64_geqrf and f64_ormqr. */
export const scratchBytes = (n: number) => 90_240 + 256 * n;
