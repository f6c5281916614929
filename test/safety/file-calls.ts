/** One right call of everything that reads or writes files: `golden-ticket/io`, `/onnx` and `/slim`. */
import * as io from "../../src/io/index.js";
import { Random } from "../harness/random.js";
import { readBinary } from "../harness/read-binary.js";
import { sample } from "../io/onnx/sample.js";
import { network, pictures } from "../onnx/models.js";
import type { Call } from "./probe.js";

const floats = (length: number) => new Random(1).uniform(length);
const tensor = () => ({ dtype: "F32" as const, shape: [2, 3], data: floats(6) });
const bitmask = () => io.bitmaskOf(2, 3, Float32Array.of(1, 0, 2, 0, 0, 3));
const masked = () => io.bitmaskTensors("w", bitmask());
const layers = () => [
  {
    ...{ name: "0.weight", rows: 2, columns: 3, weights: floats(6), bias: floats(2) },
    mask: Uint8Array.of(1, 1, 1, 1, 0, 1),
  },
];
const sparse = () => [
  {
    ...{ name: "0", rows: 2, columns: 3, rowStarts: Uint32Array.of(0, 2, 3), bias: floats(2), relu: true },
    ...{ columnIndices: Uint32Array.of(0, 2, 1), values: Float32Array.of(1, -2, 3) },
  },
];
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const manifest = () =>
  json({ weightsManifest: [{ paths: ["w.bin"], weights: [{ name: "w", shape: [2], dtype: "float32" }] }] });
const shards = () => {
  const index = json({ weight_map: { "0.weight": "m-1.safetensors", "0.bias": "m-2.safetensors" } });
  const files = new Map([
    ["m-1.safetensors", io.writeSafetensors(new Map([["0.weight", tensor()]]))],
    ["m-2.safetensors", io.writeSafetensors(new Map([["0.bias", { ...tensor(), shape: [6] }]]))],
  ]);
  return { index, files };
};
/** An IDX file of bytes. */
const idx = (...shape: number[]) => {
  const length = shape.reduce((all, size) => all * size, 1);
  const header = [0, 0, 8, shape.length, ...shape.flatMap((size) => [0, 0, size >> 8, size & 255])];
  return Uint8Array.from([...header, ...new Uint8Array(length)]);
};
const digits = () => ({ images: idx(2, 28, 28), labels: idx(2) });
/** An empty zip. */
const npz = () => Uint8Array.from([0x50, 0x4b, 5, 6, ...new Uint8Array(18)]);

const call = (args: Call["args"]): Call => ({ args });

export const IO_CALLS: Readonly<Record<string, Call>> = {
  bf16FromF32: call(() => [floats(4)]),
  f16FromF32: call(() => [floats(4)]),
  f32FromBf16: call(() => [Uint16Array.of(0, 0x3f80)]),
  f32FromF16: call(() => [Uint16Array.of(0, 0x3c00)]),
  floatsOf: call(() => [tensor()]),
  bitmaskNames: call(() => [masked()]),
  bitmaskOf: call(() => [2, 3, floats(6), Uint8Array.of(1, 0, 1, 1, 1, 0)]),
  bitmaskTensors: call(() => ["w", bitmask()]),
  denseOf: call(() => [bitmask()]),
  readBitmask: call(() => [masked(), "w"]),
  isTicketModel: call(() => [io.ticketTensors(sparse())]),
  readTicketModel: call(() => [io.ticketTensors(sparse())]),
  ticketTensors: call(() => [sparse()]),
  writeTicketModel: call(() => [sparse(), { a: "b" }]),
  mnist: call(() => [digits(), digits()]),
  readIdx: call(() => [idx(2, 3)]),
  readCsv: call(() => [new TextEncoder().encode("a,b\n1,2\n3,4\n")]),
  readNpy: call(() => [io.writeNpy(tensor())]),
  writeNpy: call(() => [tensor()]),
  writeNpz: call(() => [new Map([["x", tensor()]])]),
  npzNames: call(() => [npz()]),
  readNpz: call(() => [npz(), []]),
  readSafetensors: call(() => [io.writeSafetensors(new Map([["t", tensor()]]))]),
  writeSafetensors: call(() => [new Map([["t", tensor()]]), { a: "b" }]),
  readModel: call(() => [
    io.readSafetensors(io.writeModel({ layers: layers() })).tensors,
    { order: ["0.weight"] },
  ]),
  writeModel: call(() => [{ layers: layers() }, { a: "b" }, { form: "bitmask", dtype: "F16" }]),
  shardNames: call(() => [shards().index]),
  readShards: call(() => [shards().index, shards().files]),
  writeShards: call(() => {
    const { index, files } = shards();
    return [io.readShards(index, files), index, "model"];
  }),
  rewriteModel: call(() => [
    io.writeModel({ layers: layers() }),
    { layers: layers() },
    { form: "bitmask", dtype: "F16", masks: true, metadata: { a: "b" } },
  ]),
  readTfjs: call(() => [manifest(), new Map([["w.bin", new Uint8Array(8)]])]),
  tfjsPaths: call(() => [manifest()]),
  readOnnx: call(() => [sample(), { m: new Uint8Array(8) }]),
  onnxFiles: call(() => [sample()]),
  patchedFiles: call(() => [{ m: new Uint8Array(8) }, [{ file: "m", start: 2, bytes: Uint8Array.of(1, 2) }]]),
};

export const ONNX_CALLS: Readonly<Record<string, Call>> = {
  readOnnx: call(() => [sample(), { m: new Uint8Array(8) }]),
  onnxFiles: call(() => [sample()]),
  patchedFiles: call(() => [{ m: new Uint8Array(8) }, [{ file: "m", start: 2, bytes: Uint8Array.of(1, 2) }]]),
  planOnnx: call(() => [
    network(),
    { method: "magnitude", sparsity: 0.5, skip: ["wide"], unreached: "skip" },
  ]),
  pruneOnnx: call((core) => [
    ...[core, network()],
    {
      method: "magnitude",
      sparsity: 0.5,
      pattern: { kind: "unstructured" },
      depthwise: false,
      workers: 0,
      seed: 1,
    },
  ]),
  sweepOnnx: call((core) => [
    ...[core, network()],
    { method: "magnitude", sparsities: [0.25, 0.5], onPruned: () => undefined, skip: ["wide"], workers: 0 },
  ]),
  "pruneOnnx by Hessians": call((core) => [
    ...[core, network()],
    { method: "sparsegpt", sparsity: 0.5, calibration: pictures(4), batch: 2, damping: 0.01, workers: 0 },
  ]),
};

const binary = await readBinary("simd");

const solvers = new WebAssembly.Module(await readBinary("solvers-simd"));
export const SLIM_CALLS: Readonly<Record<string, Call>> = {
  open: call(() => [{ variant: "simd", memoryLimitMiB: 8, binary: binary.slice(), solvers }]),
};
