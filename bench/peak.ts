/**
 * The machine's limit for the dense kernels: multiply-adds on registers only, x := x · a + b in twelve
 * independent chains. That hides the latency of a multiplication and an addition, and does not spill.
 */
import asc from "assemblyscript/asc";
import { assertAccepted, type Variant } from "./binaries.js";
import type { Prepared } from "./measure.js";

const CHAINS = 12;
const UNROLLED = 4;
const ITERATIONS = 10_000;
const LANES = 4;
/** A multiplication and an addition in each lane. */
export const PEAK_FLOPS = 2 * LANES * CHAINS * UNROLLED * ITERATIONS;
/** x := x/2 + 1 ends in 2 whatever x is and whether the sum is rounded once or twice. */
export const PEAK_OUTPUT = 2 * LANES * CHAINS;

function source(variant: Variant): string {
  const chains = Array.from({ length: CHAINS }, (_, i) => `x${i}`);
  const madd = (x: string) =>
    variant === "relaxed" ? `f32x4.relaxed_madd(${x}, a, b)` : `f32x4.add(f32x4.mul(${x}, a), b)`;
  const round = chains.map((x) => `${x} = ${madd(x)};`).join("\n");
  const sum = chains.reduce((left, right) => `f32x4.add(${left}, ${right})`);
  return `
    export function peak(iterations: i32, factor: f32, addend: f32): f32 {
      const a = f32x4.splat(factor);
      const b = f32x4.splat(addend);
      ${chains.map((x, i) => `let ${x} = f32x4.splat(${i});`).join("\n")}
      for (let i = 0; i < iterations; i++) {
        ${Array(UNROLLED).fill(round).join("\n")}
      }
      const sum = ${sum};
      return f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) +
        f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3);
    }`;
}

export async function peakOurs(variant: Variant): Promise<Prepared> {
  const enable = variant === "relaxed" ? ["simd", "relaxed-simd"] : ["simd"];
  const options = { optimizeLevel: 3, runtime: "stub", enable };
  const { binary, stderr } = await asc.compileString(source(variant), options);
  if (!binary) throw new Error(`expected the peak kernel to compile, got ${stderr}`);
  const bytes = Uint8Array.from(binary);
  assertAccepted(bytes);
  const { peak } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as {
    peak(iterations: number, factor: number, addend: number): number;
  };
  let sum = 0;
  const run = () => {
    sum = peak(ITERATIONS, 0.5, 1);
  };
  return { run, output: () => [sum] };
}
