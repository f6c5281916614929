/** Loads the libraries of bench/package.json, which are there only if `npm run bench` has installed them. */
import { existsSync, readFileSync } from "node:fs";
import { Skip } from "../measure.js";

/** The packages behind the implementations that are other people's work. */
export const peers: Record<string, string> = {
  "tfjs-wasm": "@tensorflow/tfjs-backend-wasm",
  "onnxruntime-web": "onnxruntime-web",
  "onnxruntime-node": "onnxruntime-node",
  "ml-matrix": "ml-matrix",
  highs: "highs",
};

/** The benches' own, and those of the tests: where an import from here finds a package. */
const folders = ["../node_modules/", "../../node_modules/"].map((path) => new URL(path, import.meta.url));

/** Where an installed peer is; throws a Skip when it is not. */
export function peerFolder(name: string): URL {
  const url = folders.map((folder) => new URL(`${name}/`, folder)).find((candidate) => existsSync(candidate));
  if (!url) throw new Skip(`"${name}" is not installed: run "node bench/install.mjs"`);
  return url;
}

/** The exports of a peer, whether it is an ES module or a CommonJS one. */
export async function peer<T>(name: string): Promise<T> {
  peerFolder(name);
  const module = (await import(name)) as { default?: object };
  return { ...module.default, ...module } as T;
}

/** The version of an installed package. */
export function versionOf(name: string): string | undefined {
  const urls = folders.map((folder) => new URL(`${name}/package.json`, folder));
  const url = urls.find((candidate) => existsSync(candidate));
  return url && JSON.parse(readFileSync(url, "utf8")).version;
}

/** Versions of the peers that are installed, by implementation. */
export function peerVersions(): Record<string, string> {
  const versions: Record<string, string> = {};
  for (const [implementation, name] of Object.entries(peers)) {
    const version = versionOf(name);
    if (version) versions[implementation] = version;
  }
  return versions;
}
