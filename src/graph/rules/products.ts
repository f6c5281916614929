/**
 * What stands behind a convolution moves into it: scales and shifts of channels into weights and bias, a residual and a
 * clamp into the store. Scales change rounding: w·s·x for (w·x)·s.
 */
import { type Node, sizeOf, type Tensor, tensor } from "../../ops/ir.js";
import type { Editing } from "../editing.js";

/** The numbers of a constant that has one a channel, or one for all; undefined for another shape. */
function byChannel(editing: Editing, name: string, rank: number, channels: number): Float64Array | undefined {
  const constant = editing.constant(name);
  if (constant?.dtype !== "f32" || constant.shape.length > rank) return undefined;
  const full = [...new Array<number>(rank - constant.shape.length).fill(1), ...constant.shape];
  if (full.some((size, axis) => size !== 1 && (axis !== 1 || size !== channels))) return undefined;
  const { data } = constant;
  return Float64Array.from({ length: channels }, (_, channel) => data[data.length === 1 ? 0 : channel]);
}

/** A convolution with constant weights that one node alone reads, and that has no clamp yet, which comes last. */
function convBehind(editing: Editing, name: string): Node | undefined {
  const conv = editing.maker(name);
  if (
    conv?.op !== "Conv" ||
    !editing.constant(conv.inputs[1]) ||
    (conv.inputs[2] && !editing.constant(conv.inputs[2]))
  )
    return undefined;
  const isClamped = conv.attributes.low !== undefined || conv.attributes.high !== undefined;
  return !isClamped && editing.onlyReader(name) ? conv : undefined;
}

/** Replaces a convolution and the node behind it by a convolution that makes the node's output. */
function absorb(editing: Editing, conv: Node, node: Node, changed: Partial<Node>): true {
  editing.replace(node, { ...conv, ...changed, outputs: node.outputs });
  editing.remove(conv);
  return true;
}

/** Weights and bias of y := scale · (conv x) + shift. */
function affine(
  editing: Editing,
  conv: Node,
  scale: Float64Array | undefined,
  shift: Float64Array | undefined,
): string[] {
  const w = editing.constant(conv.inputs[1]) as Tensor;
  const bias = editing.constant(conv.inputs[2])?.data;
  const rows = w.shape[0];
  const run = sizeOf(w.shape.slice(1));
  const weights = scale && w.data.slice();
  // Loops: Float32Array.from calls an iterator for each of millions.
  if (weights)
    for (let at = 0, row = 0; row < rows; row++)
      for (const end = at + run; at < end; at++) weights[at] *= scale[row];
  const shifted = Float32Array.from(
    { length: rows },
    (_, row) => (bias?.[row] ?? 0) * (scale?.[row] ?? 1) + (shift?.[row] ?? 0),
  );
  return [
    conv.inputs[0],
    weights ? editing.addConstant(`${conv.inputs[1]}:scaled`, { ...w, data: weights }) : conv.inputs[1],
    editing.addConstant(`${conv.name}:bias`, tensor("f32", [rows], shifted)),
    ...conv.inputs.slice(3),
  ];
}

/** Add, Sub, Mul and Div by constants, and batch norm. */
export function absorbAffine(editing: Editing, node: Node): boolean {
  if (node.op === "BatchNormalization") return absorbBatchNorm(editing, node);
  if (!["Add", "Sub", "Mul", "Div", "Sum"].includes(node.op) || node.inputs.length !== 2) return false;
  const isSwapped = convBehind(editing, node.inputs[0]) === undefined;
  const [data, other] = isSwapped ? [node.inputs[1], node.inputs[0]] : node.inputs;
  const conv = convBehind(editing, data);
  if (!conv || (isSwapped && (node.op === "Sub" || node.op === "Div"))) return false;
  const { shape } = editing.type(data);
  const numbers = byChannel(editing, other, shape.length, shape[1]);
  if (!numbers || !sameShape(editing, data, node.outputs[0])) return false;
  const isScale = node.op === "Mul" || node.op === "Div";
  // A residual would have to be scaled too.
  if (isScale && conv.inputs[3]) return false;
  if (node.op === "Sub")
    numbers.forEach((value, at) => {
      numbers[at] = -value;
    });
  if (node.op === "Div")
    numbers.forEach((value, at) => {
      numbers[at] = 1 / value;
    });
  return absorb(editing, conv, node, {
    inputs: affine(editing, conv, isScale ? numbers : undefined, isScale ? undefined : numbers),
  });
}

const sameShape = (editing: Editing, a: string, b: string): boolean =>
  String(editing.type(a).shape) === String(editing.type(b).shape);

function absorbBatchNorm(editing: Editing, node: Node): boolean {
  const conv = convBehind(editing, node.inputs[0]);
  const [scale, bias, mean, variance] = node.inputs.slice(1, 5).map((name) => editing.constant(name)?.data);
  if (!conv || conv.inputs[3] || !scale || !bias || !mean || !variance || node.outputs.length > 1)
    return false;
  const epsilon = (node.attributes.epsilon as number | undefined) ?? 1e-5;
  const factors = Float64Array.from(scale, (value, c) => value / Math.sqrt(variance[c] + epsilon));
  const shifts = Float64Array.from(bias, (value, c) => value - mean[c] * factors[c]);
  return absorb(editing, conv, node, { inputs: affine(editing, conv, factors, shifts) });
}

