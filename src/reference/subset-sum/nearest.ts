/** Plain twin of assembly/subset-sum/nearest.ts: all subsets, one after the other. */
export function f64_subset_sums_nearest(
  count: number,
  n: number,
  pools: Float64Array,
  stride: number,
  targets: Float64Array,
  bits: Uint32Array,
  sums: Float64Array,
  _scratch: Uint8Array,
): void {
  const all = new Float64Array(2 ** n);
  for (let t = 0; t < count; t++) {
    bits[t] = 0;
    sums[t] = 0;
    for (let k = 0; k < n; k++) {
      for (let s = 0; s < 2 ** k; s++) {
        const subset = 2 ** k + s;
        all[subset] = all[s] + pools[t * stride + k];
        if (Math.abs(targets[t] - all[subset]) >= Math.abs(targets[t] - sums[t])) continue;
        bits[t] = subset;
        sums[t] = all[subset];
      }
    }
  }
}
