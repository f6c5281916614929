/** What the packed matrices of all formats share. */
import { checkShape } from "../check.js";
import { ArgumentRangeError } from "../errors.js";
import type { Kernels } from "../generated/kernels.js";
import type { Lifetime } from "../runtime/workspace.js";
import type { Core } from "../tensor/core.js";
import type { Mask } from "../tensor/mask.js";
import type { Matrix } from "../tensor/matrix.js";
import type { FormatName, SparseFormat } from "./contract.js";

/** Shape, core and scope of a packed matrix. */
export abstract class Packed {
  abstract readonly format: FormatName;
  readonly core: Core;
  readonly rows: number;
  readonly columns: number;
  readonly #lifetime: Lifetime;

  /**
   * @param format  that the mask must fit
   * @param weights  rows × columns
   * @param mask  1 = kept
   * @throws {ShapeError | ArgumentRangeError} when they do not fit
   */
  constructor(format: SparseFormat, weights: Matrix, mask: Mask) {
    checkShape("weights", weights, mask.rows, mask.columns);
    if (weights.core !== mask.core) {
      throw new ArgumentRangeError('"mask" expected a mask in the core of "weights", got one in another');
    }
    if (!format.fits(mask)) {
      throw new ArgumentRangeError(`"mask" expected the pattern "${format.name}", got another`);
    }
    this.core = mask.core;
    this.rows = mask.rows;
    this.columns = mask.columns;
    this.#lifetime = mask.core.lifetime;
  }

  /** Whether its scope or core has ended. */
  get isOver(): boolean {
    return this.#lifetime.ended;
  }

  /** The kernels, while the matrix is there. @throws {DisposedError} when its scope or core has ended */
  protected get kernels(): Kernels {
    this.#lifetime.check("sparse matrix");
    return this.core.kernels;
  }

  /** @returns `weights`, a matrix that values can be exchanged with. @throws {ShapeError | ArgumentRangeError} */
  protected checkTwin(weights: Matrix): Matrix {
    if (weights.core !== this.core) {
      throw new ArgumentRangeError('"weights" expected a matrix in the core of the sparse one, got another');
    }
    return checkShape("weights", weights, this.rows, this.columns);
  }
}

/**
 * A format that stores more places than are kept cannot tell them apart afterwards: it keeps the mask, one bit a
 * weight, for `refresh`.
 *
 * @param mask  copied into the innermost open scope
 * @returns the copy
 */
export function copyOf(mask: Mask): Mask {
  return mask.core.mask(mask.rows, mask.columns, mask);
}
