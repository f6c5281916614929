/** One model of each format with many operators, for damage. */
import { Random } from "../harness/random.js";
import { float, floats, int, ints, node, text, weight } from "../io/onnx/sample.js";
import { onnxOf, placeholder, tf, tfFloats, tfGraphOf, tfInts, tfNode, whole } from "./models.js";

const random = new Random(11);
const some = (...shape: number[]) => random.uniform(shape.reduce((all, size) => all * size, 1));
const of = (name: string, ...dims: number[]) => weight(name, dims, some(...dims));
const with_ = (...attribute: unknown[]) => ({ attribute }) as never;

/** Convolutions, pooling, shapes, reductions, recurrence: x [1, 3, 8, 8]. */
export const rich = (): Uint8Array =>
  onnxOf(
    { x: [1, 3, 8, 8] },
    [
      node("Conv", ["x", "w0", "b0"], ["c"], with_(ints("pads", 1, 1, 1, 1), ints("strides", 2, 2))),
      node("BatchNormalization", ["c", "b0", "b0", "b0", "v0"], ["n"], with_(float("epsilon", 0.01))),
      node("Relu", ["n"], ["r"]),
      node("MaxPool", ["r"], ["p"], with_(ints("kernel_shape", 2, 2), int("ceil_mode", 1))),
      node("AveragePool", ["p"], ["a"], with_(ints("kernel_shape", 2, 2), text("auto_pad", "SAME_UPPER"))),
      node("Resize", ["a", "", "", "to"], ["z"], with_(text("mode", "linear"))),
      node("ConvTranspose", ["z", "w1"], ["t"], with_(ints("strides", 2, 2), ints("output_padding", 1, 0))),
      node("Pad", ["t", "pads"], ["q"], with_(text("mode", "edge"))),
      node("Split", ["q", "halves"], ["s0", "s1"], with_(int("axis", 1))),
      node("Concat", ["s1", "s0"], ["k"], with_(int("axis", 1))),
      node("Slice", ["k", "from", "until", "axes"], ["l"]),
      node("Transpose", ["l"], ["lt"], with_(ints("perm", 0, 2, 3, 1))),
      node("Softmax", ["lt"], ["sm"], with_(int("axis", -1))),
      node("ReduceMean", ["sm"], ["rm"], with_(ints("axes", 1, 2), int("keepdims", 0))),
      node("Shape", ["rm"], ["sh"]),
      node("Gather", ["sh", "zero"], ["n0"], with_(int("axis", 0))),
      node("Concat", ["n0", "minus"], ["flat"], with_(int("axis", 0))),
      node("Reshape", ["rm", "flat"], ["rs"]),
      node("Gemm", ["rs", "w2"], ["g"], with_(float("alpha", 0.5), int("transB", 1))),
      node("TopK", ["g", "two"], ["tv", "ti"], with_(int("axis", -1))),
      node("Tile", ["tv", "twice"], ["tiled"]),
      node("Expand", ["tv", "wide"], ["ex"]),
      node("Range", ["begin", "end", "step"], ["ra"]),
      node("ConstantOfShape", ["wide"], ["co"]),
      node("Unsqueeze", ["g", "zero"], ["u"]),
      node("LSTM", ["u", "wl", "rl"], ["y", "yh"], with_(int("hidden_size", 2))),
      node("Squeeze", ["yh", "zero"], ["sq"]),
      node("LRN", ["r"], ["lrn"], with_(int("size", 3))),
      node("DepthToSpace", ["r"], ["ds"], with_(int("blocksize", 2))),
      node("Upsample", ["r"], ["up"], with_(floats("scales", 1, 1, 2, 2))),
    ],
    ["sq", "tiled", "ex", "ra", "co", "ti", "lrn", "ds", "y", "up"],
    [
      ...[of("w0", 4, 3, 3, 3), of("b0", 4), weight("v0", [4], [1, 2, 1, 1]), of("w1", 4, 2, 3, 3)],
      ...[of("w2", 3, 2), of("wl", 1, 8, 3), of("rl", 1, 8, 2)],
      ...[whole("to", [1, 4, 4, 4]), whole("pads", [0, 0, 1, 0, 0, 0, 0, 2]), whole("halves", [1, 1])],
      ...[whole("from", [1, 0]), whole("until", [5, -1]), whole("axes", [2, 3]), whole("zero", [0])],
      ...[whole("minus", [-1]), whole("two", [2]), whole("twice", [1, 2]), whole("wide", [3, 1, 2])],
      ...[whole("begin", [0], []), whole("end", [9], []), whole("step", [2], [])],
    ],
  );

