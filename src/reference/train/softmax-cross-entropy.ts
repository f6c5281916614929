/**
 * Plain twin of assembly/train/softmax-cross-entropy.ts, in f64 with the engine's exp and log.
 * dz = 0 asks for the loss alone.
 */
export function f32_softmax_cross_entropy(
  classes: number,
  batch: number,
  z: Float32Array,
  labels: Uint32Array,
  scale: number,
  dz: Float32Array | 0,
): number {
  let loss = 0;
  for (let first = 0; first < batch; first += 32) {
    const samples = Math.min(32, batch - first);
    const width = samples === 1 ? 1 : Math.ceil(samples / 4) * 4;
    const panel = first * classes;
    for (let lane = 0; lane < width; lane++) {
      const at = (c: number) => panel + c * width + lane;
      if (lane >= samples) {
        for (let c = 0; dz && c < classes; c++) dz[at(c)] = 0;
        continue;
      }
      const label = labels[first + lane];
      const logits = Array.from({ length: classes }, (_, c) => z[at(c)]);
      const largest = Math.max(...logits);
      const weights = logits.map((logit) => Math.exp(logit - largest));
      const sum = weights.reduce((total, weight) => total + weight, 0);
      loss += Math.log(sum) - (logits[label] - largest);
      for (let c = 0; dz && c < classes; c++) {
        const probability = weights[c] / sum;
        dz[at(c)] = scale * ((probability < 2 ** -64 ? 0 : probability) - (c === label ? 1 : 0));
      }
    }
  }
  return loss;
}
