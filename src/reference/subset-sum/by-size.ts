/** Plain twin of assembly/subset-sum/by-size.ts: all subsets of a size, in the order of their numbers. */
export function f64_subset_sums_by_size(
  count: number,
  n: number,
  pools: Float64Array,
  stride: number,
  targets: Float64Array,
  tolerance: number,
  limit: number,
  bits: Uint32Array,
  sums: Float64Array,
  _scratch: Uint8Array,
): void {
  for (let t = 0; t < count; t++) {
    const pool = pools.subarray(t * stride, t * stride + n);
    const found = bySize(pool, targets[t], tolerance, limit);
    bits[t] = found.subset;
    sums[t] = found.sum;
  }
}

function bySize(pool: Float64Array, target: number, tolerance: number, limit: number) {
  let best = { subset: 0, sum: 0 };
  const residual = () => Math.abs(target - best.sum);
  for (let size = 0; size <= limit; size++) {
    for (let subset = 0; subset < 2 ** pool.length; subset++) {
      if (sizeOf(subset) !== size) continue;
      const sum = pool.reduce((total, value, i) => ((subset >>> i) & 1 ? total + value : total), 0);
      const rest = Math.abs(target - sum);
      if (rest < residual() || (rest === residual() && subset < best.subset)) best = { subset, sum };
    }
    if (residual() <= tolerance) return best;
  }
  return tolerance < 0 ? best : { subset: 0, sum: 0 };
}

function sizeOf(subset: number): number {
  let size = 0;
  for (let rest = subset; rest !== 0; rest &= rest - 1) size++;
  return size;
}
