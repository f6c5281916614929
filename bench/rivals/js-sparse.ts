import { gamma } from "../../test/harness/tolerance.js";
import type { Expected, Prepared } from "../measure.js";
import type { Dense } from "./dense.js";

/** The weights that are not 0, row by row. */
export interface Rows {
  starts: Uint32Array<ArrayBuffer>;
  columns: Uint16Array<ArrayBuffer>;
  values: Float32Array<ArrayBuffer>;
}

/** Compressed rows of the weights. */
export function compress({ inputs, outputs, w }: Dense): Rows {
  const starts = new Uint32Array(outputs + 1);
  const entries: number[] = [];
  for (let o = 0; o < outputs; o++) {
    for (let at = o * inputs; at < (o + 1) * inputs; at++) if (w[at] !== 0) entries.push(at);
    starts[o + 1] = entries.length;
  }
  const columns = Uint16Array.from(entries, (at) => at % inputs);
  return { starts, columns, values: Float32Array.from(entries, (at) => w[at]) };
}

/** The plain product over compressed rows, sums in f64; the reference of the sparse cases. */
export function sparseProduct({ batch, inputs, outputs, x }: Dense, rows: Rows, y: Float32Array): void {
  const { starts, columns, values } = rows;
  for (let b = 0; b < batch; b++) {
    const sample = b * inputs;
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      for (let p = starts[o]; p < starts[o + 1]; p++) sum += values[p] * x[sample + columns[p]];
      y[b * outputs + o] = sum;
    }
  }
}

export function sparseJs(dense: Dense): Prepared {
  const rows = compress(dense);
  const y = new Float32Array(dense.batch * dense.outputs);
  return { run: () => sparseProduct(dense, rows, y), output: () => y };
}

/** The plain product, and γ times the plain product of the magnitudes. */
export function sparseExpected(problem: Dense): Expected {
  const rows = compress(problem);
  const values = new Float32Array(problem.batch * problem.outputs);
  sparseProduct(problem, rows, values);
  const magnitudes = new Float32Array(values.length);
  const absolute = { ...problem, x: problem.x.map(Math.abs) };
  sparseProduct(absolute, { ...rows, values: rows.values.map(Math.abs) }, magnitudes);
  const factor = gamma(problem.inputs + 2);
  return { values, bound: (i) => factor * magnitudes[i] };
}
