/** What operators of older opsets, and of other domains, mean in those of today. */
import { describe } from "../describe.js";
import { FormatError } from "../errors.js";
import { type Attribute, integers, type Node, type Tensor, tensor } from "../ops/ir.js";
import { MICROSOFT } from "./onnx-microsoft.js";

/** Where a translation stands: the file's opset, and the constants it may add to. */
export class Translation {
  readonly opset: number;
  readonly #constants: Map<string, Tensor>;

  constructor(opset: number, constants: Map<string, Tensor>) {
    this.opset = opset;
    this.#constants = constants;
  }

  /** A constant under a name of its own. */
  constant(node: Node, what: string, value: Tensor): string {
    const name = `${node.name}:${what}`;
    this.#constants.set(name, value);
    return name;
  }

  /** A constant that is there. */
  readonly known = (name: string): Tensor | undefined => this.#constants.get(name);
}

type Rule = (node: Node, translation: Translation) => Node | readonly Node[];

/** A list attribute that became input `index`. */
const toInput =
  (attribute: string, index: number): Rule =>
  (node, translation) => {
    const { [attribute]: value, ...attributes } = node.attributes;
    if (value === undefined || node.inputs[index]) return node;
    const inputs = [...node.inputs];
    while (inputs.length < index) inputs.push("");
    inputs[index] = translation.constant(node, attribute, listOf(value));
    return { ...node, inputs, attributes };
  };

const listOf = (value: Attribute): Tensor =>
  Array.isArray(value) ? integers(value as number[]) : integers([value as number]);

const chain =
  (...rules: Rule[]): Rule =>
  (node, translation) =>
    rules.reduce<Node>((at, rule) => rule(at, translation) as Node, node);

/** Softmax before opset 13 works on everything from its axis on, as one. */
const flatSoftmax: Rule = (node, { opset }) => {
  if (opset >= 13) return node;
  const axis = (node.attributes.axis as number | undefined) ?? 1;
  const [input, output] = [node.inputs[0], node.outputs[0]];
  const [flat, soft, shape] = ["flat", "soft", "shape"].map((what) => `${node.name}:${what}`);
  const step = (
    op: string,
    inputs: string[],
    outputs: string[],
    attributes: Record<string, Attribute> = {},
  ): Node => ({
    name: `${node.name}/${op}`,
    op,
    inputs,
    outputs,
    attributes,
  });
  return [
    step("Flatten", [input], [flat], { axis }),
    step(node.op, [flat], [soft], { axis: -1 }),
    step("Shape", [input], [shape]),
    step("Reshape", [soft, shape], [output]),
  ];
};

const clip: Rule = (node, translation) => {
  const { min, max } = node.attributes;
  if (translation.opset >= 11 || (min === undefined && max === undefined)) return node;
  const bound = (value: Attribute | undefined, what: string) =>
    value === undefined ? "" : translation.constant(node, what, tensor("f32", [], [value as number]));
  return { ...node, inputs: [node.inputs[0], bound(min, "min"), bound(max, "max")], attributes: {} };
};

const pad: Rule = (node, translation) => {
  const { pads, paddings, value, ...attributes } = node.attributes;
  const amounts = pads ?? paddings;
  if (translation.opset >= 11 || amounts === undefined) return node;
  const fill = translation.constant(node, "value", tensor("f32", [], [(value as number | undefined) ?? 0]));
  return {
    ...node,
    inputs: [node.inputs[0], translation.constant(node, "pads", listOf(amounts)), fill],
    attributes,
  };
};

const slice: Rule = (node, translation) => {
  const { starts, ends, axes, ...attributes } = node.attributes;
  if (starts === undefined || ends === undefined) return node;
  const inputs = [
    node.inputs[0],
    ...[starts, ends].map((value, index) =>
      translation.constant(node, ["starts", "ends"][index], listOf(value)),
    ),
  ];
  if (axes !== undefined) inputs.push(translation.constant(node, "axes", listOf(axes)));
  return { ...node, inputs, attributes };
};

/** Upsample, and Resize at opset 10, which knew neither regions nor modes of coordinates. */
const upsample: Rule = (node, translation) => {
  if (node.op === "Resize" && translation.opset >= 11) return node;
  const { scales, mode } = node.attributes;
  const given =
    scales === undefined
      ? node.inputs[1]
      : translation.constant(
          node,
          "scales",
          tensor("f32", [(scales as number[]).length], scales as number[]),
        );
  const attributes = {
    mode: mode === "bilinear" ? "linear" : (mode ?? "nearest"),
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
  };
  return { ...node, op: "Resize", inputs: [node.inputs[0], "", given], attributes };
};

