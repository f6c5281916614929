/**
 * Chains that exporters write for one operator become that operator: hard-swish, swish, gelu, clamps, layer
 * normalisation, a scale with a shift. Rounding changes where a chain rounds between its steps.
 */
import { isSameShape, type Node, type Tensor, tensor } from "../../ops/ir.js";
import type { Editing } from "../editing.js";

/** Constants of chains are written with few digits. */
const isAbout = (x: number | undefined, wanted: number): boolean =>
  x !== undefined && Math.abs(x - wanted) <= 2e-5 * Math.abs(wanted);

/** The operand that varies, and the number, of a node that combines the two without changing the shape. */
function withNumber(
  editing: Editing,
  node: Node | undefined,
  ...ops: string[]
): [string, number] | undefined {
  if (!node || !ops.includes(node.op) || node.inputs.length !== 2) return undefined;
  const isEitherWay = node.op === "Add" || node.op === "Mul" || node.op === "Max" || node.op === "Min";
  for (const [x, by] of [node.inputs, ...(isEitherWay ? [[...node.inputs].reverse()] : [])]) {
    const number = editing.scalar(by);
    if (number === undefined || editing.constant(x)) continue;
    const [from, to] = [editing.type(x), editing.type(node.outputs[0])];
    if (from.dtype === "f32" && isSameShape(from.shape, to.shape)) return [x, number];
  }
  return undefined;
}

/** x of x / number or x · (1 / number). */
function dividedBy(editing: Editing, node: Node | undefined, number: number): string | undefined {
  const [x, by] = withNumber(editing, node, "Div", "Mul") ?? [];
  return isAbout(by, node?.op === "Div" ? number : 1 / number) ? x : undefined;
}

/** Both orders of a product's operands. */
const orders = (node: Node | undefined): (readonly string[])[] =>
  node?.op === "Mul" ? [node.inputs, [...node.inputs].reverse()] : [];

const become = (
  editing: Editing,
  node: Node,
  op: string,
  inputs: string[],
  attributes: Node["attributes"] = {},
) => {
  editing.replace(node, { ...node, op, inputs, attributes });
  return true;
};

/** x of clip(x + 3, 0, 6). */
function shiftedClip(editing: Editing, name: string): string | undefined {
  const clip = editing.maker(name);
  if (clip?.op !== "Clip" || editing.scalar(clip.inputs[1]) !== 0 || editing.scalar(clip.inputs[2]) !== 6)
    return undefined;
  const [x, by] = withNumber(editing, editing.maker(clip.inputs[0]), "Add") ?? [];
  return by === 3 ? x : undefined;
}

/** x of a hard sigmoid of slope 1/6. */
function hardSigmoid(editing: Editing, name: string): string | undefined {
  const node = editing.maker(name);
  if (node?.op === "HardSigmoid") {
    const { alpha = 0.2, beta = 0.5 } = node.attributes as { alpha?: number; beta?: number };
    return isAbout(alpha, 1 / 6) && isAbout(beta, 0.5) ? node.inputs[0] : undefined;
  }
  const clip = dividedBy(editing, node, 6);
  return clip === undefined ? undefined : shiftedClip(editing, clip);
}

/** x · clip(x + 3, 0, 6) / 6, divided before the product or behind it. */
export function makeHardSwish(editing: Editing, node: Node): boolean {
  for (const [x, other] of orders(node))
    if (hardSigmoid(editing, other) === x) return become(editing, node, "HardSwish", [x]);
  const product = dividedBy(editing, node, 6);
  if (product === undefined) return false;
  for (const [x, other] of orders(editing.maker(product)))
    if (shiftedClip(editing, other) === x) return become(editing, node, "HardSwish", [x]);
  return false;
}

/** x · sigmoid(alpha · x). */
export function makeSwish(editing: Editing, node: Node): boolean {
  for (const [x, other] of orders(node)) {
    const sigmoid = editing.maker(other);
    if (sigmoid?.op !== "Sigmoid") continue;
    const [inner] = sigmoid.inputs;
    const [scaled, alpha] = withNumber(editing, editing.maker(inner), "Mul") ?? [];
    if (inner === x) return become(editing, node, "Swish", [x]);
    if (scaled === x) return become(editing, node, "Swish", [x], { alpha: alpha as number });
  }
  return false;
}

/** What a chain of products multiplies. */
function factorsOf(editing: Editing, name: string, depth = 2): string[] {
  const maker = editing.maker(name);
  if (depth === 0 || maker?.op !== "Mul") return [name];
  return maker.inputs.flatMap((each) => factorsOf(editing, each, depth - 1));
}

/** x of 1 + erf(x / √2). */
function erfBehind(editing: Editing, name: string): string | undefined {
  const [erf, one] = withNumber(editing, editing.maker(name), "Add") ?? [];
  const node = erf === undefined ? undefined : editing.maker(erf);
  if (one !== 1 || node?.op !== "Erf") return undefined;
  return dividedBy(editing, editing.maker(node.inputs[0]), Math.SQRT2);
}

/** ½ · x · (1 + erf(x / √2)), in any order. */
export function makeGelu(editing: Editing, node: Node): boolean {
  if (node.op !== "Mul") return false;
  const factors = node.inputs.flatMap((name) => factorsOf(editing, name));
  const gate = factors.find((name) => erfBehind(editing, name) !== undefined);
  const x = gate === undefined ? undefined : erfBehind(editing, gate);
  if (factors.length !== 3 || x === undefined || !factors.includes(x)) return false;
  const [half] = factors.filter((name) => name !== gate && name !== x);
  return editing.scalar(half) === 0.5 && become(editing, node, "Gelu", [x]);
}

