/** What every format promises, over the table of formats. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArgumentRangeError, DisposedError, ShapeError } from "../../src/errors.js";
import { ACCUMULATE, panelsBytes, RELU } from "../../src/linalg/panels.js";
import { openSync } from "../../src/open.js";
import type { SparseMatrix } from "../../src/sparse/contract.js";
import { type CsrMatrix, csr } from "../../src/sparse/csr.js";
import { FORMATS, formatNamed } from "../../src/sparse/index.js";
import type { Core } from "../../src/tensor/core.js";
import { Random } from "../harness/random.js";
import { gamma } from "../harness/tolerance.js";
import { variants } from "../harness/variants.js";
import { patternBits } from "./patterns.js";

const BATCHES = [0, 1, 2, 4, 5, 31, 32, 33, 60, 65];
/** Rows, columns, density. */
const SHAPES = [
  [1, 1, 1], [1, 1, 0], [3, 5, 0], [4, 4, 1], [5, 3, 0.5], [7, 9, 1], [9, 31, 0.3], [10, 33, 0.5], [6, 70, 0.2],
  [12, 200, 0.9],
] as const;
const MODES = [
  { flags: 0, hasBias: false }, { flags: 0, hasBias: true }, { flags: RELU, hasBias: true },
  { flags: ACCUMULATE, hasBias: false }, { flags: ACCUMULATE | RELU, hasBias: false },
];

/** rows × features in panels at a new address. */
function toPanels(core: Core, features: number, batch: number, rows: Float32Array): number {
  const from = core.allocate(rows.byteLength);
  const to = core.allocate(panelsBytes(features, batch));
  core.f32(from, rows.length).set(rows);
  core.kernels.f32_panels_from_rows(features, batch, from, features, to);
  return to;
}

function fromPanels(core: Core, features: number, batch: number, panels: number): Float32Array {
  const to = core.allocate(4 * features * batch);
  core.kernels.f32_rows_from_panels(features, batch, panels, to, features);
  return core.f32(to, features * batch).slice();
}

/** Refuses any `got[i]` farther from the sum of its terms than their roundings allow. */
function expectSums(got: Float32Array, terms: (index: number) => number[], relu = false): void {
  for (const [index, value] of got.entries()) {
    const list = terms(index);
    const sum = list.reduce((total, term) => total + term, 0);
    const magnitude = list.reduce((total, term) => total + Math.abs(term), 0);
    const error = Math.abs(value - (relu && sum < 0 ? 0 : sum));
    if (!(error <= gamma(list.length + 4) * magnitude)) throw new Error(`[${index}] is ${value}, not ${sum}`);
  }
}

interface Problem {
  rows: number;
  columns: number;
  weights: Float32Array;
  bits: Uint8Array;
}

/** Random weights, NaN where pruned: nothing may read them. */
function problem(random: Random, bits: Uint8Array, rows: number, columns: number): Problem {
  return { rows, columns, bits, weights: random.uniform(rows * columns).map((w, i) => (bits[i] ? w : NaN)) };
}

function checkMultiply(core: Core, matrix: SparseMatrix, wanted: Problem, batch: number, random: Random): void {
  const { rows, columns, weights, bits } = wanted;
  const x = random.uniform(batch * columns);
  const before = random.uniform(batch * rows);
  const bias = random.uniform(rows);
  const biasPtr = core.matrix(1, rows, bias).ptr;
  const columnsOf = Array.from({ length: rows }, (): number[] => []);
  for (const [at, bit] of bits.entries()) if (bit) columnsOf[Math.floor(at / columns)].push(at % columns);
  for (const { flags, hasBias } of MODES) {
    using _scope = core.scope();
    const y = toPanels(core, rows, batch, flags & ACCUMULATE ? before : before.map(() => NaN));
    matrix.multiply(batch, toPanels(core, columns, batch, x), y, hasBias ? biasPtr : 0, flags);
    const terms = (at: number) => {
      const [s, i] = [Math.floor(at / rows), at % rows];
      const list = flags & ACCUMULATE ? [before[at]] : hasBias ? [bias[i]] : [];
      for (const j of columnsOf[i]) list.push(weights[i * columns + j] * x[s * columns + j]);
      return list;
    };
    expectSums(fromPanels(core, rows, batch, y), terms, (flags & RELU) !== 0);
  }
}

