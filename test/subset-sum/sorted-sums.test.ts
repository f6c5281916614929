import { i32_sorted_sums as reference } from "../../src/reference/subset-sum/sorted-sums.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";

function lists(random: Random, h: number, most: number) {
  const values = () => Int32Array.from({ length: h }, () => random.below(most));
  const words = 2 * (2 ** h + 8);
  return [h, values(), values(), new Int32Array(words), new Int32Array(2 * words)];
}

kernelTest("i32_sorted_sums", reference, {
  *cases(random) {
    for (let h = 2; h <= 9; h++) {
      for (const most of [2 ** 24, 5, 1]) yield lists(random, h, most);
    }
    yield lists(random, 12, 2 ** 24);
  },
  output: 3,
  scratch: [4],
  traps: {
    "h = 1": lists({ below: () => 1 } as unknown as Random, 1, 9),
    "h = 13": lists({ below: () => 1 } as unknown as Random, 13, 9),
  },
});
