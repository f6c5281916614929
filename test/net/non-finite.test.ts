/** A pruned weight adds nothing, whatever its input: the same in every kernel, format and batch. */
import { describe, expect, test } from "vitest";
import type { KernelChoice } from "../../src/net/cost.js";
import { conv, dense, type NetworkDescription } from "../../src/net/description.js";
import { linear } from "../../src/net/linear.js";
import { network } from "../../src/net/network.js";
import { open } from "../../src/open.js";
import { FORMATS } from "../../src/sparse/index.js";
import { Random } from "../harness/random.js";
import { patternBits } from "../sparse/patterns.js";

const SPECIAL = [Infinity, -Infinity, Number.NaN];
const IMAGES: NetworkDescription = {
  input: [2, 3, 3],
  layers: [conv(4, { kernel: 1, padding: 0 }), dense(3)],
};
const cores = await Promise.all((["simd", "relaxed"] as const).map((variant) => open({ variant })));

/** An output of a layer with small whole numbers, so that finite sums are exact in any order. */
function outputOf(
  x: Float32Array,
  weights: Float32Array,
  bits: Uint8Array,
  bias: number,
  relu: boolean,
): number {
  let sum = bias;
  for (const [j, value] of x.entries()) if (bits[j]) sum += weights[j] * value;
  return relu && sum < 0 ? 0 : sum;
}

describe.each(cores.map((core) => [core.variant, core] as const))("%s", (_, core) => {
  test.each(FORMATS.map(({ name }) => name))("the pattern %s, in its kernel and densely", (name) => {
    const random = new Random(71);
    const [outputs, inputs] = [12, 24];
    let special = 0;
    for (const relu of [false, true]) {
      const bits = patternBits(random, name, outputs, inputs, 0.5);
      const weights = Float32Array.from(bits, () => random.below(9) - 4);
      const bias = Float32Array.from({ length: outputs }, () => random.below(5));
      for (const batch of [1, 2, 3, 4, 5, 31, 32, 33, 70]) {
        const x = Float32Array.from({ length: batch * inputs }, () =>
          random.below(40) ? random.below(9) - 4 : SPECIAL[random.below(3)],
        );
        const want = Float32Array.from({ length: batch * outputs }, (_value, at) => {
          const [s, i] = [Math.floor(at / outputs), at % outputs];
          const row = [i * inputs, (i + 1) * inputs];
          const sample = x.subarray(s * inputs, (s + 1) * inputs);
          return outputOf(sample, weights.subarray(...row), bits.subarray(...row), bias[i], relu);
        });
        special += want.filter((value) => !Number.isFinite(value)).length;
        for (const kernel of ["dense", "csr", name] as KernelChoice[]) {
          core.scoped(() => {
            const mask = core.mask(outputs, inputs, bits);
            const layer = linear(core, weights, { inputs, outputs, bias, mask, relu, kernel });
            expect(layer.forward(x), `${kernel}, batch ${batch}`).toEqual(want);
            expect(layer.forward(x, new Float32Array(want.length))).toEqual(want);
            expect(layer.kernelFor(batch)).toBe(kernel);
          });
        }
      }
    }
    expect(special).toBeGreaterThan(20);
  });

  test.each<[string, number[] | NetworkDescription, (at: number) => boolean]>([
    ["fully connected layers: an input", [18, 8, 3], (at) => at % 18 === 4],
    ["a convolution: a channel", IMAGES, (at) => at % 18 >= 9],
  ])("%s that no kept weight reads changes nothing", (_name, description, isUnread) => {
    const random = new Random(73);
    for (const kernel of ["dense", "csr"] as const) {
      const net = network(core, description, { seed: 3 });
      const [first] = net.layers;
      const bits = Uint8Array.from({ length: first.outputs * first.inputs }, (_value, at) =>
        Number(!isUnread(first.inputs === 2 ? 9 * (at % 2) : at % first.inputs)),
      );
      first.setMask(core.mask(first.outputs, first.inputs, bits), kernel);
      for (const batch of [1, 6]) {
        const x = random.uniform(18 * batch);
        const plain = net.forward(x);
        for (const value of SPECIAL) {
          const got = net.forward(x.map((one, at) => (isUnread(at) ? value : one)));
          got.forEach((one, at) => void expect(one).toBeCloseTo(plain[at], 5));
        }
        // A sample beside others that overflow keeps its bits.
        const beside = new Float32Array(18 * 6).fill(Infinity);
        beside.set(x.subarray(0, 18));
        const alone = new Float32Array(18 * 6);
        alone.set(x.subarray(0, 18));
        expect(net.forward(beside).subarray(0, 3)).toEqual(net.forward(alone).subarray(0, 3));
      }
    }
  });
});
