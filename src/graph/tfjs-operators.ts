/**
 * What TensorFlow's operators mean in ONNX's: by operator, the nodes that stand for one. Images are NHWC there: a rule
 * transposes to NCHW and back, and `simplify` takes away the transposes between two rules.
 */
import { FormatError } from "../errors.js";
import { type Attribute, integers, tensor } from "../ops/ir.js";
import type { Translator } from "./tfjs-translator.js";

type Rule = (t: Translator) => void;

const named =
  (op: string): Rule =>
  (t) =>
    t.end(op);

/** Padding as attributes of a window. */
function paddingOf(t: Translator): Record<string, Attribute> {
  const padding = t.text("padding", "VALID");
  if (padding !== "EXPLICIT") return { auto_pad: padding === "SAME" ? "SAME_UPPER" : "VALID" };
  const all = t.list("explicit_paddings");
  const [rows, columns] = [
    t.spatial(all.filter((_, at) => at % 2 === 0)),
    t.spatial(all.filter((_, at) => at % 2 === 1)),
  ];
  return { pads: [...rows, ...columns] };
}

const ACTIVATIONS: Readonly<Record<string, (t: Translator, x: string) => string>> = {
  BiasAdd: (_, x) => x,
  Relu: (t, x) => t.add("Relu", [x]),
  Relu6: (t, x) => t.add("Clip", [x, t.constant(tensor("f32", [], [0])), t.constant(tensor("f32", [], [6]))]),
  Elu: (t, x) => t.add("Elu", [x]),
  Sigmoid: (t, x) => t.add("Sigmoid", [x]),
  Tanh: (t, x) => t.add("Tanh", [x]),
  LeakyRelu: (t, x) => t.add("LeakyRelu", [x], { alpha: t.number("leakyrelu_alpha", 0.2) }),
};

/** What grappler fused behind a product, whose bias is done already. */
function fused(t: Translator, x: string): string {
  return t.texts("fused_ops").reduce((value, op) => {
    if (op === "Prelu") {
      const slopes = t.add("Reshape", [t.inputs[3], t.constant(integers([-1, 1, 1]))]);
      return t.add("PRelu", [value, slopes]);
    }
    const activation = ACTIVATIONS[op];
    if (!activation)
      throw new FormatError(
        `node "${t.node.name}" (${t.node.op}) expected ${Object.keys(ACTIVATIONS)} or Prelu fused, found ${op}`,
      );
    return activation(t, value);
  }, x);
}

const conv =
  (isDepthwise: boolean): Rule =>
  (t) => {
    const x = t.toChannels(t.inputs[0]);
    let weights: string;
    let group = 1;
    if (isDepthwise) {
      // [rows, columns, channels, multiplier] → [channels · multiplier, 1, rows, columns]
      const [rows, columns, channels, multiplier] = t.sizes(1);
      const turned = t.add("Transpose", [t.inputs[1]], { perm: [2, 3, 0, 1] });
      weights = t.add("Reshape", [turned, t.constant(integers([channels * multiplier, 1, rows, columns]))]);
      group = channels;
    } else weights = t.add("Transpose", [t.inputs[1]], { perm: [3, 2, 0, 1] });
    const bias = t.texts("fused_ops").includes("BiasAdd") ? [t.inputs[2]] : [];
    const attributes = {
      strides: t.spatial(t.list("strides")),
      dilations: t.spatial(t.list("dilations")),
      ...paddingOf(t),
    };
    const product = t.add("Conv", [x, weights, ...bias], {
      ...attributes,
      group,
    });
    t.endFromChannels(fused(t, product));
  };

const convTranspose: Rule = (t) => {
  const x = t.toChannels(t.inputs[2]);
  const weights = t.add("Transpose", [t.inputs[1]], { perm: [3, 2, 0, 1] });
  const shape: Record<string, Attribute> = t.isKnown(0) ? { output_shape: t.spatial(t.known(0)) } : {};
  const { auto_pad, ...pads } = paddingOf(t);
  const mode = t.isKnown(0) && auto_pad === "VALID" ? {} : { auto_pad };
  const product = t.add("ConvTranspose", [x, weights], {
    strides: t.spatial(t.list("strides")),
    ...pads,
    ...mode,
    ...shape,
  } as Record<string, Attribute>);
  t.endFromChannels(product);
};

const pool =
  (op: string): Rule =>
  (t) => {
    const attributes = {
      kernel_shape: t.spatial(t.list("ksize")),
      strides: t.spatial(t.list("strides")),
      ...paddingOf(t),
    };
    t.endFromChannels(t.add(op, [t.toChannels(t.inputs[0])], attributes));
  };

