/**
 * What the layers of Keras mean in ONNX's operators. Values are channels last there; a rule transposes and back, as for
 * TensorFlow's operators, and `simplify` takes the transposes away.
 *
 * Source: tensorflow/tfjs, tfjs-layers/src/layers.
 */
import { type Attribute, integers, tensor } from "../ops/ir.js";
import type { Layer } from "./keras-translator.js";

/** Adds the nodes of a layer; the name of its value. */
type Rule = (layer: Layer, inputs: readonly string[]) => string;

const scalar = (layer: Layer, value: number): string => layer.constant(tensor("f32", [], [value]));

/** Activations by name. */
const ACTIVATIONS: Readonly<Record<string, (layer: Layer, x: string) => string>> = {
  linear: (_, x) => x,
  relu: (layer, x) => layer.add("Relu", [x]),
  relu6: (layer, x) => layer.add("Clip", [x, scalar(layer, 0), scalar(layer, 6)]),
  elu: (layer, x) => layer.add("Elu", [x]),
  selu: (layer, x) => layer.add("Selu", [x]),
  sigmoid: (layer, x) => layer.add("Sigmoid", [x]),
  hardSigmoid: (layer, x) => layer.add("HardSigmoid", [x], { alpha: 0.2, beta: 0.5 }),
  softplus: (layer, x) => layer.add("Softplus", [x]),
  softsign: (layer, x) => layer.add("Softsign", [x]),
  tanh: (layer, x) => layer.add("Tanh", [x]),
  softmax: (layer, x) => layer.add("Softmax", [x], { axis: -1 }),
  swish: (layer, x) => layer.add("Mul", [x, layer.add("Sigmoid", [x])]),
  mish: (layer, x) => layer.add("Mish", [x]),
  gelu: (layer, x) => layer.add("Gelu", [x]),
};

/** Names are written as in Python here and there. */
const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function activated(layer: Layer, x: string, otherwise = "linear"): string {
  const name = camel(layer.text("activation", otherwise));
  const activation = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  return activation
    ? activation(layer, x)
    : layer.refuse(`activation out of ${Object.keys(ACTIVATIONS).join(", ")}`, name);
}

/** To channels first and back, for what works on positions. */
function onChannels(layer: Layer, x: string, act: (x: string) => string): string {
  const isFirst = layer.text("data_format", "channels_last") === "channels_first";
  if (isFirst) return act(x);
  return layer.add("Transpose", [act(layer.add("Transpose", [x], { perm: [0, 3, 1, 2] }))], {
    perm: [0, 2, 3, 1],
  });
}

const paddingOf = (layer: Layer): Record<string, Attribute> => ({
  auto_pad: layer.choice("padding", "valid", ["valid", "same"]) === "same" ? "SAME_UPPER" : "VALID",
});

const windowOf = (layer: Layer): Record<string, Attribute> => ({
  strides: layer.pair("strides", [1, 1]),
  dilations: layer.pair("dilation_rate", [1, 1]),
  ...paddingOf(layer),
});

const biasOf = (layer: Layer): string[] => (layer.flag("use_bias", true) ? [layer.weight("bias")] : []);

/** [rows, columns, channels, multiplier] → [channels · multiplier, 1, rows, columns] */
function depthwise(layer: Layer, x: string, bias: readonly string[]): string {
  const name = layer.weight("depthwise_kernel");
  const [rows, columns, channels, multiplier] = layer.sizes(name, 4);
  const turned = layer.add("Transpose", [name], { perm: [2, 3, 0, 1] });
  const sizes = layer.constant(integers([channels * multiplier, 1, rows, columns]));
  const weights = layer.add("Reshape", [turned, sizes]);
  return layer.add("Conv", [x, weights, ...bias], { ...windowOf(layer), group: channels });
}

const conv: Rule = (layer, [x]) =>
  activated(
    layer,
    onChannels(layer, x, (planes) => {
      const weights = layer.add("Transpose", [layer.weight("kernel")], { perm: [3, 2, 0, 1] });
      const group = layer.number("groups", 1);
      return layer.add("Conv", [planes, weights, ...biasOf(layer)], { ...windowOf(layer), group });
    }),
  );

