/**
 * Calls a kernel with typed arrays where it takes pointers: copies them into wasm memory between guard
 * bands, calls, checks the bands, copies back. The plain twins take the same list of arguments.
 */
import type { Kernels, ModelKernels, Solvers } from "../../src/generated/kernels.js";

export type Argument =
  | number
  | bigint
  | Float32Array
  | Float64Array
  | Uint32Array
  | Int32Array
  | Uint16Array
  | Uint8Array;
/** The exports of all modules. */
export type AllKernels = Kernels & Solvers & ModelKernels;
export type KernelName = {
  [K in keyof AllKernels]: AllKernels[K] extends (...args: never[]) => unknown ? K : never;
}[keyof AllKernels];

const GUARD_BYTES = 64;
/**
 * What stands at a word outside the operands: as f32 and as f64 a negative NaN, so that reading it by mistake
 * spoils the result; other bits at every place, so that copying it by mistake is seen.
 */
function guardWord(index: number): number {
  return 0xffc00000 | (index & 0x3fffff);
}

export interface Host {
  readonly name: string;
  call(kernel: KernelName, args: readonly Argument[]): unknown;
}

/** The exports of modules that share a memory, as one. */
export function kernelsOn(memory: WebAssembly.Memory, modules: readonly BufferSource[]): AllKernels {
  const instances = modules.map(
    (bytes) => new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }),
  );
  return Object.assign({}, ...instances.map(({ exports }) => exports));
}

export function host(name: string, ...modules: BufferSource[]): Host {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const kernels = kernelsOn(memory, modules);
  return {
    name,
    call(kernel, args) {
      let top = Number(kernels.heap_base.value);
      const place = (lengthBytes: number) => {
        const start = Math.ceil((top + GUARD_BYTES) / 16) * 16;
        top = start + Math.ceil(lengthBytes / 4) * 4 + GUARD_BYTES;
        return start;
      };
      const starts = args.map((arg) => (ArrayBuffer.isView(arg) ? place(arg.byteLength) : -1));
      if (top > memory.buffer.byteLength) memory.grow(Math.ceil((top - memory.buffer.byteLength) / 65536));
      const memoryBytes = new Uint8Array(memory.buffer);
      const words = new Uint32Array(memory.buffer);
      for (let i = Number(kernels.heap_base.value) >> 2; i < top >> 2; i++) words[i] = guardWord(i);
      args.forEach((arg, i) => {
        if (ArrayBuffer.isView(arg)) memoryBytes.set(bytesOf(arg), starts[i]);
      });
      const numbers = args.map((arg, i) => (ArrayBuffer.isView(arg) ? starts[i] : arg));
      const result = (kernels[kernel] as (...numbers: unknown[]) => unknown)(...numbers);
      let from = Number(kernels.heap_base.value);
      args.forEach((arg, i) => {
        if (!ArrayBuffer.isView(arg)) return;
        checkGuard(memoryBytes, from, starts[i], kernel, i);
        from = starts[i] + arg.byteLength;
        bytesOf(arg).set(memoryBytes.subarray(starts[i], from));
      });
      checkGuard(memoryBytes, from, top, kernel, args.length);
      return result;
    },
  };
}

function checkGuard(bytes: Uint8Array, from: number, to: number, kernel: string, argument: number): void {
  for (let at = from; at < to; at++) {
    if (bytes[at] !== ((guardWord(at >> 2) >>> (8 * (at & 3))) & 255))
      throw new Error(`${kernel} wrote outside its operands, before argument ${argument}`);
  }
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
}
