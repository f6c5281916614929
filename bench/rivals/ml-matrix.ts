/** ml-matrix: plain JavaScript, f64. */
import type { Prepared } from "../measure.js";
import { type Dense, transposedWeights } from "./dense.js";
import { peer } from "./peer.js";

interface Matrix {
  mmul(other: Matrix): Matrix;
  to1DArray(): number[];
}

interface MlMatrix {
  Matrix: { from1DArray(rows: number, columns: number, values: ArrayLike<number>): Matrix };
}

export async function denseMlMatrix(dense: Dense): Promise<Prepared> {
  const { Matrix } = await peer<MlMatrix>("ml-matrix");
  const x = Matrix.from1DArray(dense.batch, dense.inputs, dense.x);
  const w = Matrix.from1DArray(dense.inputs, dense.outputs, transposedWeights(dense));
  let y = x;
  const run = () => {
    y = x.mmul(w);
  };
  return { run, output: () => y.to1DArray() };
}