/** The same in TensorFlow's words: x [1, 8, 8, 3]. */
export function richTf(): Map<string, Uint8Array> {
  const window = { ksize: tf.ints(1, 2, 2, 1), strides: tf.ints(1, 2, 2, 1), padding: tf.text("SAME") };
  const unit = { strides: tf.ints(1, 1, 1, 1), padding: tf.text("SAME") };
  return tfGraphOf(
    [
      placeholder("x", [-1, 8, 8, 3]),
      tfNode("Pad", "pad", ["x", "pads"]),
      tfNode("_FusedConv2D", "conv", ["pad", "w0", "b0"], {
        strides: tf.ints(1, 2, 2, 1),
        padding: tf.text("VALID"),
        fused_ops: tf.texts("BiasAdd", "Relu6"),
      }),
      tfNode("DepthwiseConv2dNative", "dw", ["conv", "w1"], unit),
      tfNode("AddN", "sum", ["dw", "conv"]),
      tfNode("MaxPool", "mp", ["sum"], window),
      tfNode("AvgPool", "ap", ["mp"], window),
      tfNode("ResizeBilinear", "rb", ["ap", "to"], { half_pixel_centers: tf.flag(true) }),
      tfNode("Shape", "sh", ["rb"]),
      tfNode("StridedSlice", "n", ["sh", "zero", "one", "one"], { shrink_axis_mask: tf.int(1) }),
      tfNode("Pack", "size", ["n", "minus"], { axis: tf.int(0) }),
      tfNode("Reshape", "flat", ["rb", "size"]),
      tfNode("_FusedMatMul", "mm", ["flat", "w2", "b2"], { fused_ops: tf.texts("BiasAdd", "Relu") }),
      tfNode("Softmax", "soft", ["mm"]),
      tfNode("Mean", "mean", ["rb", "axes"], { keep_dims: tf.flag(true) }),
      tfNode("ConcatV2", "cat", ["mm", "soft", "minus"]),
      tfNode("Split", "split", ["minus", "cat"], { num_split: tf.int(2) }),
      tfNode("Fill", "fill", ["axes", "half"]),
      tfNode("Tile", "tile", ["split:1", "axes"]),
      tfNode("Range", "range", ["zero0", "nine", "two"]),
      tfNode("TopKV2", "top", ["mm", "two"]),
    ],
    [
      ...[tfFloats("w0", [3, 3, 3, 4], some(3, 3, 3, 4)), tfFloats("b0", [4], some(4))],
      ...[tfFloats("w1", [3, 3, 4, 1], some(3, 3, 4, 1)), tfFloats("w2", [36, 3], some(36, 3))],
      ...[tfFloats("b2", [3], some(3)), tfFloats("half", [], [0.5]), tfInts("to", [3, 3])],
      ...[tfInts("zero", [0]), tfInts("one", [1]), tfInts("minus", [-1], []), tfInts("axes", [1, 2])],
      ...[tfInts("zero0", [0], []), tfInts("nine", [9], []), tfInts("two", [2], [])],
      tfInts("pads", [0, 0, 0, 1, 1, 0, 0, 0], [4, 2]),
    ],
  );
}
