/** Plain twin of assembly/sparse/csr-panels.ts. */
export function f32_csr_from_panels_u16(
  features: number,
  batch: number,
  x: Float32Array,
  rowStarts: Uint32Array,
  columns: Uint16Array,
  values: Float32Array,
): number {
  let count = 0;
  rowStarts[0] = 0;
  for (let f = 0; f < features; f++) {
    for (let s = 0; s < batch; s++) {
      const first = s - (s % 32);
      const rest = Math.min(32, batch - first);
      const width = rest === 1 ? 1 : Math.ceil(rest / 4) * 4;
      const value = x[first * features + f * width + (s % 32)];
      if (value === 0) continue;
      columns[count] = s;
      values[count++] = value;
    }
    rowStarts[f + 1] = count;
  }
  return count;
}
