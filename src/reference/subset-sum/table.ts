/** Plain twin of assembly/subset-sum/table.ts. */
const SUBSETS = 2 ** 22;
const BUCKET = 2 ** 36;
const BUCKETS = 32769;

export function f64_subset_sums_table(
  n: number,
  pool: Float64Array,
  table: Float64Array,
  index: Uint8Array,
  _scratch: Float64Array,
): void {
  const values = [...pool.subarray(0, n)];
  const total = values.reduce((sum, value) => sum + Math.abs(value), 0);
  let scale = 2 ** 1023;
  while (total * scale >= 2 ** 29) scale /= 2;
  let [above, below, lowest, negatives] = [0, 0, 0, 0];
  let keys = [0];
  for (let k = 0; k < Math.max(n, 2); k++) {
    const value = values[k] ?? 0;
    const exact = Math.abs(value) * scale;
    // To the nearest integer, half to even.
    const rounded = exact + 2 ** 52 - 2 ** 52;
    above += Math.max(rounded - exact, 0);
    below += Math.max(exact - rounded, 0);
    if (value < 0) {
      lowest += value;
      negatives += 2 ** k;
    }
    keys = [...keys, ...keys.map((key) => key + rounded * SUBSETS + 2 ** k)];
  }
  table.set(Float64Array.from(keys).sort());
  const head = new DataView(index.buffer, index.byteOffset);
  head.setFloat64(0, scale, true);
  head.setFloat64(8, lowest, true);
  head.setFloat64(16, Math.max(above, below), true);
  head.setUint32(24, negatives, true);
  let place = 0;
  for (let bucket = 0; bucket <= BUCKETS; bucket++) {
    while (place < keys.length && table[place] < bucket * BUCKET) place++;
    head.setUint32(64 + 4 * bucket, place, true);
  }
}

export function f64_subset_sums_look_up(
  count: number,
  n: number,
  pool: Float64Array,
  _table: Float64Array,
  _index: Uint8Array,
  targets: Float64Array,
  bits: Uint32Array,
  sums: Float64Array,
): void {
  for (let t = 0; t < count; t++) {
    bits[t] = 0;
    sums[t] = 0;
    for (let subset = 1; subset < 2 ** n; subset++) {
      let sum = 0;
      for (let k = 0; k < n; k++) if ((subset >>> k) & 1) sum += pool[k];
      if (Math.abs(targets[t] - sum) >= Math.abs(targets[t] - sums[t])) continue;
      bits[t] = subset;
      sums[t] = sum;
    }
  }
}
