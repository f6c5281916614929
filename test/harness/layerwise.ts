/** What the published SparseGPT and OBC codes return for small layers: test/fixtures/layerwise-*.safetensors. */
import { readFile } from "node:fs/promises";
import { readSafetensors } from "../../src/io/safetensors.js";

/** The second has fewer samples than inputs, two of which are dead. */
export const FIXTURES = ["layerwise-8x16", "layerwise-33x64", "layerwise-12x40-rank-deficient"] as const;

/** What the codes damped by. */
export const FIXTURE_DAMPING = 0.01;

/** A layer, its calibration inputs and Hessian (2/N·XᵀX, undamped), and what the codes made of it, by name. */
export interface Layerwise {
  readonly rows: number;
  readonly columns: number;
  readonly weights: Float32Array;
  readonly inputs: Float32Array;
  readonly hessian: Float64Array;
  result(name: string): Float32Array;
}

export async function readLayerwise(name: (typeof FIXTURES)[number]): Promise<Layerwise> {
  const { tensors } = readSafetensors(
    new Uint8Array(await readFile(new URL(`../fixtures/${name}.safetensors`, import.meta.url))),
  );
  const named = (tensor: string) => {
    const found = tensors.get(tensor);
    if (!found) throw new Error(`${name} has no tensor ${tensor}`);
    return found;
  };
  const data = (tensor: string) => named(tensor).data;
  const [rows, columns] = named("W").shape;
  return {
    rows,
    columns,
    weights: data("W") as Float32Array,
    inputs: data("X") as Float32Array,
    hessian: data("H") as Float64Array,
    result: (tensor) => data(tensor) as Float32Array,
  };
}
