import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../../src/errors.js";
import { type Edit, field, type Message, rootOf, splice, varint } from "../../../src/io/onnx/wire.js";

/** A message with messages inside: a leaf of some bytes, or several of either. */
type Tree = number | Tree[];
const { tree } = fc.letrec<{ tree: Tree; list: Tree[] }>((tie) => ({
  tree: fc.oneof({ maxDepth: 5 }, fc.integer({ min: 0, max: 300 }), tie("list")),
  list: fc.array(tie("tree"), { maxLength: 4 }),
}));

/** A leaf is field 1, a list field 2. */
const written = (one: Tree): Uint8Array =>
  Array.isArray(one) ? field(2, one.map(written)) : field(1, new Uint8Array(one).fill(7));

/** Edits that resize every leaf at random and append leaves to lists; and the tree they lead to. */
function edited(list: Tree[], message: Message, size: () => number, edits: Edit[]): Tree[] {
  const after: Tree[] = [];
  const fields = message.fields();
  for (const one of list) {
    expect(fields.next()).toBe(true);
    const inner = fields.message();
    if (Array.isArray(one)) after.push(edited(one, inner, size, edits));
    else {
      const length = size() % 2 ? one : size();
      edits.push({
        within: inner,
        start: inner.start,
        end: inner.end,
        bytes: new Uint8Array(length).fill(7),
      });
      after.push(length);
    }
  }
  expect(fields.next()).toBe(false);
  if (size() % 2) return after;
  const leaf = size() % 5;
  edits.push({ within: message, start: message.end, end: message.end, bytes: written(leaf) });
  return [...after, leaf];
}

describe("splice", () => {
  const joined = (list: Tree[]) => Uint8Array.from(list.flatMap((one) => [...written(one)]));

  test("writes what a writer would write, at any depth, growing or shrinking", () => {
    const sizes = fc.infiniteStream(fc.integer({ min: 0, max: 20_000 }));
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 4 }), sizes, (list, stream) => {
        const file = joined(list);
        const edits: Edit[] = [];
        const after = edited(list, rootOf(file), () => stream.next().value, edits);
        expect(Buffer.compare(splice(rootOf(file), edits), joined(after))).toBe(0);
      }),
    );
  });
  test("keeps a length that was written longer than it needs to be, as long as it does not change", () => {
    const file = Uint8Array.of(0x0a, 0x82, 0x00, 1, 2);
    const fields = rootOf(file).fields();
    fields.next();
    const within = fields.message();
    const put = (start: number, ...bytes: number[]) =>
      splice(rootOf(file), [{ within, start, end: 5, bytes: Uint8Array.from(bytes) }]);
    expect(put(4, 9)).toEqual(Uint8Array.of(0x0a, 0x82, 0x00, 1, 9));
    expect(put(4)).toEqual(Uint8Array.of(0x0a, 0x01, 1));
  });
  test("with nothing to do copies", () => {
    const file = Uint8Array.of(0x08, 0x01);
    expect(splice(rootOf(file), [])).toEqual(file);
    expect(splice(rootOf(file), [])).not.toBe(file);
  });
});

describe("fields", () => {
  const first = (...bytes: number[]) => {
    const fields = rootOf(Uint8Array.from(bytes)).fields();
    return { found: fields.next(), fields };
  };

  test.each([0, 1, 127, 128, 16383, 16384, 2 ** 28 - 1, 2 ** 28, 2 ** 32 - 1, 2 ** 32, 2 ** 35, 2 ** 53 - 1])(
    "hold the whole number %i",
    (value) => {
      expect(first(8, ...varint(value)).fields.integer()).toBe(value);
    },
  );
  test("hold any number of 64 bits as a double does", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const bytes: number[] = [];
        let rest = BigInt.asUintN(64, value);
        for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
        expect(first(8, ...bytes, Number(rest)).fields.integer()).toBe(Number(value));
      }),
    );
  });
  test("are skipped by wire type", () => {
    const { fields } = first(0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4, 0x1a, 1, 0, 0x20, 0x80, 1);
    const spans = [];
    do spans.push([fields.number, fields.type, fields.start, fields.end]);
    while (fields.next());
    expect(spans).toEqual([
      [1, 1, 1, 9],
      [2, 5, 10, 14],
      [3, 2, 16, 17],
      [4, 0, 18, 20],
    ]);
    expect(rootOf(new Uint8Array(0)).fields().next()).toBe(false);
  });
  test.each<[string, number[], string]>([
    ["a tag that is cut off", [0x80], "a whole varint, found 80"],
    ["field 0", [0x00, 0x00], "a field number"],
    ["a tag of more than 32 bits", [0x88, 0x80, 0x80, 0x80, 0x10, 0x00], "a field number"],
    ["the start of a group", [0x0b], "wire type 0, 1, 2 or 5, found 0b"],
    ["the end of a group", [0x0c], "wire type 0, 1, 2 or 5"],
    ["wire type 7", [0x0f], "wire type 0, 1, 2 or 5"],
    ["a varint that is cut off", [0x08, 0x80], "a whole varint"],
    ["a varint of 65 bits", [0x08, ...Array(9).fill(0xff), 0x02], "at most 64 bits"],
    ["a varint of 11 bytes", [0x08, ...Array(10).fill(0x80), 0x00], "at most 64 bits"],
    ["4 bytes that are cut off", [0x0d, 1, 2, 3], "ends within its message"],
    ["8 bytes that are cut off", [0x09, 1, 2, 3, 4, 5, 6, 7], "ends within its message"],
    ["a length beyond the end", [0x0a, 2, 1], "expected 4 bytes or more, found 3: it ends early"],
    ["a length of 2³²", [0x0a, 0x80, 0x80, 0x80, 0x80, 0x10], "ends within its message"],
    ["a length of 2⁶⁴ − 1", [0x0a, ...Array(9).fill(0xff), 0x01], "ends within its message"],
  ])("refuse %s", (_, bytes, message) => {
    expect(() => first(...bytes)).toThrow(FormatError);
    expect(() => first(...bytes)).toThrow(message);
  });
  test("refuse to be read as what they are not", () => {
    const number = first(0x08, 1).fields;
    expect(() => number.text()).toThrow("expected text, found 08 01");
    expect(() => number.message()).toThrow("expected a message");
    expect(() => first(0x0a, 0).fields.integer()).toThrow("a whole number");
    expect(() => first(0x0a, 1, 0xff).fields.text()).toThrow("UTF-8");
    expect(() => [...first(0x0d, 0, 0, 0, 0).fields.integers()]).toThrow("whole numbers");
    expect(() => [...first(0x0a, 1, 0x80, 0x01).fields.integers()]).toThrow("a whole varint");
  });
});
