import { Random } from "../test/harness/random.js";
import { gamma } from "../test/harness/tolerance.js";
import { bench } from "./harness.js";
import type { Expected } from "./measure.js";
import { residentOurs, rowsOurs } from "./ours.js";
import { PEAK_FLOPS, PEAK_OUTPUT, peakOurs } from "./peak.js";
import type { Dense } from "./rivals/dense.js";
import { denseJs, product } from "./rivals/js.js";
import { denseJsTuned } from "./rivals/js-tuned.js";
import { denseMlMatrix } from "./rivals/ml-matrix.js";
import { denseOnnx } from "./rivals/onnx.js";
import { denseTfjs } from "./rivals/tfjs.js";

/** batch × inputs × outputs */
const SHAPES = [[384, 384, 384], [60, 784, 300], [256, 784, 300], [1, 784, 300], [1, 1024, 1024]];

for (const [batch, inputs, outputs] of SHAPES) {
  let made: Dense | undefined;
  const dense = () => (made ??= problem(batch, inputs, outputs));
  bench({
    suite: "dense",
    name: `${batch}x${inputs}x${outputs}`,
    quick: batch === 1 && inputs === 784,
    flops: 2 * batch * inputs * outputs,
    expected: () => expected(dense()),
    implementations: {
      simd: () => residentOurs("simd", dense()),
      relaxed: () => residentOurs("relaxed", dense()),
      "simd-rows": () => rowsOurs("simd", dense()),
      "relaxed-rows": () => rowsOurs("relaxed", dense()),
      js: () => denseJs(dense()),
      "js-tuned": () => denseJsTuned(dense()),
      "tfjs-wasm": () => denseTfjs(dense()),
      "onnxruntime-web": () => denseOnnx(dense()),
      "ml-matrix": () => denseMlMatrix(dense()),
    },
  });
}

/** A masked layer against the dense one with the same weights zeroed: packed once, both should cost the same. */
const masked = problem(60, 784, 300);
const kept = Uint8Array.from(masked.w, (_, i) => (i * 7919) % 2);
const zeroed: Dense = { ...masked, w: masked.w.map((w, i) => w * kept[i]) };
bench({
  suite: "dense",
  name: "60x784x300 masked",
  quick: false,
  flops: 2 * 60 * 784 * 300,
  expected: () => expected(zeroed),
  implementations: {
    simd: () => residentOurs("simd", zeroed),
    "simd-masked": () => residentOurs("simd", masked, kept, "dense"),
  },
});

bench({
  suite: "dense",
  name: "peak",
  quick: true,
  flops: PEAK_FLOPS,
  expected: () => ({ values: [PEAK_OUTPUT], bound: () => 0 }),
  implementations: { simd: () => peakOurs("simd"), relaxed: () => peakOurs("relaxed") },
});

function problem(batch: number, inputs: number, outputs: number): Dense {
  const random = new Random(20261122);
  return { batch, inputs, outputs, x: random.uniform(batch * inputs), w: random.uniform(outputs * inputs) };
}

/** The plain product, and γ times the plain product of the magnitudes. */
function expected(dense: Dense): Expected {
  const values = new Float32Array(dense.batch * dense.outputs);
  product(dense, values);
  const magnitudes = new Float32Array(values.length);
  product({ ...dense, x: dense.x.map(Math.abs), w: dense.w.map(Math.abs) }, magnitudes);
  const factor = gamma(dense.inputs + 2);
  return { values, bound: (i) => factor * magnitudes[i] };
}
