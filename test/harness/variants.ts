/** The binaries under test. A host that refuses one says so by name; it is never left out silently. */

import { type Host, host } from "./host.js";
import { readBinary } from "./read-binary.js";

export interface Variant {
  readonly name: "checked" | "simd" | "relaxed";
  /** What every core has. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly accepted: boolean;
  /** The kernels of all modules. */
  open(): Host;
}

async function load(name: Variant["name"]): Promise<Variant> {
  const binaries = await Promise.all(
    ["", "solvers-", "models-"].map((prefix) => readBinary(`${prefix}${name}`)),
  );
  const [bytes] = binaries;
  return { name, bytes, accepted: WebAssembly.validate(bytes), open: () => host(name, ...binaries) };
}

export const variants = await Promise.all([load("checked"), load("simd"), load("relaxed")]);