const separable: Rule = (layer, [x]) =>
  activated(
    layer,
    onChannels(layer, x, (planes) => {
      const weights = layer.add("Transpose", [layer.weight("pointwise_kernel")], { perm: [3, 2, 0, 1] });
      return layer.add("Conv", [depthwise(layer, planes, []), weights, ...biasOf(layer)]);
    }),
  );

const convTranspose: Rule = (layer, [x]) =>
  activated(
    layer,
    onChannels(layer, x, (planes) => {
      const name = layer.weight("kernel");
      const weights = layer.add("Transpose", [name], { perm: [3, 2, 0, 1] });
      const strides = layer.pair("strides", [1, 1]);
      // VALID: as much as the windows reach, and the stride where that is more.
      const extra = layer
        .sizes(name, 4)
        .slice(0, 2)
        .map((size, axis) => Math.max(strides[axis] - size, 0));
      const isSame = layer.choice("padding", "valid", ["valid", "same"]) === "same";
      const padding: Record<string, Attribute> = isSame
        ? { auto_pad: "SAME_UPPER" }
        : { output_padding: extra };
      return layer.add("ConvTranspose", [planes, weights, ...biasOf(layer)], { strides, ...padding });
    }),
  );

const dense: Rule = (layer, [x]) => {
  const product = layer.add("MatMul", [x, layer.weight("kernel")]);
  const [bias] = biasOf(layer);
  return activated(layer, bias ? layer.add("Add", [product, bias]) : product);
};

/** Scale and shift along the last axis, or the one that is asked for. */
const batchNorm: Rule = (layer, [x]) => {
  const axis = layer.number("axis", -1);
  const last = layer.rank(x) - 1;
  if (axis !== -1 && axis !== last) layer.refuse("batch norm along the last axis", `axis ${axis}`);
  const mean = layer.weight("moving_mean");
  const [count] = layer.sizes(mean, 1);
  const filled = (value: number) =>
    layer.constant(tensor("f32", [count], new Float32Array(count).fill(value)));
  const scale = layer.flag("scale", true) ? layer.weight("gamma") : filled(1);
  const shift = layer.flag("center", true) ? layer.weight("beta") : filled(0);
  const inputs = [scale, shift, mean, layer.weight("moving_variance")];
  const epsilon = layer.number("epsilon", 1e-3);
  const act = (value: string) => layer.add("BatchNormalization", [value, ...inputs], { epsilon });
  if (last === 1) return act(x);
  const rest = Array.from({ length: last - 1 }, (_, at) => at + 1);
  const planes = act(layer.add("Transpose", [x], { perm: [0, last, ...rest] }));
  return layer.add("Transpose", [planes], { perm: [0, ...rest.map((at) => at + 1), 1] });
};

const pool =
  (op: string): Rule =>
  (layer, [x]) => {
    const kernel = layer.pair("pool_size", [2, 2]);
    const attributes = { kernel_shape: kernel, strides: layer.pair("strides", kernel), ...paddingOf(layer) };
    return onChannels(layer, x, (planes) => layer.add(op, [planes], attributes));
  };

const globalPool =
  (op: string): Rule =>
  (layer, [x]) => {
    const isFirst = layer.text("data_format", "channels_last") === "channels_first";
    const axes = layer.constant(integers(isFirst ? [2, 3] : [1, 2]));
    return layer.add(op, [x, axes], { keepdims: layer.flag("keepdims", false) ? 1 : 0 });
  };

/** [[top, bottom], [left, right]], or two numbers, or one. */
function sidesOf(layer: Layer, name: string): [number[], number[]] {
  const value = layer.config[name] ?? 1;
  const pair = Array.isArray(value) ? value : [value, value];
  const sides = pair.map((each) => (Array.isArray(each) ? each : [each, each]));
  const isRight = (each: unknown) => Number.isInteger(each) && (each as number) >= 0;
  if (sides.length !== 2 || !sides.every((side) => side.length === 2 && side.every(isRight)))
    layer.refuse(`${name} of two pairs of whole numbers ≥ 0`, JSON.stringify(value).slice(0, 80));
  return [sides.map(([before]) => before as number), sides.map(([, after]) => after as number)];
}

const zeroPadding: Rule = (layer, [x]) => {
  const [before, after] = sidesOf(layer, "padding");
  return onChannels(layer, x, (planes) =>
    layer.add("Pad", [planes, layer.constant(integers([0, 0, ...before, 0, 0, ...after]))]),
  );
};

