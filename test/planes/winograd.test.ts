import { expect, test } from "vitest";
import { f32_planes_winograd_in, f32_planes_winograd_out } from "../../src/reference/planes/winograd.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { CLAMPS, gapped, lengthOf, nan } from "./structures.js";

function inward(random: Random, channels: number, tiles: number, gap: number): Argument[] {
  const run = tiles + 1, plane = 8 * run;
  const [xStride, vStride] = [gapped(plane, gap), gapped(tiles, gap)];
  const part = 4 * lengthOf(channels, tiles, vStride) + 4 * gap;
  const x = random.uniform(lengthOf(channels, plane, xStride));
  const v = nan(channels * tiles === 0 ? 0 : (15 * part) / 4 + lengthOf(channels, tiles, vStride));
  return [channels, tiles, x, 8 * run, 4 * run, xStride, v, part, vStride];
}

/** The magnitudes that are added: of absolute values, with every sign turned to plus. */
const isAdded = (args: Argument[]) => {
  const [, , , , , , v] = args as [unknown, unknown, unknown, unknown, unknown, unknown, Float32Array];
  return new Float32Array(v.length).fill(16);
};

kernelTest("f32_planes_winograd_in", f32_planes_winograd_in, {
  *cases(random) {
    for (const channels of [0, 1, 3])
      for (const tiles of [0, 4, 8, 20]) for (const gap of [0, 3]) yield inward(random, channels, tiles, gap);
  },
  output: 6,
  terms: () => 4,
  magnitude: isAdded,
  traps: {
    "tiles not in fours": [1, 3, nan(64), 40, 20, 0, nan(64), 16, 0],
    "v not aligned": [1, 4, nan(64), 40, 20, 0, 2, 16, 0],
  },
});

function outward(random: Random, rows: number, width: number, lines: number, mode: number): Argument[] {
  const tiles = Math.ceil(width / 8) * 4 + (mode & 2 ? 4 : 0);
  const [mStride, yStride] = [gapped(tiles, mode), gapped(lines * width, mode)];
  const rStride = gapped(lines * width, 3 - mode);
  const part = 4 * lengthOf(rows, tiles, mStride) + 4 * mode;
  const m = random.uniform(16 * (part / 4));
  const residual = mode & 2 ? random.uniform(lengthOf(rows, lines * width, rStride)) : 0;
  const y = nan(lengthOf(rows, lines * width, yStride));
  const bias = mode & 1 ? random.uniform(rows) : 0;
  return [
    rows, tiles, m, part, mStride, y, lines, width, yStride, bias, residual, rStride, ...CLAMPS[mode % 3], nan(8),
  ];
}

kernelTest("f32_planes_winograd_out", f32_planes_winograd_out, {
  *cases(random) {
    for (const width of [1, 2, 3, 7, 8, 9, 16, 17])
      for (const lines of [1, 2]) for (const mode of [0, 1, 2, 3]) yield outward(random, 3, width, lines, mode);
    for (const rows of [0, 1]) yield outward(random, rows, 9, 2, 3);
  },
  output: 5,
  scratch: [14],
  terms: () => 11,
  magnitude: (args) => new Float32Array((args[5] as Float32Array).length).fill(18),
  traps: {
    "tiles not in fours": [1, 3, nan(64), 16, 0, nan(8), 1, 6, 0, 0, 0, 0, 0, 6, nan(8)],
    "three rows": [1, 4, nan(64), 16, 0, nan(24), 3, 8, 0, 0, 0, 0, 0, 6, nan(8)],
  },
});

test("the twins make a convolution: one tile, one channel, by the definition", () => {
  const d = Float32Array.from({ length: 16 }, (_, at) => Math.sin(at));
  const g = Float32Array.from({ length: 9 }, (_, at) => Math.cos(at));
  const x = new Float32Array(4 * 10);
  for (let at = 0; at < 16; at++) x[(at >> 2) * 10 + (at & 1) * 5 + ((at & 3) >> 1)] = d[at];
  const [v, y] = [new Float32Array(64), new Float32Array(4)];
  f32_planes_winograd_in(1, 4, x, 40, 20, 0, v, 16, 0);
  const widen = (a: number, b: number, c: number) => [a, (a + b + c) / 2, (a - b + c) / 2, c];
  const columns = [0, 1, 2].map((column) => widen(g[column], g[3 + column], g[6 + column]));
  for (let part = 0; part < 16; part++) {
    const row = columns.map((column) => column[part >> 2]);
    v[4 * part] *= widen(row[0], row[1], row[2])[part & 3];
  }
  f32_planes_winograd_out(1, 4, v, 16, 0, y, 2, 2, 0, 0, 0, 0, -Infinity, Infinity);
  for (let at = 0; at < 4; at++) {
    let want = 0;
    for (let k = 0; k < 9; k++) want += g[k] * d[4 * ((at >> 1) + Math.floor(k / 3)) + (at & 1) + (k % 3)];
    expect(y[at]).toBeCloseTo(want, 5);
  }
});