function expectUnpacked(matrix: SparseMatrix, { weights, bits }: Problem): void {
  const unpacked = matrix.core.matrix(matrix.rows, matrix.columns).fill(NaN);
  matrix.unpackInto(unpacked);
  const wrong = unpacked.view().findIndex((w, i) => !Object.is(w, bits[i] ? weights[i] : 0));
  expect(wrong, "index of a weight that came back as another").toBe(-1);
}

describe.each(["simd", "relaxed"] as const)("%s", (variant) => {
  const isAccepted = variants.some(({ name, accepted }) => name === variant && accepted);
  const run = test.skipIf(!isAccepted);
  const core = isAccepted ? openSync({ variant }) : (undefined as never);

  describe.each(FORMATS.map((format) => [format.name, format] as const))("%s", (name, format) => {
    run("multiplies and unpacks at every edge size and batch", () => {
      const random = new Random(1);
      for (const [rows, columns, density] of SHAPES) {
        using _scope = core.scope();
        const wanted = problem(random, patternBits(random, name, rows, columns, density), rows, columns);
        const weights = core.matrix(rows, columns, wanted.weights);
        const matrix = format.pack(weights, core.mask(rows, columns, wanted.bits));
        expect(matrix).toMatchObject({ format: name, rows, columns });
        expectUnpacked(matrix, wanted);
        for (const batch of BATCHES) checkMultiply(core, matrix, wanted, batch, random);
      }
    });

    run("multiplies and unpacks random shapes", () => {
      const size = fc.nat(40);
      const any = fc.tuple(size, size, fc.nat(40), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(1e9));
      fc.assert(
        fc.property(any, ([rows, columns, batch, density, seed]) => {
          using _scope = core.scope();
          const random = new Random(seed);
          const wanted = problem(random, patternBits(random, name, rows, columns, density), rows, columns);
          const weights = core.matrix(rows, columns, wanted.weights);
          const matrix = format.pack(weights, core.mask(rows, columns, wanted.bits));
          expectUnpacked(matrix, wanted);
          checkMultiply(core, matrix, wanted, batch, random);
        }),
        { numRuns: 60, seed: 1 },
      );
    });

    run("takes more than 65,535 columns", () => {
      using _scope = core.scope();
      const random = new Random(2);
      const [rows, columns] = [5, 65_541];
      const wanted = problem(random, patternBits(random, name, rows, columns, 0.001), rows, columns);
      const weights = core.matrix(rows, columns, wanted.weights);
      const matrix = format.pack(weights, core.mask(rows, columns, wanted.bits));
      expectUnpacked(matrix, wanted);
      checkMultiply(core, matrix, wanted, 5, random);
    });

    run("refreshes the values, whatever has become of the mask", () => {
      using _scope = core.scope();
      const random = new Random(3);
      const bits = patternBits(random, name, 9, 37, 0.4);
      const first = problem(random, bits, 9, 37);
      const second = problem(random, bits, 9, 37);
      const mask = core.mask(9, 37, bits);
      const weights = core.matrix(9, 37, first.weights);
      const matrix = format.pack(weights, mask);
      mask.fill(1);
      matrix.refresh(weights.copyFrom(second.weights));
      checkMultiply(core, matrix, second, 33, random);
      expectUnpacked(matrix, second);
    });

    run("keeps the distance between rows", () => {
      using _scope = core.scope();
      const random = new Random(4);
      const wanted = problem(random, patternBits(random, name, 5, 6, 0.5), 5, 6);
      const all = core.matrix(5, 9).fill(7);
      const Part = all.constructor as typeof import("../../src/tensor/matrix.js").Matrix;
      const weights = new Part(core, all.ptr, 5, 6, 9).copyFrom(wanted.weights);
      const matrix = format.pack(weights, core.mask(5, 6, wanted.bits));
      matrix.unpackInto(weights);
      expect(weights.toArray()).toEqual(wanted.weights.map((w, i) => (wanted.bits[i] ? w : 0)));
      for (let i = 0; i < 5; i++) expect([...all.row(i).slice(6)]).toEqual([7, 7, 7]);
    });

    run("refuses what does not fit", () => {
      using _scope = core.scope();
      const weights = core.matrix(8, 8);
      const mask = core.mask(8, 8, patternBits(new Random(5), name, 8, 8, 1));
      expect(() => format.pack(weights, core.mask(8, 9))).toThrow(ShapeError);
      expect(() => format.pack(openSync({ variant }).matrix(8, 8), mask)).toThrow(ArgumentRangeError);
      const matrix = format.pack(weights, mask);
      expect(() => matrix.refresh(core.matrix(7, 8))).toThrow(ShapeError);
      expect(() => matrix.unpackInto(core.matrix(8, 9))).toThrow(ShapeError);
      if (name === "csr") return;
      const wrong = mask.copyFrom(mask.toArray().fill(1, 0, 8).fill(0, 8, 9));
      expect(format.fits(wrong)).toBe(false);
      expect(() => format.pack(weights, wrong)).toThrow(`"mask" expected the pattern "${name}", got another`);
    });

    run("ends with its scope", () => {
      const scope = core.scope();
      const matrix = format.pack(core.matrix(4, 4), core.mask(4, 4));
      scope.dispose();
      expect(() => matrix.multiply(1, 0, 0, 0, 0)).toThrow(DisposedError);
      expect(() => matrix.refresh(core.matrix(4, 4))).toThrow(DisposedError);
    });
  });

  run("CSR: transposed product and gradient", () => {
    const random = new Random(6);
    for (const [rows, columns, density] of [...SHAPES, [40, 400, 0.6], [3, 65_541, 0.001]] as const)
      for (const batch of columns > 1000 ? [5] : BATCHES) {
        using _scope = core.scope();
        const wanted = problem(random, patternBits(random, "csr", rows, columns, density), rows, columns);
        const { weights, bits } = wanted;
        const matrix = csr.pack(core.matrix(rows, columns, weights), core.mask(rows, columns, bits));
        checkTransposed(matrix, wanted, batch, random);
        checkGradient(matrix, wanted, batch, random);
      }
  });
});

