/** `golden-ticket info`: what runs here. */
import { availableParallelism } from "node:os";
import { open, type Variant, VariantError } from "../index.js";
import { type Command, columns, common } from "./command.js";
import { readOptions } from "./options.js";
import { packageVersion } from "./package.js";

const VARIANTS: readonly Variant[] = ["simd", "relaxed"];

export const info: Command = {
  summary: "Tells the version, the variants that this host runs and the number of workers.",
  specs: common,
  examples: [
    ["info", "for people"],
    ["info --json", "for programs"],
  ],
  async run(args) {
    const { json } = readOptions(common, args);
    const refusals = await Promise.all(VARIANTS.map(refusalOf));
    const variants = VARIANTS.filter((_, i) => refusals[i] === undefined);
    const [version, workers] = [packageVersion(), availableParallelism()];
    const host = `Node ${process.versions.node}, ${process.platform} ${process.arch}`;
    if (json) process.stdout.write(`${JSON.stringify({ version, variants, workers, host })}\n`);
    else {
      const lines = VARIANTS.map((variant, i) => [variant, refusals[i] ?? "runs"] as const);
      const rows = [["version", version], ["host", host], ["workers", String(workers)], ...lines] as const;
      process.stdout.write(columns(rows));
    }
    return 0;
  },
};

/** Why this host does not run a variant; undefined when it does. */
async function refusalOf(variant: Variant): Promise<string | undefined> {
  try {
    (await open({ variant })).dispose();
    return undefined;
  } catch (error) {
    if (error instanceof VariantError) return `refused: ${error.message.replace(/^.*?: /, "")}`;
    throw error;
  }
}
