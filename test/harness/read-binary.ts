/** The bytes of build/<name>.wasm, in Node and in the browser alike. */
export async function readBinary(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(`../../build/${name}.wasm`, import.meta.url);
  if (url.protocol === "file:") {
    const { readFile } = await import("node:fs/promises");
    return new Uint8Array(await readFile(url));
  }
  return new Uint8Array(await (await fetch(`/build/${name}.wasm`)).arrayBuffer());
}
