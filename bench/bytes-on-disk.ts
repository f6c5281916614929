/** What a pruned layer takes in a file, dense with zeros, in compressed rows, as bit mask and values. */
import { gzipSync } from "node:zlib";
import { bitmaskTensors } from "../src/io/bitmask.js";
import { type Tensor, writeSafetensors } from "../src/io/index.js";
import { openSync } from "../src/open.js";
import { packBitmask } from "../src/sparse/bitmask.js";
import { compress } from "./rivals/js-sparse.js";
import { type Sparse, sparseProblem } from "./rivals/sparse.js";

/** The layer of the table. */
export const DISK_SHAPE = { inputs: 784, outputs: 300 };
const SPARSITIES = [0, 0.5, 0.8, 0.9, 0.95, 0.98];

/** Header and one line a sparsity: bytes of safetensors files, each raw and gzipped. */
export function bytesOnDisk(): string[][] {
  const header = ["sparsity", "dense", "gzip", "rows", "gzip", "bit mask", "gzip"];
  const { inputs, outputs } = DISK_SHAPE;
  const lines = SPARSITIES.map((sparsity) => {
    const layer = sparseProblem(0, inputs, outputs, String(sparsity));
    const files = [dense(layer), compressedRows(layer), bitmask(layer)].map((file) => writeSafetensors(file));
    const sizes = files.flatMap((file) => [file.length, gzipSync(file).length]);
    return [`${100 * sparsity} %`, ...sizes.map((bytes) => bytes.toLocaleString("en"))];
  });
  return [header, ...lines];
}

const dense = ({ inputs, outputs, w }: Sparse): Map<string, Tensor> =>
  new Map([["fc1.weight", { dtype: "F32", shape: [outputs, inputs], data: w }]]);

function compressedRows(layer: Sparse): Map<string, Tensor> {
  const { starts, columns, values } = compress(layer);
  return new Map<string, Tensor>([
    ["fc1.weight.starts", { dtype: "U32", shape: [starts.length], data: starts }],
    ["fc1.weight.columns", { dtype: "U16", shape: [columns.length], data: columns }],
    ["fc1.weight.values", { dtype: "F32", shape: [values.length], data: values }],
  ]);
}

function bitmask({ inputs, outputs, w, kept }: Sparse): Map<string, Tensor> {
  using core = openSync();
  const weights = core.matrix(outputs, inputs, w);
  return bitmaskTensors("fc1.weight", packBitmask(weights, core.mask(outputs, inputs, kept)));
}
