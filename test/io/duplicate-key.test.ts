import fc from "fast-check";
import { expect, test } from "vitest";
import { duplicateKey } from "../../src/io/duplicate-key.js";

test.each([
  ['{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}', undefined],
  ['{"a":"a","b":"a"}', undefined],
  ['["a","a"]', undefined],
  ['{"a":"\\":{\\"b","b":1}', undefined],
  ['{"a":1,"a":1}', "a"],
  ['{"a":1,"\\u0061" :1}', "a"],
  ['{"x":[{"b":{},"b"\n:[]}]}', "b"],
  ['{"\\\\":1,"\\"":2,"\\\\":3}', "\\"],
])("%s", (text, key) => {
  expect(duplicateKey(text)).toBe(key);
});

test("no JSON.stringify of an object has one, and adding a key again makes one", () => {
  const document = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 });
  fc.assert(
    fc.property(document, fc.nat(3), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(duplicateKey(text)).toBeUndefined();
      const key = JSON.parse(JSON.stringify(Object.keys(value)[0])) as string;
      expect(duplicateKey(`${text.slice(0, -1)},${JSON.stringify(key)}:0}`)).toBe(key);
    }),
  );
});
