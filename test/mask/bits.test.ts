import { u32_mask_and, u32_mask_count } from "../../src/reference/mask/bits.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";

const u32 = (n: number) => new Uint32Array(n).fill(7);
const ones = (n: number) => new Uint32Array(n).fill(0xffffffff);

kernelTest("u32_mask_and", u32_mask_and, {
  *cases(random) {
    for (const n of [...edges(4), 257]) yield [n, random.bits(n), random.bits(n), u32(n)];
  },
  output: 3,
  traps: { "out not aligned": [1, u32(1), u32(1), 2] },
});

kernelTest("u32_mask_count", u32_mask_count, {
  *cases(random) {
    for (const n of [...edges(4), 257]) yield [n, random.bits(n)];
  },
  output: [],
  returns: true,
  special: {
    "no bit": () => [9, new Uint32Array(9)],
    "every bit": () => [2053, ones(2053)],
  },
  traps: { "a not aligned": [1, 2] },
});