describe("CSR takes over another mask in its memory", () => {
  const core = openSync();
  const random = new Random(8);
  const [rows, columns] = [12, 400];
  const drawn = (density: number) =>
    problem(random, patternBits(random, "csr", rows, columns, density), rows, columns);
  const matrixOf = ({ weights }: Problem) => core.matrix(rows, columns, weights);
  const maskOf = ({ bits }: Problem) => core.mask(rows, columns, bits);

  test("with fewer entries, in one block of columns or several, its transpose too", () => {
    using _scope = core.scope();
    const first = drawn(0.9);
    const matrix = csr.pack(matrixOf(first), maskOf(first));
    matrix.prepareTransposed();
    for (const density of [0.5, 0.02, 0.8]) {
      const wanted = drawn(density);
      expect(matrix.repack(matrixOf(wanted), maskOf(wanted))).toBe(true);
      expectUnpacked(matrix, wanted);
      checkMultiply(core, matrix, wanted, 33, random);
      checkTransposed(matrix, wanted, 33, random);
      checkGradient(matrix, wanted, 33, random);
    }
  });

  test("not with more entries than there is room for: nothing changes", () => {
    using _scope = core.scope();
    const first = drawn(0.2);
    const matrix = csr.pack(matrixOf(first), maskOf(first));
    const more = drawn(0.5);
    expect(matrix.repack(matrixOf(more), maskOf(more))).toBe(false);
    expectUnpacked(matrix, first);
  });
});

