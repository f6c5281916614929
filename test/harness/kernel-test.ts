/**
 * Runs one table of cases on every variant and compares with the plain twin.
 *
 * The bound on the error is derived: γ_terms times the twin run on absolute values (the sum of the
 * magnitudes that were added). `exact` asks for the same bits.
 */
import { describe, expect, test } from "vitest";
import type { Argument, Host, KernelName } from "./host.js";
import { Random } from "./random.js";
import { whole } from "./size.js";
import { gamma, isClose } from "./tolerance.js";
import { variants } from "./variants.js";

/** The quick suite tries one case of each kernel in a browser: the cases are for the code, which Node has run. */
const hasOneCase = !whole && typeof window === "object";
const CASES_SEED = 20261122;
const SPECIAL_SEED = 7;

/** A plain function that takes arrays where the kernel takes pointers. */
export type Twin = (...args: never[]) => unknown;

export interface Table {
  /** Argument lists, each for the kernel and its twin alike. */
  cases(random: Random): Iterable<Argument[]>;
  /** Indices of the arguments that are written; all others must come back unchanged. */
  output: number | number[];
  /** Indices of arguments that are scratch: they may come back as anything. */
  scratch?: number[];
  /** Number of roundings behind one output; absent: the outputs must be equal bit for bit. */
  terms?(args: Argument[]): number;
  /** Replaces the sum of magnitudes, where running the twin on absolute values is not it. */
  magnitude?(args: Argument[], output: number): Float32Array | Float64Array;
  unit?: number;
  /** Whether to compare the returned numbers too (exactly, or with `terms` when given). */
  returns?: boolean;
  /** Argument lists compared like `cases`, with names: NaN, infinities, zeros. */
  special?: Record<string, (random: Random) => Argument[]>;
  /** Argument lists that the checked build must refuse with a trap. */
  traps?: Record<string, Argument[]>;
}

export function kernelTest(name: KernelName, twin: Twin, table: Table): void {
  for (const variant of variants) {
    const title = `${name} (${variant.name})`;
    if (!variant.accepted) {
      test.skip(`${title}: this host refuses the variant`, () => {});
      continue;
    }
    describe(title, () => {
      const core = variant.open();
      test("agrees with its twin", () => {
        const all = [...table.cases(new Random(CASES_SEED))];
        expect(all.length).toBeGreaterThan(0);
        for (let i = hasOneCase ? all.length - 1 : 0; i < all.length; i++)
          compare(core, name, twin, table, all[i], String(i));
      });
      for (const [label, make] of Object.entries(table.special ?? {})) {
        test(label, () => compare(core, name, twin, table, make(new Random(SPECIAL_SEED)), label));
      }
      if (variant.name === "checked") {
        for (const [label, args] of Object.entries(table.traps ?? {})) {
          test(`traps: ${label}`, () => {
            expect(() => variant.open().call(name, args.map(copy))).toThrow(WebAssembly.RuntimeError);
          });
        }
      }
    });
  }
}

/** Every argument list of a table with its label, as `kernelTest` runs them. */
export function* labelledCases(table: Table): Generator<[label: string, args: Argument[]]> {
  let count = 0;
  for (const args of table.cases(new Random(CASES_SEED))) yield [String(count++), args];
  for (const [label, make] of Object.entries(table.special ?? {}))
    yield [label, make(new Random(SPECIAL_SEED))];
}

/** Throws when the kernel and its twin part on one argument list. */
export function compare(
  core: Host,
  name: KernelName,
  twin: Twin,
  table: Table,
  args: Argument[],
  label: string,
): void {
  const outputs = [table.output].flat();
  const want = args.map(copy);
  const got = args.map(copy);
  const wantReturn = call(twin, want);
  const gotReturn = core.call(name, got);
  const where = `${label}: ${describeArguments(args)}`;
  for (const [i, arg] of args.entries()) {
    if (!ArrayBuffer.isView(arg) || outputs.includes(i) || table.scratch?.includes(i)) continue;
    if (!sameBits(arg, got[i])) throw new Error(`${where}: argument ${i} is an input and was changed`);
  }
  for (const output of outputs) {
    const bound = table.terms ? bounds(twin, table, args, output) : undefined;
    compareArrays(got[output], want[output], bound, `${where}, argument ${output}`);
  }
  if (table.returns) {
    const factor = table.terms ? gamma(table.terms(args), table.unit) : 0;
    if (!isClose(Number(gotReturn), Number(wantReturn), factor * Math.abs(Number(wantReturn)))) {
      throw new Error(`${where}: returned ${gotReturn}, expected ${wantReturn}`);
    }
  }
}

function bounds(twin: Twin, table: Table, args: Argument[], output: number): (i: number) => number {
  let magnitude: ArrayLike<number>;
  if (table.magnitude) magnitude = table.magnitude(args.map(copy), output);
  else {
    const absolute = args.map((arg) =>
      arg instanceof Float32Array || arg instanceof Float64Array ? arg.map(Math.abs) : copy(arg),
    );
    call(twin, absolute);
    magnitude = absolute[output] as Float32Array;
  }
  const factor = gamma(table.terms?.(args) ?? 0, table.unit);
  return (i) => factor * magnitude[i] + 2 ** -126;
}

function call(twin: Twin, args: Argument[]): unknown {
  return (twin as (...args: Argument[]) => unknown)(...args);
}

function compareArrays(
  got: Argument,
  want: Argument,
  bound: ((i: number) => number) | undefined,
  where: string,
): void {
  const g = got as Float32Array;
  const w = want as Float32Array;
  if (!bound && sameBits(g, w)) return;
  for (let i = 0; i < w.length; i++) {
    const close = bound ? isClose(g[i], w[i], bound(i)) : Object.is(g[i], w[i]);
    if (!close)
      throw new Error(`${where}[${i}]: got ${g[i]}, expected ${w[i]}${bound ? ` ± ${bound(i)}` : ""}`);
  }
}

function sameBits(a: Argument, b: Argument): boolean {
  const bytes = (array: ArrayBufferView) =>
    new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
  const x = bytes(a as Float32Array);
  const y = bytes(b as Float32Array);
  return x.every((byte, i) => byte === y[i]);
}

function copy<T extends Argument>(arg: T): T {
  return (ArrayBuffer.isView(arg) ? (arg as unknown as Float32Array).slice() : arg) as T;
}

function describeArguments(args: Argument[]): string {
  const words = args.map((arg) => {
    return ArrayBuffer.isView(arg) ? `${arg.constructor.name}(${(arg as Float32Array).length})` : arg;
  });
  return `(${words.join(", ")})`;
}