const matMul: Rule = (t) => {
  const bias = t.texts("fused_ops").includes("BiasAdd") ? [t.inputs[2]] : [];
  const attributes = { transA: t.flag("transpose_a") ? 1 : 0, transB: t.flag("transpose_b") ? 1 : 0 };
  t.end("Identity", [fused(t, t.add("Gemm", [...t.inputs.slice(0, 2), ...bias], attributes))]);
};

const batchMatMul: Rule = (t) => {
  const [a, b] = ["adj_x", "adj_y"].map((name, index) =>
    t.flag(name) ? t.add("SwapLastAxes", [t.inputs[index]]) : t.inputs[index],
  );
  t.end("MatMul", [a, b]);
};

const resize =
  (mode: string): Rule =>
  (t) => {
    const isAligned = t.flag("align_corners");
    const place = isAligned ? "align_corners" : t.flag("half_pixel_centers") ? "half_pixel" : "asymmetric";
    const nearest = isAligned ? "round_prefer_ceil" : "floor";
    const coordinates = mode === "nearest" && place === "half_pixel" ? "tf_half_pixel_for_nn" : place;
    const attributes = {
      mode,
      coordinate_transformation_mode: coordinates,
      nearest_mode: nearest,
      axes: [2, 3],
    };
    t.endFromChannels(t.add("Resize", [t.toChannels(t.inputs[0]), "", "", t.inputs[1]], attributes));
  };

const reduce =
  (op: string): Rule =>
  (t) =>
    t.end(op, t.inputs, { keepdims: t.flag("keep_dims") ? 1 : 0 });

/** Pads in pairs by axis, to ONNX's all-before, all-after. */
const pad =
  (mode: string): Rule =>
  (t) => {
    const turned = t.add("Transpose", [t.inputs[1]], { perm: [1, 0] });
    const flat = t.add("Reshape", [turned, t.constant(integers([-1]))]);
    const fill = mode === "constant" && t.inputs[2] ? [t.inputs[2]] : [];
    t.end("Pad", [t.inputs[0], flat, ...fill], { mode });
  };

const argument =
  (op: string): Rule =>
  (t) =>
    t.end(op, [t.inputs[0]], { axis: t.inputs[1] === undefined ? 0 : t.one(1), keepdims: 0 });

const batchNorm: Rule = (t) =>
  t.endFromChannels(
    t.add("BatchNormalization", [t.toChannels(t.inputs[0]), ...t.inputs.slice(1, 5)], {
      epsilon: t.number("epsilon", 1e-3),
    }),
  );

/** TensorFlow's numbers of types as ONNX's. */
const TYPES: Readonly<Record<string, number>> = {
  DT_FLOAT: 1,
  DT_INT32: 6,
  DT_INT64: 7,
  DT_BOOL: 9,
  DT_UINT8: 2,
  DT_HALF: 10,
  1: 1,
  3: 6,
  9: 7,
  10: 9,
  4: 2,
  19: 10,
};