/** Batch norm that stands alone is a scale and a shift. */
export function splitBatchNorm(editing: Editing, node: Node): boolean {
  if (node.op !== "BatchNormalization" || node.outputs.length > 1) return false;
  const [scale, bias, mean, variance] = node.inputs.slice(1, 5).map((name) => editing.constant(name)?.data);
  if (!scale || !bias || !mean || !variance) return false;
  const rank = editing.type(node.inputs[0]).shape.length;
  const epsilon = (node.attributes.epsilon as number | undefined) ?? 1e-5;
  const factors = Float32Array.from(scale, (value, c) => value / Math.sqrt(variance[c] + epsilon));
  const shifts = Float32Array.from(bias, (value, c) => value - mean[c] * factors[c]);
  const shape = Array.from({ length: rank }, (_, axis) => (axis === 1 ? scale.length : 1));
  const [factor, shift] = [factors, shifts].map((data, index) =>
    editing.addConstant(
      `${node.name}:${index ? "shift" : "scale"}`,
      tensor("f32", rank < 2 ? [1] : shape, data),
    ),
  );
  const scaled = `${node.name}:scaled`;
  editing.replace(
    node,
    { name: scaled, op: "Mul", inputs: [node.inputs[0], factor], outputs: [scaled], attributes: {} },
    { ...node, op: "Add", inputs: [scaled, shift], attributes: {} },
  );
  return true;
}

/** What is added to a convolution's output position by position, by the convolution that is made later. */
export function absorbResidual(editing: Editing, node: Node): boolean {
  if ((node.op !== "Add" && node.op !== "Sum") || node.inputs.length !== 2) return false;
  for (const [data, other] of [node.inputs, [...node.inputs].reverse()]) {
    const conv = convBehind(editing, data);
    if (!conv || conv.inputs[3] || data === other || isDepthwise(editing, conv)) continue;
    if (!sameShape(editing, data, other) || editing.constant(other) || !editing.isBefore(other, conv))
      continue;
    const inputs = [conv.inputs[0], conv.inputs[1], conv.inputs[2] ?? "", other];
    return absorb(editing, conv, node, { inputs });
  }
  return false;
}

const isDepthwise = (editing: Editing, conv: Node): boolean =>
  editing.type(conv.inputs[1]).shape[1] === 1 &&
  editing.type(conv.inputs[1]).shape[0] === conv.attributes.group;

/** The range that an activation clamps to. */
function rangeOf(editing: Editing, node: Node): { low?: number; high?: number } | undefined {
  if (node.op === "Relu") return { low: 0 };
  if (node.op !== "Clip" || editing.type(node.inputs[0]).dtype !== "f32") return undefined;
  const bounds = [1, 2].map((input) => (node.inputs[input] ? editing.scalar(node.inputs[input]) : undefined));
  if ([1, 2].some((input) => node.inputs[input] && bounds[input - 1] === undefined)) return undefined;
  return { low: bounds[0], high: bounds[1] };
}

/** Relu and Clip, as the clamp of a store. */
export function absorbClamp(editing: Editing, node: Node): boolean {
  const range = rangeOf(editing, node);
  const conv = range && convBehind(editing, node.inputs[0]);
  if (!conv) return false;
  const clamp = Object.fromEntries(Object.entries(range).filter(([, value]) => value !== undefined));
  return absorb(editing, conv, node, { attributes: { ...conv.attributes, ...clamp } });
}

/** Zeros around what a convolution reads are its own pads. */
export function absorbPad(editing: Editing, node: Node): boolean {
  if (node.op !== "Conv") return false;
  const pad = editing.maker(node.inputs[0]);
  const mode = (node.attributes.auto_pad as string | undefined) ?? "NOTSET";
  if (pad?.op !== "Pad" || !["NOTSET", "VALID", ""].includes(mode) || pad.inputs[3]) return false;
  if (((pad.attributes.mode as string | undefined) ?? "constant") !== "constant") return false;
  if (pad.inputs[2] && editing.scalar(pad.inputs[2]) !== 0) return false;
  const amounts = editing.constant(pad.inputs[1])?.data;
  const rank = editing.type(pad.inputs[0]).shape.length;
  if (
    !amounts ||
    [0, 1, rank, rank + 1].some((at) => amounts[at] !== 0) ||
    amounts.some((amount) => amount < 0)
  )
    return false;
  const own = mode === "VALID" ? undefined : (node.attributes.pads as readonly number[] | undefined);
  const added = [...amounts.slice(2, rank), ...amounts.slice(rank + 2)];
  const pads = added.map((amount, at) => amount + (own?.[at] ?? 0));
  const { auto_pad: _, ...attributes } = node.attributes;
  editing.replace(node, {
    ...node,
    inputs: [pad.inputs[0], ...node.inputs.slice(1)],
    attributes: { ...attributes, pads },
  });
  return true;
}
