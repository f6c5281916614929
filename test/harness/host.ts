/**
 * Calls a kernel with typed arrays where it takes pointers: copies them into wasm memory between guard
 * bands, calls, checks the bands, copies back. The plain twins take the same list of arguments.
 */
import type { Kernels } from "../../src/generated/kernels.js";

export type Argument =
  number | bigint | Float32Array | Float64Array | Uint32Array | Int32Array | Uint16Array | Uint8Array;
export type KernelName = { [K in keyof Kernels]: Kernels[K] extends (...args: never[]) => unknown ? K : never }[keyof Kernels];

const GUARD_BYTES = 64;
const GUARD = 0xa5;

export interface Host {
  readonly name: string;
  call(kernel: KernelName, args: readonly Argument[]): unknown;
}

export function host(name: string, bytes: BufferSource): Host {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const kernels = instance.exports as unknown as Kernels;
  return {
    name,
    call(kernel, args) {
      let top = Number(kernels.heap_base.value);
      const place = (lengthBytes: number) => {
        const start = Math.ceil((top + GUARD_BYTES) / 16) * 16;
        top = start + lengthBytes + GUARD_BYTES;
        return start;
      };
      const starts = args.map((arg) => (ArrayBuffer.isView(arg) ? place(arg.byteLength) : -1));
      if (top > memory.buffer.byteLength) memory.grow(Math.ceil((top - memory.buffer.byteLength) / 65536));
      const memoryBytes = new Uint8Array(memory.buffer);
      memoryBytes.fill(GUARD, Number(kernels.heap_base.value), top);
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
    if (bytes[at] !== GUARD) throw new Error(`${kernel} wrote outside its operands, before argument ${argument}`);
  }
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
}
