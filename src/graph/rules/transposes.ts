/**
 * Transposes move down through what works on any axis, until they meet their inverse. So a model of NHWC runs on
 * channels first, and only what really depends on the order of elements pays for it. No rule changes rounding.
 */
import { ACTIVATIONS } from "../../ops/activation.js";
import { integers, isSameShape, type Node, newArray, sizeOf, stridesOf, type Tensor } from "../../ops/ir.js";
import { gatherInto } from "../../ops/shapes.js";
import type { Editing } from "../editing.js";

const UNARY = new Set([...Object.keys(ACTIVATIONS), "Identity", "Cast", "Clip", "Dropout"]);
const MANY = new Set([
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Pow",
  "Max",
  "Min",
  "Sum",
  "Mean",
  "PRelu",
  "Mod",
  "FloorDiv",
  "FloorMod",
  "Where",
  "SquaredDifference",
  "Equal",
  "Greater",
  "GreaterOrEqual",
  "Less",
  "LessOrEqual",
  "And",
  "Or",
  "Xor",
]);
const REDUCED = new Set([
  "ReduceMean",
  "ReduceSum",
  "ReduceMax",
  "ReduceMin",
  "ReduceProd",
  "ReduceL1",
  "ReduceL2",
  "ReduceSumSquare",
]);

const permOf = (node: Node): readonly number[] => node.attributes.perm as readonly number[];
const isIdentity = (perm: readonly number[]) => perm.every((axis, at) => axis === at);
const inverse = (perm: readonly number[]): number[] => perm.map((_, axis) => perm.indexOf(axis));

/** The Transpose that makes a value. */
function transposeOf(editing: Editing, name: string): Node | undefined {
  const maker = editing.maker(name);
  return maker?.op === "Transpose" && maker.attributes.perm ? maker : undefined;
}

/** Applies what fits a node; whether something did. */
export function moveTransposes(editing: Editing, node: Node): boolean {
  if (node.op === "Transpose") return merge(editing, node) || becomeReshape(editing, node);
  if (UNARY.has(node.op)) return pushThroughUnary(editing, node);
  if (MANY.has(node.op)) return pushThroughMany(editing, node);
  if (REDUCED.has(node.op)) return pushThroughReduction(editing, node);
  const push = PUSHES[node.op];
  return push ? push(editing, node) : false;
}

/** Two in a row are one, or none. */
function merge(editing: Editing, node: Node): boolean {
  if (!node.attributes.perm) return false;
  if (isIdentity(permOf(node))) return editing.bypass(node, node.inputs[0]);
  const before = transposeOf(editing, node.inputs[0]);
  if (!before) return false;
  const perm = permOf(node).map((axis) => permOf(before)[axis]);
  editing.replace(node, { ...node, inputs: before.inputs, attributes: { perm } });
  return true;
}

/** Where axes of size 1 alone change places, the elements stay where they are. */
function becomeReshape(editing: Editing, node: Node): boolean {
  if (!node.attributes.perm) return false;
  const { shape } = editing.type(node.inputs[0]);
  const long = permOf(node).filter((axis) => shape[axis] !== 1);
  if (!long.every((axis, at) => at === 0 || long[at - 1] < axis)) return false;
  // A value of one image is followed by what reads it as images: only reshapes are left alone.
  if (transposeOf(editing, node.inputs[0])) return false;
  const sizes = editing.addConstant(`${node.name}:shape`, integers(permOf(node).map((axis) => shape[axis])));
  editing.replace(node, {
    ...node,
    op: "Reshape",
    inputs: [node.inputs[0], sizes],
    attributes: { allowzero: 1 },
  });
  return true;
}

/** Makes `node` work on what the Transpose read, and transposes its first output. */
function pushBelow(editing: Editing, node: Node, perm: readonly number[], changed: Partial<Node>): boolean {
  const inner = `${node.outputs[0]}:moved`;
  const moved: Node = { ...node, ...changed, outputs: [inner] };
  const below: Node = {
    name: `${node.name}:transpose`,
    op: "Transpose",
    inputs: [inner],
    outputs: node.outputs,
    attributes: { perm },
  };
  editing.replace(node, moved, below);
  return true;
}

function pushThroughUnary(editing: Editing, node: Node): boolean {
  const transpose = transposeOf(editing, node.inputs[0]);
  if (!transpose || node.outputs.length > 1) return false;
  return pushBelow(editing, node, permOf(transpose), {
    inputs: [transpose.inputs[0], ...node.inputs.slice(1)],
  });
}

/** All operands the same way round: those that are not yet are turned, where that costs little. */
function pushThroughMany(editing: Editing, node: Node): boolean {
  const whole = editing.type(node.outputs[0]).shape;
  const leader = node.inputs
    .map((name) => transposeOf(editing, name))
    .find((each) => each && isSameShape(editing.type(each.outputs[0]).shape, whole));
  if (!leader) return false;
  const perm = permOf(leader);
  const isCheap = (name: string) => {
    const transpose = transposeOf(editing, name);
    if (transpose && String(permOf(transpose)) === String(perm)) return true;
    return editing.constant(name) !== undefined || sizeOf(editing.type(name).shape) * 4 <= sizeOf(whole);
  };
  if (!node.inputs.every(isCheap)) return false;
  const inputs = node.inputs.map((name) => {
    const transpose = transposeOf(editing, name);
    return transpose && String(permOf(transpose)) === String(perm)
      ? transpose.inputs[0]
      : turned(editing, node, name, inverse(perm));
  });
  return pushBelow(editing, node, perm, { inputs });
}

