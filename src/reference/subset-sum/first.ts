/** Plain twin of assembly/subset-sum/first.ts: the same sums in f32. */
const LADDER = 14;

export function f64_subset_sums_first(
  count: number,
  n: number,
  pools: Float64Array,
  stride: number,
  targets: Float64Array,
  tolerance: number,
  bits: Uint32Array,
  sums: Float64Array,
  _scratch: Uint8Array,
): void {
  for (let t = 0; t < count; t++) {
    const pool = pools.subarray(t * stride, t * stride + n);
    bits[t] = Math.abs(targets[t]) <= tolerance ? 0 : firstWithin(pool, targets[t], tolerance);
    sums[t] = sumOf(pool, bits[t]);
  }
}

function firstWithin(pool: Float64Array, target: number, tolerance: number): number {
  const rough = new Float32Array(2 ** LADDER);
  let magnitude = Math.abs(target);
  for (let k = 0; k < Math.min(pool.length, LADDER); k++) {
    magnitude += Math.abs(pool[k]);
    const limit = Math.fround(tolerance - (k + 4) * 2 ** -23 * magnitude);
    for (let s = 0; s < 2 ** k; s++) {
      const subset = 2 ** k + s;
      rough[subset] = rough[s] + Math.fround(pool[k]);
      const isNear = Math.abs(Math.fround(rough[subset] - Math.fround(target))) <= limit;
      if (isNear && Math.abs(target - sumOf(pool, subset)) <= tolerance) return subset;
    }
  }
  return 0;
}

function sumOf(pool: Float64Array, subset: number): number {
  return pool.reduce((sum, value, i) => ((subset >>> i) & 1 ? sum + value : sum), 0);
}