/** Max and Min with a number are clamps, and two clamps from two sides are one. */
export function makeClip(editing: Editing, node: Node): boolean {
  const [x, number] = withNumber(editing, node, "Max", "Min") ?? [];
  if (x !== undefined && number !== undefined) {
    const bound = editing.addConstant(`${node.name}:bound`, tensor("f32", [], [number]));
    return become(editing, node, "Clip", node.op === "Max" ? [x, bound] : [x, "", bound]);
  }
  const before = node.op === "Clip" ? editing.maker(node.inputs[0]) : undefined;
  if (before?.op !== "Clip" || node.inputs[1] || !node.inputs[2] || !before.inputs[1] || before.inputs[2])
    return false;
  const [low, high] = [editing.scalar(before.inputs[1]), editing.scalar(node.inputs[2])];
  // An empty range gives its upper bound either way, as Clip says.
  if (low === undefined || high === undefined) return false;
  return become(editing, node, "Clip", [before.inputs[0], before.inputs[1], node.inputs[2]]);
}

/** What is averaged over the last axis, which stays as 1. */
function averaged(editing: Editing, node: Node | undefined): string | undefined {
  if (node?.op !== "ReduceMean" || node.attributes.keepdims === 0) return undefined;
  const rank = editing.type(node.inputs[0]).shape.length;
  const axis = editing.scalar(node.inputs[1]);
  return axis === -1 || axis === rank - 1 ? node.inputs[0] : undefined;
}

/** (x − mean) / √(mean of squares + ε) · scale + bias over the last axis. */
export function makeLayerNormalization(editing: Editing, node: Node): boolean {
  if (node.op !== "Add") return false;
  for (const [scaled, bias] of [node.inputs, [...node.inputs].reverse()])
    for (const [quotient, scale] of orders(editing.maker(scaled))) {
      const division = editing.maker(quotient);
      const centred = division?.op === "Div" ? editing.maker(division.inputs[0]) : undefined;
      if (!division || centred?.op !== "Sub") continue;
      const [x, mean] = centred.inputs;
      const root = editing.maker(division.inputs[1]);
      const [variance, epsilon] =
        withNumber(editing, root?.op === "Sqrt" ? editing.maker(root.inputs[0]) : undefined, "Add") ?? [];
      const squares = variance && averaged(editing, editing.maker(variance));
      const square = squares ? editing.maker(squares) : undefined;
      const isSquare = square?.op === "Pow" && editing.scalar(square.inputs[1]) === 2;
      if (
        !isSquare ||
        square.inputs[0] !== centred.outputs[0] ||
        averaged(editing, editing.maker(mean)) !== x
      )
        continue;
      const size = editing.type(x).shape.slice(-1);
      const hasSize = (name: string) => isSameShape(editing.type(name).shape, size);
      if (hasSize(scale) && hasSize(bias))
        return become(editing, node, "LayerNormalization", [x, scale, bias], {
          axis: -1,
          epsilon: epsilon as number,
        });
    }
  return false;
}

/** A scale and a shift of all elements are one pass. */
export function makeAffine(editing: Editing, node: Node): boolean {
  const [scaled, shift] = withNumber(editing, node, "Add") ?? [];
  if (scaled === undefined || shift === undefined || !editing.onlyReader(scaled)) return false;
  const [x, scale] = withNumber(editing, editing.maker(scaled), "Mul") ?? [];
  return x !== undefined && become(editing, node, "Affine", [x], { scale: scale as number, shift });
}

/** A scale of all that a convolution reads goes into its weights, a shift into its bias where no border is read. */
export function absorbInputScale(editing: Editing, node: Node): boolean {
  const affine = node.op === "Conv" ? editing.maker(node.inputs[0]) : undefined;
  const [w, bias] = node.inputs.slice(1, 3).map((name) => editing.constant(name));
  if (!affine || !w || (node.inputs[2] && !bias) || !editing.onlyReader(node.inputs[0])) return false;
  const { scale, shift } = (
    affine.op === "Affine" ? affine.attributes : { scale: withNumber(editing, affine, "Mul")?.[1], shift: 0 }
  ) as { scale?: number; shift: number };
  if (scale === undefined || (shift !== 0 && readsBorder(node))) return false;
  const [x] =
    affine.op === "Affine" ? affine.inputs : (withNumber(editing, affine, "Mul") as [string, number]);
  const run = w.data.length / w.shape[0];
  const sums = Float64Array.from({ length: w.shape[0] }, (_, row) => sumOf(w, row * run, run));
  const shifted = sums.map((sum, row) => (bias?.data[row] ?? 0) + sum * shift);
  const inputs = [
    x,
    editing.addConstant(`${node.inputs[1]}:scaled`, {
      ...w,
      data: (w.data as Float32Array).map((value) => value * scale),
    }),
    editing.addConstant(`${node.name}:bias`, tensor("f32", [w.shape[0]], Float32Array.from(shifted))),
    ...node.inputs.slice(3),
  ];
  editing.replace(node, { ...node, inputs });
  return true;
}

function sumOf({ data }: Tensor, from: number, count: number): number {
  let sum = 0;
  for (let at = from; at < from + count; at++) sum += data[at];
  return sum;
}

function readsBorder({ attributes }: Node): boolean {
  const pads = (attributes.pads as readonly number[] | undefined) ?? [];
  return String(attributes.auto_pad ?? "NOTSET").startsWith("SAME") || pads.some((pad) => pad !== 0);
}
