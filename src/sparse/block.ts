/** Blocks of 4 weights, kept or pruned together: structured patterns that cost less a weight. */
import type { Core } from "../tensor/core.js";
import type { Mask } from "../tensor/mask.js";
import type { Matrix } from "../tensor/matrix.js";
import type { SparseFormat, SparseMatrix } from "./contract.js";
import { copyOf, Packed } from "./packed.js";

/** "4x1": four outputs share an input; "1x4": four inputs of one output. Blocks at the edges are smaller. */
type Shape = "4x1" | "1x4";

const BLOCK = 4;

class BlockMatrix extends Packed implements SparseMatrix {
  readonly format: `block-${Shape}`;
  readonly lengthBytes: number;
  readonly #shape: Shape;
  readonly #mask: Mask;
  readonly #starts: number;
  readonly #columns: number;
  readonly #values: number;

  constructor(format: SparseFormat, shape: Shape, weights: Matrix, mask: Mask) {
    super(format, weights, mask);
    const { core, rows } = this;
    this.format = `block-${shape}`;
    this.#shape = shape;
    this.#mask = copyOf(mask);
    const startsBytes = rowStartsBytes(shape, rows);
    this.#starts = core.allocate(startsBytes);
    const count = countBlocks(shape, mask, this.#starts);
    this.#columns = core.allocate(4 * count);
    this.#values = core.allocate(4 * BLOCK * count);
    this.lengthBytes = startsBytes + 4 * (1 + BLOCK) * count;
    this.refresh(weights);
  }

  multiply(batch: number, x: number, y: number, bias: number, flags: number): void {
    const structure = [this.#starts, this.#columns, this.#values] as const;
    const multiply = this.kernels[`f32_spmm_block_${this.#shape}`];
    multiply(this.rows, batch, this.columns, ...structure, x, y, bias, flags);
  }

  refresh(weights: Matrix): void {
    const { ptr, stride } = this.checkTwin(weights);
    const mask = this.#mask;
    const pack = this.kernels[`f32_block_${this.#shape}_pack`];
    const to = [this.#columns, this.#values] as const;
    pack(this.rows, this.columns, ptr, stride, mask.ptr, mask.strideWords, ...to);
  }

  unpackInto(weights: Matrix): void {
    const { kernels, rows, columns } = this;
    const { ptr, stride } = this.checkTwin(weights).fill(0);
    const structure = [this.#starts, this.#columns, this.#values] as const;
    if (this.#shape === "4x1") kernels.f32_block_4x1_scatter(rows, ...structure, ptr, stride);
    else kernels.f32_block_1x4_scatter(rows, columns, ...structure, ptr, stride);
  }
}

function rowStartsBytes(shape: Shape, rows: number): number {
  return 4 * ((shape === "4x1" ? Math.ceil(rows / BLOCK) : rows) + 1);
}

/** The number of blocks; writes where each block row begins. */
function countBlocks(shape: Shape, mask: Mask, starts: number): number {
  const count = mask.core.kernels[`block_${shape}_row_starts`];
  return count(mask.rows, mask.columns, mask.ptr, mask.strideWords, starts);
}

/** Weights in the blocks of a mask, those beyond the edges left out. */
function weightsInBlocks(shape: Shape, mask: Mask): number {
  const { core } = mask;
  return core.scoped(() => {
    const starts = core.allocate(rowStartsBytes(shape, mask.rows));
    const count = countBlocks(shape, mask, starts);
    return BLOCK * count - (shape === "4x1" ? missingRows(core, mask, starts, count) : missingColumns(mask));
  });
}

function missingRows(core: Core, { rows }: Mask, starts: number, count: number): number {
  const rest = rows % BLOCK;
  if (rest === 0) return 0;
  const [lastStart] = core.u32(starts + 4 * Math.floor(rows / BLOCK), 1);
  return (BLOCK - rest) * (count - lastStart);
}

function missingColumns(mask: Mask): number {
  const { rows, columns, strideWords } = mask;
  const rest = columns % BLOCK;
  if (rest === 0) return 0;
  const edge = -1 << ((columns - rest) & 31);
  const words = mask.words();
  let blocks = 0;
  for (let i = 1; i <= rows; i++) if (words[i * strideWords - 1] & edge) blocks++;
  return (BLOCK - rest) * blocks;
}

function format(shape: Shape): SparseFormat {
  const self: SparseFormat = {
    name: `block-${shape}`,
    fits: (mask) => weightsInBlocks(shape, mask) === mask.count,
    pack: (weights, mask) => new BlockMatrix(self, shape, weights, mask),
  };
  return self;
}

/** Blocks of 4 rows in a column. */
export const block4x1: SparseFormat = format("4x1");

/** Blocks of 4 columns in a row. */
export const block1x4: SparseFormat = format("1x4");
