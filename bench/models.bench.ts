/** Whole models against other runtimes, one thread: see rivals/models.ts. */
import { openSync } from "../src/index.js";
import { assertAccepted, binaries, type Variant } from "./binaries.js";
import { bench } from "./harness.js";
import type { Case, Pace } from "./measure.js";
import { expectedOf, modelOurs, prepared } from "./models.js";
import { type Converter, type OnnxRuntime, onnxModel, type Tfjs, tfjsModel } from "./rivals/model-peers.js";
import { filesOf, type Loaded, load, SUBJECTS } from "./rivals/models.js";
import { peer } from "./rivals/peer.js";
import { loadTfjs } from "./rivals/tfjs.js";

/** 14 cases of 5 implementations in some 3 minutes. */
const PACE: Pace = { warmUpMs: 400, samples: 25, budgetMs: 2000 };
/** In the packages that the tests have as well. */
const QUICK = "PP-OCR classifier";

async function onTfjs(loaded: Loaded) {
  const tf = (await loadTfjs()) as unknown as Tfjs;
  return tfjsModel(tf, await peer<Converter>("@tensorflow/tfjs-converter"), loaded);
}

async function onOnnxWeb(loaded: Loaded) {
  const runtime = await peer<OnnxRuntime>("onnxruntime-web");
  runtime.env.wasm.numThreads = 1;
  return onnxModel(runtime, loaded, { executionProviders: ["wasm"] });
}

const onOnnxNode = async (loaded: Loaded) =>
  onnxModel(await peer<OnnxRuntime>("onnxruntime-node"), loaded, { intraOpNumThreads: 1, interOpNumThreads: 1 });

for (const subject of SUBJECTS) {
  const isTfjs = subject.file.endsWith(".json");
  const loaded = () => load(subject, filesOf(subject));
  const ours = (variant: Variant, isDense?: boolean) => async () => {
    assertAccepted(binaries[variant].bytes);
    return prepared(modelOurs(openSync({ variant }), await loaded(), isDense));
  };
  const peers: Case["implementations"] = isTfjs
    ? { "tfjs-wasm": async () => prepared(await onTfjs(await loaded())) }
    : {
        "onnxruntime-web": async () => prepared(await onOnnxWeb(await loaded())),
        "onnxruntime-node": async () => prepared(await onOnnxNode(await loaded())),
      };
  bench({
    suite: "models",
    name: subject.name,
    quick: subject.name === QUICK,
    pace: PACE,
    expected: async () => expectedOf(await (isTfjs ? onTfjs : onOnnxWeb)(await loaded())),
    implementations: { simd: ours("simd"), relaxed: ours("relaxed"), "simd-dense": ours("simd", true), ...peers },
  });
}
