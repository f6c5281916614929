/** Slots of the arena: what is needed at the same time lies apart. */
import { describe, expect, test } from "vitest";
import { arrange, bytesOf, type Slot } from "../../src/graph/storage.js";
import { Random } from "../harness/random.js";

const slot = (shape: number[], first: number, last: number, isStrided = true): Slot => ({
  isStrided,
  type: { dtype: "f32", shape },
  first,
  last,
  offset: -1,
});

/** Pairs that live together and share bytes. */
const clashes = (slots: readonly Slot[]) =>
  slots.flatMap((a, index) =>
    slots
      .slice(index + 1)
      .filter(
        (b) =>
          a.first <= b.last &&
          b.first <= a.last &&
          a.offset < b.offset + bytesOf(b) &&
          b.offset < a.offset + bytesOf(a),
      ),
  );

describe("arrange", () => {
  test.each(Array.from({ length: 50 }, (_, seed) => [seed]))(
    "nothing that lives together overlaps: %i",
    (seed) => {
      const random = new Random(seed);
      const slots = Array.from({ length: 2 + random.below(40) }, () => {
        const first = random.below(20);
        const shape = Array.from({ length: random.below(5) }, () => random.below(12));
        return slot(shape, first, first + random.below(8), random.below(2) === 0);
      });
      const top = arrange(slots);
      expect(clashes(slots)).toEqual([]);
      for (const one of slots) {
        expect(one.offset % 64).toBe(0);
        expect(one.offset).toBeGreaterThanOrEqual(0);
        expect(one.offset + bytesOf(one)).toBeLessThanOrEqual(top);
      }
    },
  );

  test("memory is used again", () => {
    const chain = Array.from({ length: 10 }, (_, step) => slot([1, 4, 8, 8], step, step + 1));
    expect(arrange(chain)).toBe(2 * bytesOf(chain[0]));
  });
});

test("planes that may be apart are an odd number of cache lines apart, small ones contiguous", () => {
  for (const size of [4, 8, 16, 32, 64]) {
    const planes = slot([1, 3, size, size], 0, 1);
    bytesOf(planes);
    expect(((planes.stride as number) / 64) % 2).toBe(1);
    expect(planes.stride).toBeGreaterThanOrEqual(4 * size * size);
  }
  const [small, packed] = [slot([1, 3, 3, 5], 0, 1), slot([1, 3, 8, 8], 0, 1, false)];
  expect([bytesOf(small), small.stride]).toEqual([180, 60]);
  expect([bytesOf(packed), packed.stride]).toEqual([768, 256]);
});
