/** The product of a layer in JavaScript: plain, and as fast as we can write it. */

/** y = x Wᵀ: x is batch × inputs, w outputs × inputs, both row after row. */
export interface Product {
  readonly batch: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly x: Float32Array;
  readonly w: Float32Array;
}

/** A way to compute a product again and again. */
export interface Prepared {
  run(): void;
  readonly output: Float32Array;
}

/** Three loops, sums in f64. */
export function plainProduct({ batch, inputs, outputs, x, w }: Product): Prepared {
  const output = new Float32Array(batch * outputs);
  return {
    output,
    run() {
      for (let b = 0; b < batch; b++) {
        for (let o = 0; o < outputs; o++) {
          let sum = 0;
          for (let i = 0; i < inputs; i++) sum += x[b * inputs + i] * w[o * inputs + i];
          output[b * outputs + o] = sum;
        }
      }
    },
  };
}

/** Samples that a weight is multiplied with at a time. */
const RUN = 8;

/**
 * Compressed rows: only weights that are not 0, each on a run of 8 samples that lie together, sums in registers.
 * JavaScript computes in f64 whatever the arrays hold, so samples are carried to f64 once.
 */
export function sparseProduct({ batch, inputs, outputs, x, w }: Product): Prepared {
  const runs = Math.ceil(batch / RUN);
  const samples = new Float64Array(runs * inputs * RUN);
  const output = new Float32Array(batch * outputs);
  const starts = new Uint32Array(outputs + 1);
  const places: number[] = [];
  for (let o = 0; o < outputs; o++) {
    for (let at = o * inputs; at < (o + 1) * inputs; at++) if (w[at] !== 0) places.push(at);
    starts[o + 1] = places.length;
  }
  const columns = Uint32Array.from(places, (at) => (at % inputs) * RUN);
  const values = Float64Array.from(places, (at) => w[at]);
  const sums = new Float64Array(RUN);
  return {
    output,
    run() {
      for (let b = 0; b < batch; b++) {
        const first = Math.floor(b / RUN) * inputs * RUN + (b % RUN);
        for (let i = 0; i < inputs; i++) samples[first + i * RUN] = x[b * inputs + i];
      }
      for (let r = 0; r < runs; r++) {
        const from = r * inputs * RUN;
        const count = Math.min(RUN, batch - r * RUN);
        for (let o = 0; o < outputs; o++) {
          dot8(values, columns, starts[o], starts[o + 1], samples, from, sums);
          for (let s = 0; s < count; s++) output[(r * RUN + s) * outputs + o] = sums[s];
        }
      }
    },
  };
}

/** The kept weights of a row on a run of samples. */
function dot8(
  values: Float64Array,
  columns: Uint32Array,
  start: number,
  end: number,
  samples: Float64Array,
  from: number,
  sums: Float64Array,
): void {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let [s4, s5, s6, s7] = [0, 0, 0, 0];
  for (let p = start; p < end; p = (p + 1) | 0) {
    const value = values[p];
    const at = (from + columns[p]) | 0;
    s0 += value * samples[at];
    s1 += value * samples[(at + 1) | 0];
    s2 += value * samples[(at + 2) | 0];
    s3 += value * samples[(at + 3) | 0];
    s4 += value * samples[(at + 4) | 0];
    s5 += value * samples[(at + 5) | 0];
    s6 += value * samples[(at + 6) | 0];
    s7 += value * samples[(at + 7) | 0];
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
  sums[4] = s4;
  sums[5] = s5;
  sums[6] = s6;
  sums[7] = s7;
}
