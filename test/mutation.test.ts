/** Tests the tests: a kernel with one small mistake in it must fail the table of its own test file. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { type Host, host, type KernelName } from "./harness/host.js";
import { compare, labelledCases, type Table, type Twin } from "./harness/kernel-test.js";
import { type Mutant, mutantsOf } from "./harness/mutate.js";
import { third } from "./harness/size.js";
import { kernels, MODULES, root } from "./harness/sources.js";

/** The kernels to try: one line each. */
const TRIED = third<KernelName>([
  "f32_gemv_masked",
  "f32_gemm",
  "f32_pack_a",
  "f32_adam",
  "f32_relu_gradient",
  "f32_gemv",
  "f32_obs_pack",
  "f32_planes_windows",
]);
const MUTANTS = 60;
const KILLED_SHARE = 0.9;

/** Importing a test file fills this, instead of registering its tests once more. */
const tables = vi.hoisted(() => new Map<string, { twin: Twin; table: Table }>());
vi.mock("./harness/kernel-test.js", async (original) => ({
  ...(await original<object>()),
  kernelTest: (name: string, twin: Twin, table: Table) => tables.set(name, { twin, table }),
}));
const tried = kernels().filter(({ name }) => TRIED.includes(name as KernelName));
for (const path of new Set(tried.map(({ path }) => path))) {
  const file = new URL(`./${path}.test.ts`, import.meta.url).href;
  await import(/* @vite-ignore */ file);
}

/** The binary that exports a kernel. */
function binaryWith(name: KernelName): Uint8Array {
  const module = MODULES.find((one) => kernels([one]).some((kernel) => kernel.name === name));
  return readFileSync(join(root, `build/${module?.prefix}simd.wasm`));
}

test.each(TRIED)("mistakes in %s are noticed", (name) => {
  const { twin, table } = tables.get(name) as { twin: Twin; table: Table };
  const passes = ({ bytes }: Mutant) => {
    let core: Host;
    try {
      core = host("mutant", bytes);
      for (const [label, args] of labelledCases(table)) compare(core, name, twin, table, args, label);
      return true;
    } catch {
      return false;
    }
  };
  const { original, mutants } = mutantsOf(binaryWith(name), name, MUTANTS);
  expect(passes(original)).toBe(true);
  expect(mutants.length).toBeGreaterThan(10);
  const survivors = mutants.filter(passes).map(({ what }) => what);
  const killed = 1 - survivors.length / mutants.length;
  console.info(`${name}: ${mutants.length - survivors.length} of ${mutants.length} mistakes noticed`);
  expect(killed, `unnoticed in ${name}:\n${survivors.join("\n")}\n`).toBeGreaterThanOrEqual(KILLED_SHARE);
});