/** By TensorFlow's operator. */
export const RULES: Readonly<Record<string, Rule>> = {
  Abs: named("Abs"),
  Add: named("Add"),
  AddN: named("Sum"),
  AddV2: named("Add"),
  ArgMax: argument("ArgMax"),
  ArgMin: argument("ArgMin"),
  Atan2: named("Atan2"),
  AvgPool: pool("AveragePool"),
  BatchMatMul: batchMatMul,
  BatchMatMulV2: batchMatMul,
  BiasAdd: (t) => {
    if (t.text("data_format", "NHWC") === "NHWC") t.end("Add");
    else t.end("Add", [t.inputs[0], t.add("Reshape", [t.inputs[1], t.constant(integers([1, -1, 1, 1]))])]);
  },
  BroadcastTo: named("Expand"),
  Cast: (t) => t.end("Cast", t.inputs, { to: TYPES[String(t.node.attr?.DstT?.type)] ?? 1 }),
  Ceil: named("Ceil"),
  ConcatV2: (t) => t.end("Concat", t.inputs.slice(0, -1), { axis: t.one(t.inputs.length - 1) }),
  Conv2D: conv(false),
  Conv2DBackpropInput: convTranspose,
  Cos: named("Cos"),
  DepthToSpace: (t) =>
    t.endFromChannels(
      t.add("DepthToSpace", [t.toChannels(t.inputs[0])], { blocksize: t.number("block_size"), mode: "DCR" }),
    ),
  DepthwiseConv2dNative: conv(true),
  Elu: named("Elu"),
  Equal: named("Equal"),
  Exp: named("Exp"),
  ExpandDims: named("Unsqueeze"),
  Fill: (t) => t.end("Expand", [t.inputs[1], t.inputs[0]]),
  Floor: named("Floor"),
  FloorDiv: named("FloorDiv"),
  FloorMod: named("FloorMod"),
  FusedBatchNorm: batchNorm,
  FusedBatchNormV3: batchNorm,
  FusedDepthwiseConv2dNative: conv(true),
  GatherNd: named("GatherND"),
  GatherV2: (t) => t.end("Gather", t.inputs.slice(0, 2), { axis: t.inputs[2] === undefined ? 0 : t.one(2) }),
  Greater: named("Greater"),
  GreaterEqual: named("GreaterOrEqual"),
  Identity: named("Identity"),
  LeakyRelu: (t) => t.end("LeakyRelu", t.inputs, { alpha: t.number("alpha", 0.2) }),
  Less: named("Less"),
  LessEqual: named("LessOrEqual"),
  Log: named("Log"),
  LogicalAnd: named("And"),
  LogicalNot: named("Not"),
  LogicalOr: named("Or"),
  MatMul: matMul,
  Max: reduce("ReduceMax"),
  MaxPool: pool("MaxPool"),
  Maximum: named("Max"),
  Mean: reduce("ReduceMean"),
  Min: reduce("ReduceMin"),
  Minimum: named("Min"),
  MirrorPad: (t) => pad(t.text("mode", "REFLECT").toLowerCase())(t),
  Mul: named("Mul"),
  Neg: named("Neg"),
  Pack: (t) => t.end("Pack", t.inputs, { axis: t.number("axis") }),
  Pad: pad("constant"),
  PadV2: pad("constant"),
  Pow: named("Pow"),
  Prelu: named("PRelu"),
  Prod: reduce("ReduceProd"),
  Range: named("Range"),
  RealDiv: named("Div"),
  Reciprocal: named("Reciprocal"),
  Relu: named("Relu"),
  Relu6: (t) => t.end("Identity", [ACTIVATIONS.Relu6(t, t.inputs[0])]),
  Reshape: (t) => t.end("Reshape", t.inputs, { allowzero: 1 }),
  ResizeBilinear: resize("linear"),
  ResizeNearestNeighbor: resize("nearest"),
  Round: named("Round"),
  Rsqrt: (t) => t.end("Reciprocal", [t.add("Sqrt", [t.inputs[0]])]),
  Select: named("Where"),
  SelectV2: named("Where"),
  Shape: named("Shape"),
  Sigmoid: named("Sigmoid"),
  Sign: named("Sign"),
  Sin: named("Sin"),
  Size: named("Size"),
  Slice: (t) => {
    if (!t.isKnown(1) || !t.isKnown(2)) {
      t.end("Slice", [t.inputs[0], t.inputs[1], t.add("Add", [t.inputs[1], t.inputs[2]])]);
      return;
    }
    const [starts, sizes] = [t.known(1), t.known(2)];
    const ends = starts.map((start, axis) => (sizes[axis] < 0 ? 2 ** 31 : start + sizes[axis]));
    t.end("Slice", [t.inputs[0], t.constant(integers(starts)), t.constant(integers(ends))]);
  },
  Softmax: (t) => t.end("Softmax", t.inputs, { axis: -1 }),
  Softplus: named("Softplus"),
  SpaceToDepth: (t) =>
    t.endFromChannels(
      t.add("SpaceToDepth", [t.toChannels(t.inputs[0])], { blocksize: t.number("block_size") }),
    ),
  SparseToDense: named("SparseToDense"),
  Split: (t) => t.endMany("Split", [t.inputs[1]], t.number("num_split"), { axis: t.one(0) }),
  SplitV: (t) => t.endMany("Split", [t.inputs[0], t.inputs[1]], t.known(1).length, { axis: t.one(2) }),
  Sqrt: named("Sqrt"),
  Square: (t) => t.end("Mul", [t.inputs[0], t.inputs[0]]),
  SquaredDifference: named("SquaredDifference"),
  Squeeze: (t) => {
    const axes = [...t.list("squeeze_dims"), ...t.list("axis")];
    t.end("Squeeze", axes.length ? [t.inputs[0], t.constant(integers(axes))] : [t.inputs[0]]);
  },
  StridedSlice: (t) => {
    const names = ["begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"];
    t.end("StridedSlice", t.inputs, Object.fromEntries(names.map((name) => [name, t.number(name)])));
  },
  Sub: named("Sub"),
  Sum: reduce("ReduceSum"),
  Tanh: named("Tanh"),
  Tile: named("Tile"),
  TopKV2: (t) => t.endMany("TopK", t.inputs, 2, { axis: -1 }),
  Transpose: (t) => t.end("Transpose", [t.inputs[0]], { perm: t.known(1) }),
  Unpack: (t) => t.endMany("Unpack", t.inputs, t.number("num"), { axis: t.number("axis") }),
  ZerosLike: (t) => t.end("ConstantOfShape", [t.add("Shape", [t.inputs[0]])]),
  _FusedConv2D: conv(false),
  _FusedMatMul: matMul,
};
