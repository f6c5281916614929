/** What a graph may ask for: a few bytes of a file can stand for sizes that no memory holds, and endless work. */
import { ShapeError } from "../errors.js";
import type { Site } from "../ops/contract.js";
import { sizeOf, type TensorType } from "../ops/ir.js";
import type { Bound } from "./bind.js";

/** NumPy's limit of axes; more of them would make each step over a shape slow. */
const MOST_AXES = 64;
/** 1 GiB of f32, a quarter of what a core can hold. */
const MOST_ELEMENTS = 2 ** 28;

/** Constants of fewer elements are folded without a count: shapes, and what is computed from them. */
const SMALL = 4096;
/** What folding may make altogether: an Expand of a byte may stand for gigabytes. */
const MOST_FOLDED = 2 ** 24;
/** Operators that do more work than they have elements: when small only. */
const HEAVY = new Set(["Conv", "ConvTranspose", "MatMul", "Gemm", "LSTM", "GRU", "Resize", "TopK"]);
/** Whose work an attribute decides: never. */
const UNBOUNDED = new Set(["MaxPool", "AveragePool", "LRN"]);

/** @throws {ShapeError} when a shape is no shape, or larger than any that is run */
export function checkSizes(what: string, shape: readonly number[]): void {
  if (shape.length > MOST_AXES)
    throw new ShapeError(`${what} expected at most ${MOST_AXES} axes, found ${shape.length}`);
  if (!shape.every((size) => Number.isInteger(size) && size >= 0))
    throw new ShapeError(`${what} expected sizes of whole numbers ≥ 0, found [${shape.join(", ")}]`);
  // Sizes beside a 0 count too: a loop over one of them would be as long.
  if (sizeOf(shape.map((size) => Math.max(size, 1))) > MOST_ELEMENTS)
    throw new ShapeError(`${what} expected at most ${MOST_ELEMENTS} elements, found [${shape.join(", ")}]`);
}

/** Whether a node becomes a constant: nothing of it depends on a run's inputs, and it costs little. */
export function isFolded({ folded }: Bound, { node, operands }: Site, types: readonly TensorType[]): boolean {
  if (node.op === "Shape" || node.op === "Size") return true;
  if (!operands.every((operand) => !operand || operand.constant !== undefined) || UNBOUNDED.has(node.op))
    return false;
  const sizes = [...types, ...operands].map((type) => (type ? sizeOf(type.shape) : 0));
  const most = Math.max(0, ...sizes);
  if (most <= SMALL && !HEAVY.has(node.op)) return true;
  if (HEAVY.has(node.op) && most > SMALL) return false;
  const made = types.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (folded.elements + Math.max(made, most) > MOST_FOLDED) return false;
  folded.elements += Math.max(made, most);
  return true;
}
