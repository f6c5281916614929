/** The text in src/generated/ is the binaries; so are other bytes, by what writes them at a build. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { patch } from "../../src/generated/relaxed.js";
import { packed } from "../../src/generated/simd.js";
import { patch as solversPatch } from "../../src/generated/solvers-relaxed.js";
import { packed as solversPacked } from "../../src/generated/solvers-simd.js";
import { applyPatch, unpack } from "../../src/runtime/unpack.js";
import { root } from "../harness/sources.js";

const writer = new URL("../../scripts/pack.mjs", import.meta.url).href;
const { pack, patchOf } = (await import(writer)) as {
  pack(bytes: Uint8Array): string;
  patchOf(from: Uint8Array, to: Uint8Array): Uint8Array<ArrayBuffer>;
};
const built = (variant: string) => new Uint8Array(readFileSync(join(root, `build/${variant}.wasm`)));
function same(found: Uint8Array, expected: Uint8Array): void {
  expect(Buffer.compare(found, expected)).toBe(0);
}

test("the inlined binaries are the built ones", () => {
  same(unpack(packed), built("simd"));
  same(applyPatch(unpack(packed), unpack(patch)), built("relaxed"));
  same(unpack(solversPacked), built("solvers-simd"));
  same(applyPatch(unpack(solversPacked), unpack(solversPatch)), built("solvers-relaxed"));
});

describe("text", () => {
  const all = Uint8Array.from({ length: 512 }, (_, i) => i);
  test.each([
    ["nothing", new Uint8Array(0)],
    ["one byte", Uint8Array.of(255)],
    ["every byte, twice", all],
    ["one byte often", new Uint8Array(1000).fill(7)],
  ])("carries %s", (_, bytes) => same(unpack(pack(bytes)), bytes));
  test("carries any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => same(unpack(pack(bytes)), bytes)),
      { seed: 1, numRuns: 300 },
    );
  });
  test("has nothing to escape in a string, a template or a page", () => {
    expect(pack(all)).toMatch(/^[ -~]*$/);
    expect(pack(all)).not.toMatch(/["'`\\$<]/);
  });
});

describe("patches", () => {
  const runs = fc
    .array(fc.tuple(fc.nat(40), fc.nat(60)), { maxLength: 8 })
    .map((pairs) =>
      pairs.flatMap(([start, length]) => Array.from({ length }, (_, i) => (start + i * i) % 251)),
    );
  const bytes = runs.map((values) => Uint8Array.from(values));
  test("make any bytes out of any others", () => {
    fc.assert(
      fc.property(bytes, bytes, (from, to) => same(applyPatch(from, patchOf(from, to)), to)),
      { seed: 2, numRuns: 300 },
    );
  });
  test("are short where little differs", () => {
    const from = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) >> 3);
    const to = from.slice();
    to[2500] ^= 1;
    same(applyPatch(from, patchOf(from, to)), to);
    expect(patchOf(from, to).length).toBeLessThan(20);
  });
});
