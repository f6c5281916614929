import fc from "fast-check";
import type { Dtype, Tensor } from "../../src/io/tensor.js";

/** One array type for each dtype, written out again: the test must not lean on the table it tests. */
const arrays = {
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I16: Int16Array,
  U16: Uint16Array,
  F8_E4M3: Uint8Array,
  F8_E5M2: Uint8Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} satisfies Record<Dtype, unknown>;

/** Tensors of up to four dimensions, some empty, holding any bits at all (NaN payloads included). */
export const arbitraryTensor = (dtypes = Object.keys(arrays) as Dtype[]): fc.Arbitrary<Tensor> =>
  fc
    .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(5), { maxLength: 4 }), fc.infiniteStream(fc.nat(255)))
    .map(([dtype, shape, noise]) => {
      const data = new arrays[dtype](shape.reduce((a, b) => a * b, 1));
      new Uint8Array(data.buffer).set(
        Array.from({ length: data.byteLength }, () => noise.next().value as number),
      );
      return { dtype, shape, data } as Tensor;
    });

/** What a tensor holds, down to the bits. */
export const bits = ({ dtype, shape, data }: Tensor) => ({
  dtype,
  shape: [...shape],
  array: data.constructor.name,
  bytes: [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
});
