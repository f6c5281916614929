/** A small model, made by the oracle, that has weights in every place and form that is read. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import * as onnx from "onnx-buf";

type Init<S extends typeof onnx.NodeProtoSchema | typeof onnx.TensorProtoSchema> = MessageInitShape<S>;
export type TensorInit = Init<typeof onnx.TensorProtoSchema>;
export type NodeInit = Init<typeof onnx.NodeProtoSchema>;

export const FLOAT = 1;
export const HALF = 10;

export const raw = (values: Float32Array | Uint16Array | BigInt64Array) =>
  new Uint8Array(values.buffer as ArrayBuffer);

/** An initializer of float32 in raw data. */
export function weight(name: string, dims: number[], values: ArrayLike<number>): TensorInit {
  return { name, dims: dims.map(BigInt), dataType: FLOAT, rawData: raw(Float32Array.from(values)) };
}

export const node = (opType: string, input: string[], output: string[], more: NodeInit = {}): NodeInit => ({
  opType,
  input,
  output,
  ...more,
});

export const int = (name: string, value: number) => ({ name, type: 2, i: BigInt(value) });
export const ints = (name: string, ...values: number[]) => ({ name, type: 7, ints: values.map(BigInt) });
export const floats = (name: string, ...values: number[]) => ({ name, type: 6, floats: values });
export const float = (name: string, value: number) => ({ name, type: 1, f: value });
export const text = (name: string, word: string) => ({ name, type: 3, s: new TextEncoder().encode(word) });
const dimension = (size: number | string) =>
  typeof size === "number"
    ? { value: { case: "dimValue" as const, value: BigInt(size) } }
    : { value: { case: "dimParam" as const, value: size } };
const tensorType = (elemType: number, dims: (number | string)[]) => ({
  value: { case: "tensorType" as const, value: { elemType, shape: { dim: dims.map(dimension) } } },
});
/** An input or output; sizes with names are open. */
export const value = (name: string, elemType: number, dims: (number | string)[]) => ({
  name,
  type: tensorType(elemType, dims),
});

export const constant = (output: string, tensor: TensorInit): NodeInit =>
  node("Constant", [], [output], { attribute: [{ name: "value", type: 4, t: tensor }] });

/** A model file of one graph, with local functions. */
export function modelOf(
  graph: MessageInitShape<typeof onnx.GraphProtoSchema>,
  functions: MessageInitShape<typeof onnx.FunctionProtoSchema>[] = [],
  opset = 13,
): Uint8Array {
  const opsetImport = [...new Set(["", "com.microsoft", ...functions.map(({ domain }) => domain ?? "")])].map(
    (domain) => ({ domain, version: domain ? 1n : BigInt(opset) }),
  );
  const model = create(onnx.ModelProtoSchema, {
    ...{ irVersion: 8n, opsetImport, functions },
    graph: { name: "g", ...graph },
  });
  return toBinary(onnx.ModelProtoSchema, model);
}

/** Fields that no version of ONNX has. */
const unknown = [
  { no: 900, wireType: 2, data: Uint8Array.of(3, 1, 2, 3) },
  { no: 901, wireType: 5, data: Uint8Array.of(1, 2, 3, 4) },
];

/**
 * x [1, 4] → Gemm "first" (raw, 3 × 4) → MatMul (float_data of a Constant, 3 × 2) → If:
 *   then  Cast → MatMul "half" (float16 in int32_data, 2 × 2) → Cast
 *   else  MatMul "again" of the Gemm's output and the outer Constant
 */
export function sample(): Uint8Array {
  const half: TensorInit = {
    name: "V",
    dims: [2n, 2n],
    dataType: HALF,
    int32Data: [0x3c00, 0xb800, 0, 0x4200],
    $unknown: unknown,
  } as TensorInit;
  const second: TensorInit = { dims: [3n, 2n], dataType: FLOAT, floatData: [1, -2, 0.5, 0.25, 3, -1] };
  const thenBranch = {
    name: "then",
    initializer: [half],
    node: [
      node("Cast", ["m"], ["m16"], { attribute: [int("to", HALF)] }),
      node("MatMul", ["m16", "V"], ["v16"], { name: "half" }),
      node("Cast", ["v16"], ["v"], { attribute: [int("to", FLOAT)] }),
    ],
    output: [{ name: "v" }],
  };
  const elseBranch = {
    name: "else",
    node: [node("MatMul", ["h", "W2"], ["e"], { name: "again" })],
    output: [{ name: "e" }],
  };
  return modelOf({
    initializer: [
      weight("W1", [3, 4], [1, 2, 3, 4, 5, 6, 7, 8, -9, -10, -11, -12]),
      { name: "b1", dims: [3n], dataType: FLOAT, floatData: [0.5, 0, -0.5] },
    ],
    input: [value("x", FLOAT, [1, 4]), value("which", 9, [])],
    output: [value("y", FLOAT, [1, 2])],
    node: [
      node("Gemm", ["x", "W1", "b1"], ["h"], { name: "first", attribute: [int("transB", 1)] }),
      constant("W2", second),
      node("MatMul", ["h", "W2"], ["m"]),
      node("If", ["which"], ["y"], {
        name: "fork",
        attribute: [
          { name: "then_branch", type: 5, g: thenBranch },
          { name: "else_branch", type: 5, g: elseBranch },
        ],
      }),
    ],
    $unknown: unknown,
  } as never);
}
