/** Operands for the tests of the kernels over planes. */
import type { Argument } from "../harness/host.js";
import type { Twin } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { csr, nan } from "../sparse/structures.js";

export { nan };

/** Sums are clamped to nothing, from both sides, or to one number. */
export const CLAMPS = [
  [-Infinity, Infinity],
  [0, 6],
  [-0.25, 0.25],
] as const;

/** Bytes between planes that hold `count` floats: none to spare, or a gap that nothing may write to. */
export const gapped = (count: number, gap: number): number => 4 * (count + gap);

/** The length of `planes` planes: the last one ends where the array ends. */
export const lengthOf = (planes: number, count: number, stride: number): number =>
  planes === 0 ? 0 : ((planes - 1) * stride) / 4 + count;

/** Rows of entries that read `reach` floats from offsets below x's end; some rows are empty, some full. */
export function entries(
  random: Random,
  m: number,
  sources: number,
  density: number,
  x: number,
  reach: number,
) {
  const { starts, columns, values } = csr(random, m, sources, density);
  const room = x - reach + 1;
  return { starts, offsets: Uint32Array.from(columns, () => 4 * random.below(room)), values };
}

/** What was added up, by magnitude: the twin on absolute values, `low` and the argument behind it not clamping. */
export const magnitudeOf =
  (twin: Twin, low: number) =>
  (args: Argument[], output: number): Float32Array => {
    const all = args.map((arg) => (arg instanceof Float32Array ? arg.map(Math.abs) : arg));
    (twin as (...args: Argument[]) => void)(...all.with(low, -Infinity).with(low + 1, Infinity));
    return all[output] as Float32Array;
  };
