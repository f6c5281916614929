import { existsSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

/** Node 20 runs relaxed SIMD only under this flag; newer ones have no such flag or have it on. */
const major = Number(process.versions.node.split(".")[0]);
const execArgv = major < 22 ? ["--experimental-wasm-relaxed-simd"] : [];

/** The Chromium of the npm package on Linux x64, an installed one elsewhere. */
async function launchOptions() {
  if (process.platform === "linux" && process.arch === "x64") {
    const { default: chromium } = await import("@sparticuz/chromium");
    return { executablePath: await chromium.executablePath(), args: chromium.args };
  }
  const installed = process.env.CHROME_PATH;
  if (installed && existsSync(installed)) return { executablePath: installed };
  return { channel: "chrome" };
}

export default defineConfig(async () => ({
  test: {
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
      {
        test: {
          name: "browser",
          include: [
            "test/browser/**/*.test.ts",
            "test/{math,random,search/determinism}.test.ts",
            "test/{dense,mask,select,train,saliency,sparse}/**/*.test.ts",
            "test/subset-sum/!(workers).test.ts",
            "test/prune/{obs-sweep,masked-least-squares,sparsegpt-block,swap-fixed,swap-repaired}.test.ts",
          ],
          testTimeout: 60_000,
          browser: {
            enabled: true,
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
