/** Where every format puts the weights 1 … 12 of a 3 × 4 matrix. */
import { expect, test, vi } from "vitest";
import { openSync } from "../../src/open.js";
import type { FormatName } from "../../src/sparse/contract.js";
import { formatNamed } from "../../src/sparse/index.js";

const core = openSync();

/** What the format allocates, in this order; after a copy of the mask where it stores more than is kept. */
const LAYOUTS: Record<FormatName, { bits: number[]; pieces: object[] }> = {
  csr: {
    bits: [1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1],
    pieces: [Uint32Array.of(0, 2, 2, 6), Uint16Array.of(0, 3, 0, 1, 2, 3), Float32Array.of(1, 4, 9, 10, 11, 12)],
  },
  "block-4x1": {
    bits: [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1],
    pieces: [Uint32Array.of(0, 2), Uint32Array.of(1, 3), Float32Array.of(2, 6, 10, 0, 4, 8, 12, 0)],
  },
  "block-1x4": {
    bits: [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1],
    pieces: [Uint32Array.of(0, 1, 1, 2), Uint32Array.of(0, 0), Float32Array.of(1, 2, 3, 4, 9, 10, 11, 12)],
  },
  "2:4": {
    bits: [1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0],
    pieces: [Uint8Array.of(0b01_00_00, 0b10_01_11), Float32Array.of(1, 0, 10, 0, 4, 0, 11, 0)],
  },
  "1:4": {
    bits: [0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0],
    pieces: [Uint8Array.of(0b01_00_11), Float32Array.of(4, 0, 10, 0)],
  },
  "4:8": {
    bits: [1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1],
    pieces: [
      Uint16Array.of(0x000, 0x113, 0x221, 0x332),
      Float32Array.of(1, 0, 9, 0, 4, 0, 10, 0, 0, 0, 11, 0, 0, 0, 12, 0),
    ],
  },
};

test.each(Object.entries(LAYOUTS))("%s", (name, { bits, pieces }) => {
  using _scope = core.scope();
  const weights = core.matrix(3, 4, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const mask = core.mask(3, 4, bits);
  const allocate = vi.spyOn(core, "allocate");
  const packed = formatNamed(name as FormatName).pack(weights, mask);
  const [calls, addresses] = [allocate.mock.calls, allocate.mock.results.map(({ value }) => value as number)];
  allocate.mockRestore();
  const sizes = calls.map(([lengthBytes]) => lengthBytes);
  const wanted = pieces.map((piece) => (piece as Float32Array).byteLength);
  const first = sizes.findIndex((_, at) => wanted.every((lengthBytes, i) => sizes[at + i] === lengthBytes));
  const found = pieces.map((piece, i) => {
    const Piece = piece.constructor as Float32ArrayConstructor;
    return new Piece(core.memory.buffer as ArrayBuffer, addresses[first + i], (piece as Float32Array).length);
  });
  expect(found).toEqual(pieces);
  const controlsBytes = name === "2:4" || name === "1:4" ? 4096 : 0;
  expect(packed.lengthBytes).toBe(wanted.reduce((sum, lengthBytes) => sum + lengthBytes, controlsBytes));
});
