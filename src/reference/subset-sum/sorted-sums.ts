/** Plain twin of assembly/subset-sum/sorted-sums.ts. */
const SENTINEL = 2 ** 30;

export function i32_sorted_sums(
  h: number,
  left: Int32Array,
  right: Int32Array,
  out: Int32Array,
  _scratch: Int32Array,
): void {
  const apart = 2 ** h + 8;
  for (const [list, values] of [left, right].entries()) {
    let sums = [0];
    for (let k = 0; k < h; k++) sums = [...sums, ...sums.map((sum) => sum + values[k])];
    const first = list * apart;
    out.fill(-SENTINEL, first, first + 4);
    out.set(Int32Array.from(sums).sort(), first + 4);
    out.fill(SENTINEL, first + apart - 4, first + apart);
  }
}
