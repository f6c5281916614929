import { f32_obs_pack, f32_obs_sweep } from "../../src/reference/prune/obs-sweep.js";
import type { Random } from "../../test/harness/random.js";
import { kernelBench } from "../harness.js";

const packedLength = (n: number) => (n * (n + 8)) / 2;

/** I + AAᵀ/n, symmetric positive definite. */
function inverse(random: Random, n: number): Float64Array {
  const a = random.uniform(n * n);
  const h = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? 1 : 0;
      for (let k = 0; k < n; k++) sum += (a[i * n + k] * a[j * n + k]) / n;
      h[i * n + j] = h[j * n + i] = sum;
    }
  }
  return h;
}

kernelBench("f32_obs_pack", {
  sizes: [[64], [784]],
  arguments: (random, n) => [n, inverse(random, n), n, new Float32Array(packedLength(n))],
  flops: () => 0,
  bytes: (n) => 8 * n * n,
  opponents: { reference: f32_obs_pack },
});

kernelBench("f32_obs_sweep", {
  sizes: [[64], [192]],
  arguments: (random, n) => {
    const packed = new Float32Array(packedLength(n));
    f32_obs_pack(n, inverse(random, n), n, packed);
    const diagonal = new Float32Array(n).fill(1e6);
    const scratch = new Uint8Array(4 * packedLength(n) + 152 * n + 16640);
    const outputs = [new Uint32Array(n), new Float32Array(n), scratch];
    return [n, packed, diagonal, random.uniform(n), 1, 0, 0, ...outputs];
  },
  output: 7,
  flops: (n) => n ** 3 / 3,
  bytes: (n) => 2 * n * n,
  opponents: { reference: f32_obs_sweep },
});