const constant: Rule = (node) => {
  const { value_float, value_int, value_floats, value_ints } = node.attributes;
  const value =
    value_float !== undefined
      ? tensor("f32", [], [value_float as number])
      : value_int !== undefined
        ? tensor("i64", [], [value_int as number])
        : value_floats !== undefined
          ? tensor("f32", [(value_floats as number[]).length], value_floats as number[])
          : value_ints !== undefined
            ? integers(value_ints as number[])
            : undefined;
  return value ? { ...node, attributes: { value } } : node;
};

/** Scale and bias of groups, by channel since opset 21. */
const groupNormalization: Rule = (node, { opset }) => {
  if (opset >= 21) return node;
  throw new FormatError(`node "${node.name}" expected GroupNormalization of opset 21, found opset ${opset}`);
};

/** Before opset 7 an operand could be laid along axes from `axis` on. */
const withoutAxis: Rule = (node, { opset }) => {
  const { axis, broadcast: _, ...attributes } = node.attributes;
  if (opset >= 7) return node;
  if (axis === undefined) return { ...node, attributes };
  throw new FormatError(
    `node "${node.name}" (${node.op}) expected shapes that stretch from the right (opset 7), found axis ${axis}`,
  );
};

/** Before opset 7 a slope was one number or one a channel. */
const prelu: Rule = (node, { opset, known }) => {
  const slopes = opset < 7 ? known(node.inputs[1]) : undefined;
  if (!slopes || slopes.data.length === 1) return node;
  throw new FormatError(
    `node "${node.name}" (PRelu) expected slopes that stretch (opset 7), found ${slopes.data.length} by channel`,
  );
};

/** Older ones have outputs for training, and one scale for each element on demand. */
const batchNormalization: Rule = (node, { opset }) => {
  const { spatial = 1, is_test: _, consumed_inputs: __, ...attributes } = node.attributes;
  if (opset < 9 && spatial !== 1)
    throw new FormatError(`node "${node.name}" (BatchNormalization) expected spatial 1, found ${spatial}`);
  return { ...node, outputs: node.outputs.slice(0, 1), attributes };
};

/** ONNX's numbers of types by the names that they had before opset 6. */
const TYPES = [
  "",
  "FLOAT",
  "UINT8",
  "INT8",
  "UINT16",
  "INT16",
  "INT32",
  "INT64",
  "STRING",
  "BOOL",
  "FLOAT16",
];

const cast: Rule = (node) => {
  const { to } = node.attributes;
  if (typeof to !== "string") return node;
  const type = to === "DOUBLE" ? 11 : TYPES.indexOf(to);
  if (type < 1) throw new FormatError(`node "${node.name}" (Cast) expected a type, found ${describe(to)}`);
  return { ...node, attributes: { to: type } };
};

const axesToInput = toInput("axes", 1);

/** By operator, what is done to a node of it. Rules do nothing where a node is as of today. */
const RULES: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    ["Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor"].map((op) => [op, withoutAxis]),
  ),
  ...Object.fromEntries(["Equal", "Greater", "Less"].map((op) => [op, withoutAxis])),
  BatchNormalization: batchNormalization,
  Cast: cast,
  Clip: clip,
  Constant: constant,
  GroupNormalization: groupNormalization,
  LogSoftmax: flatSoftmax,
  PRelu: prelu,
  Pad: pad,
  ReduceL1: axesToInput,
  ReduceL2: axesToInput,
  ReduceLogSum: axesToInput,
  ReduceLogSumExp: axesToInput,
  ReduceMax: axesToInput,
  ReduceMean: axesToInput,
  ReduceMin: axesToInput,
  ReduceProd: axesToInput,
  ReduceSum: axesToInput,
  ReduceSumSquare: axesToInput,
  Reshape: toInput("shape", 1),
  Resize: upsample,
  Slice: slice,
  Softmax: flatSoftmax,
  Split: chain(toInput("split", 1)),
  Squeeze: axesToInput,
  TopK: toInput("k", 1),
  Unsqueeze: axesToInput,
  Upsample: upsample,
  ...MICROSOFT,
};

/** A node of a file as nodes of today. */
export function translated(node: Node, translation: Translation): readonly Node[] {
  const result = Object.hasOwn(RULES, node.op) ? RULES[node.op](node, translation) : node;
  return Array.isArray(result) ? result : [result as Node];
}
