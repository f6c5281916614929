/** Plain twin of assembly/train/count-correct.ts. */
export function f32_count_correct(
  classes: number,
  batch: number,
  z: Float32Array,
  labels: Uint32Array,
): number {
  let count = 0;
  for (let sample = 0; sample < batch; sample++) {
    const first = sample - (sample % 32);
    const samples = Math.min(32, batch - first);
    const width = samples === 1 ? 1 : Math.ceil(samples / 4) * 4;
    let winner = -1;
    let best = NaN;
    for (let c = 0; c < classes; c++) {
      const value = z[first * classes + c * width + (sample % 32)];
      if (Number.isNaN(value) || value <= best) continue; // any number beats NaN
      best = value;
      winner = c;
    }
    if (winner === labels[sample]) count++;
  }
  return count;
}