/** A value with leading axes of size 1 added, transposed. */
function turned(editing: Editing, node: Node, name: string, perm: readonly number[]): string {
  const { shape } = editing.type(name);
  if (sizeOf(shape) === 1) return name;
  const full = [...new Array<number>(perm.length - shape.length).fill(1), ...shape];
  const constant = editing.constant(name);
  if (constant) return editing.addConstant(`${name}:turned`, transposed({ ...constant, shape: full }, perm));
  let value = name;
  if (full.length !== shape.length) {
    const sizes = editing.addConstant(`${name}:shape`, integers(full));
    value = editing.insertBefore(node, "Reshape", [name, sizes], { allowzero: 1 });
  }
  return editing.insertBefore(node, "Transpose", [value], { perm });
}

/** A constant with its axes in another order. */
export function transposed({ dtype, shape, data }: Tensor, perm: readonly number[]): Tensor {
  const strides = stridesOf(shape);
  const result = { dtype, shape: perm.map((axis) => shape[axis]), data: newArray(dtype, data.length) };
  gatherInto(
    data,
    0,
    perm.map((axis) => strides[axis]),
    result.shape,
    result.data,
  );
  return result;
}

function pushThroughReduction(editing: Editing, node: Node): boolean {
  const transpose = transposeOf(editing, node.inputs[0]);
  const axes = editing.constant(node.inputs[1]);
  if (!transpose || (node.inputs[1] && !axes)) return false;
  const perm = permOf(transpose);
  const above = [...(axes?.data ?? perm.keys())].map((axis) => perm[axis < 0 ? axis + perm.length : axis]);
  const moved = editing.addConstant(`${node.name}:axes`, integers(above));
  const inputs = [transpose.inputs[0], moved];
  if (((node.attributes.keepdims as number | undefined) ?? 1) === 1)
    return pushBelow(editing, node, perm, { inputs });
  const kept = perm.filter((axis) => !above.includes(axis));
  // What is left of the order of axes, counted anew.
  const rest = kept.map((axis) => kept.filter((other) => other < axis).length);
  return pushBelow(editing, node, rest, { inputs });
}

/** Of all inputs, or none. */
function pushThroughConcat(editing: Editing, node: Node): boolean {
  const transposes = node.inputs.map((name) => transposeOf(editing, name));
  const perm = transposes[0] && permOf(transposes[0]);
  if (!perm || !transposes.every((each) => each && String(permOf(each)) === String(perm))) return false;
  const axis = node.attributes.axis as number;
  const attributes = { axis: perm[axis < 0 ? axis + perm.length : axis] };
  return pushBelow(editing, node, perm, {
    inputs: transposes.map((each) => (each as Node).inputs[0]),
    attributes,
  });
}

function pushThroughSplit(editing: Editing, node: Node): boolean {
  const transpose = transposeOf(editing, node.inputs[0]);
  if (!transpose) return false;
  const perm = permOf(transpose);
  const axis = (node.attributes.axis as number | undefined) ?? 0;
  const attributes = { ...node.attributes, axis: perm[axis < 0 ? axis + perm.length : axis] };
  const inner = node.outputs.map((name) => (name === "" ? "" : `${name}:moved`));
  const below = node.outputs.flatMap((name, index): Node[] =>
    name === ""
      ? []
      : [
          {
            name: `${node.name}:transpose_${index}`,
            op: "Transpose",
            inputs: [inner[index]],
            outputs: [name],
            attributes: { perm },
          },
        ],
  );
  editing.replace(
    node,
    { ...node, inputs: [transpose.inputs[0], ...node.inputs.slice(1)], outputs: inner, attributes },
    ...below,
  );
  return true;
}

function pushThroughPad(editing: Editing, node: Node): boolean {
  const transpose = transposeOf(editing, node.inputs[0]);
  const pads = editing.constant(node.inputs[1]);
  if (!transpose || !pads || node.inputs[3]) return false;
  const perm = permOf(transpose);
  const order = inverse(perm);
  const moved = [...order, ...order.map((axis) => axis + perm.length)].map((at) => pads.data[at]);
  const amounts = editing.addConstant(`${node.name}:pads`, integers(moved));
  return pushBelow(editing, node, perm, { inputs: [transpose.inputs[0], amounts, ...node.inputs.slice(2)] });
}

function pushThroughSoftmax(editing: Editing, node: Node): boolean {
  const transpose = transposeOf(editing, node.inputs[0]);
  if (!transpose) return false;
  const perm = permOf(transpose);
  const axis = (node.attributes.axis as number | undefined) ?? -1;
  const attributes = { axis: perm[axis < 0 ? axis + perm.length : axis] };
  return pushBelow(editing, node, perm, { inputs: [transpose.inputs[0]], attributes });
}

const PUSHES: Readonly<Record<string, (editing: Editing, node: Node) => boolean>> = {
  Concat: pushThroughConcat,
  Split: pushThroughSplit,
  Pad: pushThroughPad,
  Softmax: pushThroughSoftmax,
};
