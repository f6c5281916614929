/** Models and samples on disk. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeModel } from "../../src/io/model.js";
import { writeNpy } from "../../src/io/npy.js";
import { Random } from "../harness/random.js";
import { newFolder } from "./cli.js";

export const lenet = fileURLToPath(new URL("../fixtures/lenet-300-100-mnist.safetensors", import.meta.url));

/** A network with a masked layer, model.safetensors, and 30 samples: x.npy ≥ 0, signed.npy of both signs. */
export function files(...sizes: number[]) {
  const folder = newFolder();
  const random = new Random(5);
  const path = (name: string) => join(folder, name);
  const layers = sizes.slice(1).map((rows, l) => {
    const columns = sizes[l];
    const weights = random.uniform(rows * columns);
    const mask = l === 0 ? Uint8Array.from(weights, (_, i) => (i % 5 === 0 ? 0 : 1)) : undefined;
    return { name: `layer${l}`, rows, columns, weights, bias: random.uniform(rows), mask };
  });
  writeFileSync(path("model.safetensors"), writeModel({ layers }));
  const npy = (name: string, data: Float32Array) =>
    writeFileSync(path(name), writeNpy({ dtype: "F32", shape: [data.length / sizes[0], sizes[0]], data }));
  npy("x.npy", random.uniform(30 * sizes[0]).map(Math.abs));
  npy("signed.npy", random.uniform(30 * sizes[0]));
  return { folder, path };
}
