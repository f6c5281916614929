/** What a *.bench.ts file calls to register its cases, and what runs them. */
import { readdirSync } from "node:fs";
import type { Argument, KernelName } from "../test/harness/host.js";
import { Random } from "../test/harness/random.js";
import { gamma, UNIT_F32, UNIT_F64 } from "../test/harness/tolerance.js";
import { binaries, bindKernel } from "./binaries.js";
import type { Case, Expected, Options, Prepared, Results, Size } from "./measure.js";
import { runCase, runSize } from "./measure.js";

type Twin = (...args: never[]) => unknown;

const registered: (Case | Size)[] = [];

/** Registers a case to be timed. */
export function bench(benchCase: Case): void {
  registered.push(benchCase);
}

/** Registers a size in bytes to be reported. */
export function benchSize(size: Size): void {
  registered.push(size);
}

export interface KernelBench<S extends number[]> {
  /** From small to large; the first one is the size of `--quick`. */
  sizes: S[];
  /** Arguments for the kernel and its opponents alike: typed arrays where the kernel takes pointers. */
  arguments(random: Random, ...size: S): Argument[];
  flops(...size: S): number;
  bytes(...size: S): number;
  /** Plain functions to race; the first one is the reference. Every variant the host accepts runs as well. */
  opponents: Record<string, Twin>;
  /** Index of the argument to verify; default the last typed array. Integers are compared exactly. */
  output?: number;
  /** Arguments that a call changes and the next one needs as they were; copied back inside the timed part. */
  restore?: number[];
  /** Roundings behind one output; default its share of the flops. */
  terms?(...size: S): number;
}

/** Registers one case of the suite `kernels` per size. */
export function kernelBench<S extends number[]>(name: KernelName, options: KernelBench<S>): void {
  for (const [index, size] of options.sizes.entries()) {
    // Made on first use: the arguments of all sizes together may be large.
    let made: Argument[] | undefined;
    const args = () => (made ??= options.arguments(new Random(20261122), ...size));
    const output = () => options.output ?? args().findLastIndex((arg) => ArrayBuffer.isView(arg));
    const implementations: Case["implementations"] = {};
    for (const variant of ["simd", "relaxed"] as const) {
      implementations[variant] = () => bindKernel(binaries[variant], name, args(), output(), options.restore);
    }
    for (const [opponent, twin] of Object.entries(options.opponents)) {
      implementations[opponent] = () => bindTwin(twin, args(), output(), options.restore);
    }
    bench({
      suite: "kernels",
      name: `${name} ${size.join("x")}`,
      quick: index === 0,
      flops: options.flops(...size),
      bytes: options.bytes(...size),
      expected: () => expectedOf(Object.values(options.opponents)[0], args(), output(), options, size),
      implementations,
    });
  }
}

function expectedOf<S extends number[]>(
  twin: Twin,
  args: Argument[],
  output: number,
  options: KernelBench<S>,
  size: S,
): Expected {
  const isReal = (arg: Argument) => arg instanceof Float32Array || arg instanceof Float64Array;
  const values = runTwin(twin, args.map(copy))[output] as Float32Array;
  if (!isReal(values)) return { values, bound: () => 0 };
  const absolute = args.map((arg) => (isReal(arg) ? (arg as Float32Array).map(Math.abs) : copy(arg)));
  const magnitudes = runTwin(twin, absolute)[output] as Float32Array;
  const terms = options.terms?.(...size) ?? Math.ceil(options.flops(...size) / values.length) + 2;
  const factor = gamma(terms, values instanceof Float32Array ? UNIT_F32 : UNIT_F64);
  return {
    values,
    bound: (i) => factor * Math.max(Math.abs(magnitudes[i]), Math.abs(values[i])) + 2 ** -126,
  };
}

function bindTwin(twin: Twin, args: Argument[], output: number, restore: number[] = []): Prepared {
  const own = args.map(copy);
  return {
    run: () => {
      for (const i of restore) (own[i] as Float32Array).set(args[i] as Float32Array);
      return void (twin as (...args: Argument[]) => unknown)(...own);
    },
    output: () => own[output] as Float32Array,
  };
}

function runTwin(twin: Twin, args: Argument[]): Argument[] {
  (twin as (...args: Argument[]) => unknown)(...args);
  return args;
}

function copy(arg: Argument): Argument {
  return ArrayBuffer.isView(arg) ? (arg as Float32Array).slice() : arg;
}

/** Paths of all bench files below bench/. */
export function benchFiles(): string[] {
  const entries = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" });
  return entries
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".bench.ts") && !path.startsWith("node_modules/"))
    .sort();
}

/** Loads a bench file and returns what it registers. */
export async function casesOf(file: string): Promise<(Case | Size)[]> {
  await import(/* @vite-ignore */ `./${file}`);
  return registered.splice(0);
}

/** Runs cases one after the other. A wrong output ends up in `failures`, not in the rows. */
export async function runCases(cases: (Case | Size)[], options: Options): Promise<Results> {
  const { rows, failures }: Results = { rows: [], failures: [] };
  for (const one of cases) {
    options.log(`${one.suite} ${one.name}`);
    const result = "lengthBytes" in one ? await runSize(one, options) : await runCase(one, options);
    rows.push(...result.rows);
    failures.push(...result.failures);
  }
  return { rows, failures };
}
