import {
  f32_pack_1of4, f32_pack_2of4, f32_pack_4of8, f32_scatter_1of4, f32_scatter_2of4, f32_scatter_4of8,
} from "../../src/reference/sparse/n-of-m-pack.js";
import { nOfM } from "../../test/sparse/structures.js";
import { kernelBench } from "../harness.js";
import { mask } from "./structures.js";

const twins = {
  f32_pack_1of4, f32_pack_2of4, f32_pack_4of8, f32_scatter_1of4, f32_scatter_2of4, f32_scatter_4of8,
};

const sizes: [number, number][] = [[16, 64], [300, 784]]; // outputs, inputs
const bytes = (m: number, n: number) => 6 * m * n;
const flops = () => 0;

for (const [kind, slots, group] of [["1of4", 1, 4], ["2of4", 2, 4], ["4of8", 4, 8]] as const) {
  const Codes = group === 4 ? Uint8Array : Uint16Array;
  const lengthOf = (m: number, n: number) => Math.ceil(m / 4) * Math.ceil(n / group) * slots;

  kernelBench(`f32_pack_${kind}`, {
    sizes,
    arguments: (random, m, n) => {
      const [length, bits] = [lengthOf(m, n), mask(random, m, n, 70)];
      const [codes, values] = [new Codes(length), new Float32Array(4 * length)];
      return [m, n, random.uniform(m * n), n, bits, Math.ceil(n / 32), codes, values];
    },
    flops,
    bytes,
    opponents: { reference: twins[`f32_pack_${kind}`] },
  });

  kernelBench(`f32_scatter_${kind}`, {
    sizes,
    arguments: (random, m, n) => {
      const { codes, values } = nOfM(random, m, n, slots, group);
      return [m, n, codes, values, new Float32Array(m * n), n];
    },
    flops,
    bytes,
    opponents: { reference: twins[`f32_scatter_${kind}`] },
  });
}