const cropping: Rule = (layer, [x]) => {
  const [before, after] = sidesOf(layer, "cropping");
  const ends = after.map((size) => (size === 0 ? 2 ** 31 : -size));
  const inputs = [before, ends, [2, 3]].map((values) => layer.constant(integers(values)));
  return onChannels(layer, x, (planes) => layer.add("Slice", [planes, ...inputs]));
};

const upSampling: Rule = (layer, [x]) => {
  const mode = layer.choice("interpolation", "nearest", ["nearest", "bilinear"]);
  const scales = layer.constant(tensor("f32", [4], [1, 1, ...layer.pair("size", [2, 2])]));
  const attributes = {
    mode: mode === "nearest" ? "nearest" : "linear",
    // tfjs-layers resizes without half pixels, unlike Keras itself.
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
  };
  return onChannels(layer, x, (planes) => layer.add("Resize", [planes, "", scales], attributes));
};

const reshape: Rule = (layer, [x]) => {
  const sizes = layer.numbers("target_shape");
  return layer.add("Reshape", [x, layer.constant(integers([0, ...sizes]))]);
};

const flatten: Rule = (layer, [x]) => {
  const isFirst = layer.text("data_format", "channels_last") === "channels_first" && layer.rank(x) === 4;
  return layer.add("Flatten", [isFirst ? layer.add("Transpose", [x], { perm: [0, 2, 3, 1] }) : x]);
};

const prelu: Rule = (layer, [x]) => layer.add("PRelu", [x, layer.weight("alpha")]);

const reluLayer: Rule = (layer, [x]) => {
  const most = layer.config.max_value ?? layer.config.maxValue;
  if (layer.number("negative_slope", 0) !== 0 || layer.number("threshold", 0) !== 0)
    layer.refuse("a ReLU without slope and threshold", "one with them");
  return typeof most === "number"
    ? layer.add("Clip", [x, scalar(layer, 0), scalar(layer, most)])
    : layer.add("Relu", [x]);
};

const many =
  (op: string): Rule =>
  (layer, inputs) =>
    inputs.slice(1).reduce((sum, x) => layer.add(op, [sum, x]), inputs[0]);

const unchanged: Rule = (_, [x]) => x;

/** By the class of a layer. */
export const LAYERS: Readonly<Record<string, Rule>> = {
  Activation: (layer, [x]) => activated(layer, x),
  Add: many("Add"),
  Average: (layer, inputs) => layer.add("Mean", inputs),
  AveragePooling2D: pool("AveragePool"),
  BatchNormalization: batchNorm,
  Concatenate: (layer, inputs) => layer.add("Concat", inputs, { axis: layer.number("axis", -1) }),
  Conv2D: conv,
  Conv2DTranspose: convTranspose,
  Cropping2D: cropping,
  Dense: dense,
  DepthwiseConv2D: (layer, [x]) =>
    activated(
      layer,
      onChannels(layer, x, (planes) => depthwise(layer, planes, biasOf(layer))),
    ),
  Dropout: unchanged,
  ELU: (layer, [x]) => layer.add("Elu", [x], { alpha: layer.number("alpha", 1) }),
  Flatten: flatten,
  GaussianDropout: unchanged,
  GaussianNoise: unchanged,
  GlobalAveragePooling2D: globalPool("ReduceMean"),
  GlobalMaxPooling2D: globalPool("ReduceMax"),
  LeakyReLU: (layer, [x]) => layer.add("LeakyRelu", [x], { alpha: layer.number("alpha", 0.3) }),
  MaxPooling2D: pool("MaxPool"),
  Maximum: many("Max"),
  Minimum: many("Min"),
  Multiply: many("Mul"),
  PReLU: prelu,
  Permute: (layer, [x]) => layer.add("Transpose", [x], { perm: [0, ...layer.numbers("dims")] }),
  ReLU: reluLayer,
  Reshape: reshape,
  SeparableConv2D: separable,
  Softmax: (layer, [x]) => layer.add("Softmax", [x], { axis: layer.number("axis", -1) }),
  SpatialDropout2D: unchanged,
  Subtract: many("Sub"),
  UpSampling2D: upSampling,
  ZeroPadding2D: zeroPadding,
};