function checkTransposed(matrix: CsrMatrix, wanted: Problem, batch: number, random: Random): void {
  const { core, rows, columns } = matrix;
  const { weights, bits } = wanted;
  const dy = random.uniform(batch * rows);
  const dx = core.allocate(panelsBytes(columns, batch));
  core.scoped(() => matrix.multiplyTransposed(batch, toPanels(core, rows, batch, dy), dx));
  // The structure of the first call has gone with its scope: this one makes another.
  matrix.multiplyTransposed(batch, toPanels(core, rows, batch, dy), dx);
  expectSums(fromPanels(core, columns, batch, dx), (at) => {
    const [s, j] = [Math.floor(at / columns), at % columns];
    const terms = [];
    for (let i = 0; i < rows; i++)
      if (bits[i * columns + j]) terms.push(weights[i * columns + j] * dy[s * rows + i]);
    return terms;
  });
}

function checkGradient(matrix: CsrMatrix, { bits }: Problem, batch: number, random: Random): void {
  const { core, rows, columns, count } = matrix;
  const dy = random.uniform(batch * rows);
  const x = random.uniform(batch * columns);
  // The gradient stands where the values do, so that the format itself says which weight is whose.
  matrix.gradient(batch, toPanels(core, rows, batch, dy), toPanels(core, columns, batch, x), matrix.values);
  const gradient = core.matrix(rows, columns);
  matrix.unpackInto(gradient);
  expect(count).toBe(bits.reduce((sum, bit) => sum + bit, 0));
  expectSums(gradient.toArray(), (at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    if (!bits[at]) return [];
    return Array.from({ length: batch }, (_, s) => dy[s * rows + i] * x[s * columns + j]);
  });
}

describe("fits", () => {
  const core = openSync();
  const fitting = (rows: number, columns: number, bits: number[]) =>
    FORMATS.filter((format) => format.fits(core.mask(rows, columns, bits))).map(({ name }) => name);

  test("counts in groups, blocks at the edges included", () => {
    expect(fitting(1, 4, [1, 1, 1, 1])).toEqual(["block-4x1", "block-1x4", "4:8", "csr"]);
    expect(fitting(1, 5, [0, 0, 0, 0, 1])).toEqual(["block-4x1", "block-1x4", "1:4", "2:4", "4:8", "csr"]);
    expect(fitting(5, 1, [0, 0, 0, 0, 1])).toEqual(["block-4x1", "block-1x4", "1:4", "2:4", "4:8", "csr"]);
    expect(fitting(2, 8, [1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1])).toEqual(["2:4", "4:8", "csr"]);
    expect(fitting(1, 8, [1, 1, 1, 0, 0, 0, 1, 1])).toEqual(["block-4x1", "csr"]);
    expect(fitting(2, 8, [1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])).toEqual(["4:8", "csr"]);
    expect(fitting(0, 8, [])).toEqual(FORMATS.map(({ name }) => name));
  });

  test("N of M agrees with counting, on random words", () => {
    const random = new Random(7);
    for (let trial = 0; trial < 300; trial++) {
      const mask = core.mask(1, 64, random.bits(2).map((word) => word & random.u32() & random.u32()));
      const bits = mask.toArray();
      const most = (group: number) =>
        Math.max(...Array.from({ length: 64 / group }, (_, g) =>
          bits.slice(g * group, (g + 1) * group).reduce((sum, bit) => sum + bit, 0)));
      expect(formatNamed("1:4").fits(mask)).toBe(most(4) <= 1);
      expect(formatNamed("2:4").fits(mask)).toBe(most(4) <= 2);
      expect(formatNamed("4:8").fits(mask)).toBe(most(8) <= 4);
    }
  });

  test("a format has a name", () => {
    for (const format of FORMATS) expect(formatNamed(format.name)).toBe(format);
    expect(() => formatNamed("coo" as never)).toThrow('"format" expected "block-4x1" or');
  });
});
