/** The built binaries as the benches call them: operands placed once, no copies between calls. */
import { existsSync, readFileSync } from "node:fs";
import "./engine.js";
import { type Argument, type KernelName, kernelsOn } from "../test/harness/host.js";
import { type Prepared, Skip } from "./measure.js";

export type Variant = "simd" | "relaxed";

export interface Binary {
  readonly variant: Variant;
  /** What every core has. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What solves, on the same memory. */
  readonly solvers: Uint8Array<ArrayBuffer>;
  /** What runs models, on the same memory. */
  readonly models: Uint8Array<ArrayBuffer>;
}

/** A line of the caches; operands start at one, so that no run is luckier than another. */
const ALIGNMENT_BYTES = 64;
const PAGE_BYTES = 65536;

export const binaries: Record<Variant, Binary> = { simd: read("simd"), relaxed: read("relaxed") };

function read(variant: Variant): Binary {
  const [bytes, solvers, models] = [variant, `solvers-${variant}`, `models-${variant}`].map((name) => {
    const url = new URL(`../build/${name}.wasm`, import.meta.url);
    if (!existsSync(url)) throw new Error(`build/${name}.wasm is not there: run "npm run build"`);
    return new Uint8Array(readFileSync(url));
  });
  return { variant, bytes, solvers, models };
}

/** Throws a Skip when this host refuses the binary. */
export function assertAccepted(bytes: BufferSource): void {
  if (!WebAssembly.validate(bytes)) throw new Skip("this host refuses the variant");
}

/** A kernel with its operands in place. */
export function bindKernel(
  { bytes, solvers, models }: Binary,
  kernel: KernelName,
  args: Argument[],
  output: number,
  restore: number[] = [],
): Prepared {
  assertAccepted(bytes);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const kernels = kernelsOn(memory, [bytes, solvers, models]);
  let top = Number(kernels.heap_base.value);
  const numbers = args.map((arg) => {
    if (!ArrayBuffer.isView(arg)) return arg;
    const ptr = Math.ceil(top / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    top = ptr + arg.byteLength;
    return ptr;
  });
  memory.grow(Math.ceil(top / PAGE_BYTES));
  const memoryBytes = new Uint8Array(memory.buffer);
  const place = (i: number) => memoryBytes.set(bytesOf(args[i]), numbers[i] as number);
  for (const [i, arg] of args.entries()) if (ArrayBuffer.isView(arg)) place(i);

  const call = kernels[kernel] as (...numbers: unknown[]) => unknown;
  return {
    run: () => {
      for (const i of restore) place(i);
      call(...numbers);
    },
    output: () => {
      const out = (args[output] as Float32Array).slice();
      const start = numbers[output] as number;
      bytesOf(out).set(memoryBytes.subarray(start, start + out.byteLength));
      return out;
    },
  };
}

function bytesOf(arg: Argument): Uint8Array {
  const { buffer, byteOffset, byteLength } = arg as Float32Array<ArrayBuffer>;
  return new Uint8Array(buffer, byteOffset, byteLength);
}
