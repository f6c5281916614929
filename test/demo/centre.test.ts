import { expect, test } from "vitest";
import { centred, SIDE } from "../../src/demo/find/centre.js";

const WIDTH = 280;

/** A drawing with a filled rectangle. */
function drawing(left: number, top: number, width: number, height: number): Uint8Array {
  const rgba = new Uint8Array(4 * WIDTH * WIDTH);
  for (let y = top; y < top + height; y++)
    for (let x = left; x < left + width; x++) rgba[4 * (y * WIDTH + x)] = 255;
  return rgba;
}

const extent = (picture: Float32Array) => {
  const inked = [...picture.keys()].filter((at) => picture[at] > 0.5);
  const [xs, ys] = [inked.map((at) => at % SIDE), inked.map((at) => Math.floor(at / SIDE))];
  return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
};

test("nothing stays nothing", () => {
  expect(centred(drawing(0, 0, 0, 0), WIDTH)).toEqual(new Float32Array(784));
});
test.each([
  [0, 0, 40, 100],
  [200, 150, 40, 100],
  [100, 20, 80, 200],
  [272, 260, 8, 20],
])("a bar at %i, %i of %i × %i becomes 8 × 20 in the middle", (left, top, width, height) => {
  expect(extent(centred(drawing(left, top, width, height), WIDTH))).toEqual([10, 17, 4, 23]);
});
test("a dot stays a dot in the middle", () => {
  const picture = centred(drawing(30, 30, 1, 1), WIDTH);
  expect([...picture].filter((ink) => ink > 0)).toEqual([1]);
  expect(extent(picture)).toEqual([13, 13, 13, 13]);
});
