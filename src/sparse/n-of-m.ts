/** N of M: in each aligned group of M columns of a row at most N weights are kept, and N are stored. */
import type { Mask } from "../tensor/mask.js";
import type { Matrix } from "../tensor/matrix.js";
import type { SparseFormat, SparseMatrix } from "./contract.js";
import { copyOf, Packed } from "./packed.js";

/** How many of how many, as in the kernels' names. */
type Pattern = "2of4" | "1of4" | "4of8";

interface Sizes {
  /** N, weights stored for a group. */
  readonly slots: number;
  /** M, columns of a group. */
  readonly group: number;
  /** Of the places of a slot's 4 rows. */
  readonly codeBytes: number;
}

const SIZES: Record<Pattern, Sizes> = {
  "2of4": { slots: 2, group: 4, codeBytes: 1 },
  "1of4": { slots: 1, group: 4, codeBytes: 1 },
  "4of8": { slots: 4, group: 8, codeBytes: 2 },
};

/** A row of weights stands in a panel of 4. */
const PANEL_ROWS = 4;
/** The byte shuffles of n_of_m_controls. */
const CONTROLS_BYTES = 4096;

class NOfMMatrix extends Packed implements SparseMatrix {
  readonly format: SparseFormat["name"];
  readonly lengthBytes: number;
  readonly #pattern: Pattern;
  readonly #mask: Mask;
  readonly #codes: number;
  readonly #values: number;
  /** 0 where the kernel takes none. */
  readonly #controls: number;

  constructor(format: SparseFormat, pattern: Pattern, weights: Matrix, mask: Mask) {
    super(format, weights, mask);
    const { core, rows, columns } = this;
    const { slots, group, codeBytes } = SIZES[pattern];
    this.format = format.name;
    this.#pattern = pattern;
    this.#mask = copyOf(mask);
    const count = Math.ceil(rows / PANEL_ROWS) * Math.ceil(columns / group) * slots;
    const controlsBytes = pattern === "4of8" ? 0 : CONTROLS_BYTES;
    this.#codes = core.allocate(codeBytes * count);
    this.#values = core.allocate(4 * PANEL_ROWS * count);
    this.#controls = core.allocate(controlsBytes);
    if (controlsBytes > 0) this.kernels.n_of_m_controls(this.#controls);
    this.lengthBytes = (codeBytes + 4 * PANEL_ROWS) * count + controlsBytes;
    this.refresh(weights);
  }

  multiply(batch: number, x: number, y: number, bias: number, flags: number): void {
    const { kernels, rows, columns } = this;
    const args = [rows, batch, columns, this.#codes, this.#values, x, y, bias, flags] as const;
    if (this.#pattern === "4of8") kernels.f32_spmm_4of8(...args);
    else kernels[`f32_spmm_${this.#pattern}`](...args, this.#controls);
  }

  refresh(weights: Matrix): void {
    const { ptr, stride } = this.checkTwin(weights);
    const mask = this.#mask;
    const pack = this.kernels[`f32_pack_${this.#pattern}`];
    pack(this.rows, this.columns, ptr, stride, mask.ptr, mask.strideWords, this.#codes, this.#values);
  }

  unpackInto(weights: Matrix): void {
    const scatter = this.kernels[`f32_scatter_${this.#pattern}`];
    const { ptr, stride } = this.checkTwin(weights).fill(0);
    scatter(this.rows, this.columns, this.#codes, this.#values, ptr, stride);
  }
}

/** Whether no group of a mask keeps more than its slots; a group lies within a word. */
function fits({ slots, group }: Sizes, mask: Mask): boolean {
  // Bits of a field counted in the field; a sum that reaches the field's highest bit is too many.
  const fourths = group === 4;
  const excess = fourths ? 0x11111111 * (7 - slots) : 0x01010101 * (127 - slots);
  const highest = fourths ? 0x88888888 : 0x80808080;
  return mask.words().every((word) => {
    const pairs = word - ((word >>> 1) & 0x55555555);
    const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
    const counts = fourths ? fours : (fours + (fours >>> 4)) & 0x0f0f0f0f;
    return ((counts + excess) & highest) === 0;
  });
}

function format(name: SparseFormat["name"], pattern: Pattern): SparseFormat {
  const self: SparseFormat = {
    name,
    fits: (mask) => fits(SIZES[pattern], mask),
    pack: (weights, mask) => new NOfMMatrix(self, pattern, weights, mask),
  };
  return self;
}

/** At most 2 in each 4. */
export const twoOfFour: SparseFormat = format("2:4", "2of4");

/** At most 1 in each 4. */
export const oneOfFour: SparseFormat = format("1:4", "1of4");

/** At most 4 in each 8. */
export const fourOfEight: SparseFormat = format("4:8", "4of8");
