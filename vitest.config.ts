import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { launchOptions } from "./test/harness/chromium.js";
import { counts } from "./test/harness/counts.js";

/** Node 20 runs relaxed SIMD only under this flag; newer ones have no such flag or have it on. */
const major = Number(process.versions.node.split(".")[0]);
const execArgv = major < 22 ? ["--experimental-wasm-relaxed-simd"] : [];

/** The tests that every engine runs: kernels against their twins, and that a seed gives the same bytes. */
const CORE = [
  "test/{math,random,search/determinism}.test.ts",
  "test/{dense,mask,planes,select,train,saliency,sparse}/**/*.test.ts",
  "test/subset-sum/!(workers).test.ts",
  "test/prune/{obs-sweep,masked-least-squares,sparsegpt-block,swap-fixed,swap-repaired}.test.ts",
];

/** Those of what is built upon kernels: the whole suite has them in the browser too. */
const ABOVE_KERNELS = [
  "test/saliency/{criteria,diagonal-fisher,first-order,grasp,layer-statistics,obd,random,snip,synflow,wanda}.test.ts",
  "test/subset-sum/{exact,solvers,subset-sums}.test.ts",
  "test/{dense/projection,select/select,sparse/formats,sparse/layout}.test.ts",
];
const whole = process.env.WHOLE_SUITE === "true";

export default defineConfig(async () => ({
  test: {
    maxWorkers: "100%",
    reporters: ["default", counts],
    provide: { whole },
    projects: [
      {
        test: {
          name: "node",
          include: ["test/**/*.test.ts"],
          exclude: ["test/browser/**"],
          execArgv,
          testTimeout: 60_000,
        },
      },
      // Part of the one before; `npm run engines` asks for it.
      { test: { name: "core", include: CORE, execArgv, testTimeout: 60_000 } },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts", ...CORE],
          exclude: whole ? [] : ABOVE_KERNELS,
          testTimeout: 60_000,
          browser: {
            enabled: true,
            // None of them stubs anything: one page for all.
            isolate: false,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: await launchOptions() }),
            instances: [{ browser: "chromium" as const }],
          },
        },
      },
    ],
  },
}));
