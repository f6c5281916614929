import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArgumentTypeError, FormatError } from "../../src/errors.js";
import { bytesFrom, dataOf } from "../../src/queue/plain.js";

const { anything, float32Array, float64Array, uint8Array, uint32Array, bigInt64Array } = fc;
const plain = anything({ withTypedArray: false, withNullPrototype: false, withBigInt: false, maxDepth: 3 });
const value = fc.oneof(
  plain,
  fc.record({ a: float32Array(), b: fc.array(uint8Array()), $: plain }),
  fc.record({ d: float64Array(), e: uint32Array(), f: bigInt64Array() }),
);

describe("plain data", () => {
  test("comes back as it was, and equal data are equal bytes", () => {
    fc.assert(
      fc.property(value, (data) => {
        const bytes = bytesFrom(data);
        expect(dataOf(bytes)).toEqual(data);
        expect(bytesFrom(structuredClone(data))).toEqual(bytes);
        // As a driver gives it: a view in the middle of something else.
        const padded = Buffer.concat([Buffer.of(1, 2, 3), bytes, Buffer.of(4)]);
        expect(dataOf(padded.subarray(3, -1))).toEqual(data);
      }),
    );
  });
  test("keeps what JSON lacks", () => {
    const data = [
      undefined,
      -0,
      Number.NaN,
      Infinity,
      -Infinity,
      { a: undefined },
      { $: ["undefined"] },
      null,
    ];
    const read = dataOf(bytesFrom(data)) as typeof data;
    expect(read).toStrictEqual(data);
    expect(Object.is(read[1], -0)).toBe(true);
  });
  test("is no more than data: names of the language are names", () => {
    const data = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}');
    const read = dataOf(bytesFrom(data)) as object;
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(Object.hasOwn(read, "__proto__")).toBe(true);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
  test.each([
    ["a function", () => 1],
    ["a map", new Map()],
    ["a date", new Date(0)],
    ["a symbol", Symbol()],
  ])("does not hold %s", (_, data) => {
    expect(() => bytesFrom({ data })).toThrow(ArgumentTypeError);
  });
  test("that is damaged is read as other data or refused with a FormatError", () => {
    const bytes = bytesFrom({
      id: "trial-0",
      masks: [Uint32Array.of(1, 2, 3)],
      kept: [1, 2],
      weight: Float32Array.of(1),
    });
    let refused = 0;
    for (let at = 0; at < bytes.length; at++) {
      for (const damaged of [bytes.subarray(0, at), bytes.with(at, bytes[at] ^ 0x24), bytes.with(at, 0xff)]) {
        try {
          dataOf(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(bytes.length);
  });
  test("that is too deep is refused both ways", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100; i++) deep = [deep];
    expect(() => bytesFrom(deep)).toThrow(/at most 64 levels/);
    const header = new TextEncoder().encode(`${"[".repeat(2000)}${"]".repeat(2000)}`);
    const bytes = new Uint8Array(8 + header.length);
    new DataView(bytes.buffer).setUint32(0, 0x31515447, true);
    new DataView(bytes.buffer).setUint32(4, header.length, true);
    bytes.set(header, 8);
    expect(() => dataOf(bytes)).toThrow(/at most 64 levels/);
  });
});
