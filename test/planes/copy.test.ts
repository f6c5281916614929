import { f32_planes_copy, f32_planes_fill } from "../../src/reference/planes/copy.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";

const nan = (count: number) => new Float32Array(count).fill(NaN);

/** Steps of a shape whose axes lie in an order of memory; `gap` floats behind each run of the fastest but one. */
function steps(shape: readonly number[], order: readonly number[], gap: number): number[] {
  const result = [0, 0, 0, 0];
  let step = 4;
  [...order].reverse().forEach((axis, at) => {
    result[axis] = step;
    step *= shape[axis];
    if (at === 0) step += 4 * gap;
  });
  return result;
}
const lengthOf = (shape: readonly number[], own: readonly number[]) =>
  shape.includes(0) ? 0 : shape.reduce((at, size, axis) => at + ((size - 1) * own[axis]) / 4, 1);

function copied(random: Random, shape: number[], xOrder: number[], yOrder: number[], gap: number): Argument[] {
  const [x, y] = [steps(shape, xOrder, gap), steps(shape, yOrder, gap)];
  return [...shape, random.uniform(lengthOf(shape, x)), ...x, nan(lengthOf(shape, y)), ...y];
}

const ORDERS = [[0, 1, 2, 3], [0, 1, 3, 2], [3, 2, 1, 0], [2, 0, 3, 1]];
const SHAPES = [[1, 1, 1, 1], [2, 1, 3, 4], [1, 2, 4, 5], [2, 3, 5, 3], [1, 1, 9, 17], [1, 2, 8, 8], [1, 1, 2, 70]];

kernelTest("f32_planes_copy", f32_planes_copy, {
  *cases(random) {
    for (const shape of SHAPES)
      for (const from of ORDERS)
        for (const to of ORDERS) for (const gap of [0, 2]) yield copied(random, shape, from, to, gap);
    for (let axis = 0; axis < 4; axis++) {
      const shape = [2, 2, 4, 4].with(axis, 0);
      yield copied(random, shape, ORDERS[0], ORDERS[1], 0);
    }
    // What repeats: a number along the last axis, a row along the one before.
    yield [1, 1, 3, 9, random.uniform(3), 0, 0, 4, 0, nan(27), 0, 0, 36, 4];
    yield [1, 1, 3, 9, random.uniform(9), 0, 0, 0, 4, nan(27), 0, 0, 36, 4];
  },
  output: 9,
  special: {
    "NaN keeps its bits": () => {
      const x = new Float32Array(Uint32Array.of(0x7fc00001, 0xffc12345, 0x7f800000, 0x80000000, 1).buffer);
      return [1, 1, 1, 5, x, 0, 0, 0, 4, nan(5), 0, 0, 0, 4];
    },
  },
  traps: { "a step not aligned": [1, 1, 1, 1, nan(1), 0, 0, 0, 2, nan(1), 0, 0, 0, 4] },
});

kernelTest("f32_planes_fill", f32_planes_fill, {
  *cases(random) {
    for (const rows of [0, 1, 3])
      for (const n of [0, 1, 3, 4, 5, 9]) yield [rows, n, random.uniform(rows * (n + 2)), 4 * (n + 2), 0.5];
  },
  output: 2,
  special: { "with infinities": () => [1, 6, nan(6), 24, -Infinity] },
  traps: { "rows not aligned": [1, 1, nan(1), 2, 0] },
});
