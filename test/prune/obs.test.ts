import { describe, expect, test } from "vitest";
import { ArgumentRangeError } from "../../src/errors.js";
import { type SmallNetwork, type SmallSamples, smallNetwork } from "../../src/net/small-network.js";
import { deleteByObs, deleteOneByOne, inverseByRecursion, obsSaliencies } from "../../src/prune/obs.js";
import { Random } from "../harness/random.js";

const ALPHA = 1e-3;

function problem(seed = 1): { net: SmallNetwork; samples: SmallSamples } {
  const random = new Random(seed);
  const net = smallNetwork([4, 3, 2]);
  net.parameters.set(random.uniform(net.parameters.length));
  const targets = Float64Array.from(random.uniform(30 * 2, 0, 1));
  return { net, samples: { inputs: Float64Array.from(random.uniform(30 * 4)), targets } };
}

/** αI + Σ X Xᵀ / P */
function hessianOf(net: SmallNetwork, samples: SmallSamples): Float64Array {
  const d = net.parameters.length;
  const h = new Float64Array(d * d);
  for (let q = 0; q < d; q++) h[q * d + q] = ALPHA;
  for (const { trace } of net.traces(samples)) {
    for (const x of net.curvatureVectors(trace)) {
      for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) h[i * d + j] += (x[i] * x[j]) / net.count(samples);
    }
  }
  return h;
}

describe("the recursive inverse", () => {
  test.each(["squared-error", "cross-entropy"] as const)("is that of the damped Gauss–Newton Hessian: %s", (loss) => {
    const { samples } = problem();
    const net = smallNetwork([4, 3, 2], { loss });
    net.parameters.set(new Random(4).uniform(net.parameters.length));
    const d = net.parameters.length;
    const [h, inverse] = [hessianOf(net, samples), inverseByRecursion(net, samples, ALPHA)];
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += h[i * d + k] * inverse[k * d + j];
        expect(Math.abs(sum - Number(i === j))).toBeLessThan(1e-8);
        expect(Math.abs(inverse[i * d + j] - inverse[j * d + i])).toBeLessThan(1e-9);
      }
    }
  });

  test("does not depend on the order of the samples, and leaves out what is not there", () => {
    const { net, samples } = problem();
    net.mask[5] = net.parameters[5] = 0;
    const reversed = {
      inputs: Float64Array.from({ length: 120 }, (_, i) => samples.inputs[(29 - (i >> 2)) * 4 + (i & 3)]),
      targets: samples.targets,
    };
    const [one, other] = [samples, reversed].map((some) => inverseByRecursion(net, some, ALPHA));
    const scale = Math.max(...one);
    for (const [i, value] of one.entries()) expect(Math.abs(value - other[i])).toBeLessThan(1e-8 * scale);
    const d = net.parameters.length;
    for (let q = 0; q < d; q++) expect([one[5 * d + q], one[q * d + 5]]).toEqual([0, 0]);
  });
});

describe("deletions", () => {
  test("cost what is said, in any order, as removing all at once does", () => {
    const { net, samples } = problem();
    const d = net.parameters.length;
    const [h, w] = [hessianOf(net, samples), net.parameters.slice()];
    const costs: number[] = [];
    for (const gone of [[2, 7, 11, 16], [16, 2, 11, 7]]) {
      const { net: own } = problem();
      const inverse = inverseByRecursion(own, samples, ALPHA);
      let sum = 0;
      for (const q of gone) {
        sum += obsSaliencies(own, inverse)[q];
        deleteByObs(own, inverse, q);
        expect([own.parameters[q], own.mask[q]]).toEqual([0, 0]);
        for (let i = 0; i < d; i++) expect([inverse[q * d + i], inverse[i * d + q]]).toEqual([0, 0]);
        for (let i = 0; i < d; i++) if (own.mask[i]) expect(inverse[i * d + i]).toBeGreaterThan(0);
      }
      const move = own.parameters.map((value, i) => value - w[i]);
      let rise = 0;
      for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) rise += (move[i] * h[i * d + j] * move[j]) / 2;
      expect(sum).toBeCloseTo(rise, 10);
      // w_K = H_KK⁻¹ (H w)_K: the gradient of the quadratic loss by what is left is 0.
      for (let i = 0; i < d; i++) {
        if (!own.mask[i]) continue;
        const slope = move.reduce((total, value, j) => total + h[i * d + j] * value, 0);
        expect(Math.abs(slope)).toBeLessThan(1e-9);
      }
      costs.push(sum);
    }
    expect(costs[1]).toBeCloseTo(costs[0], 10);
  });

  test("no saliency is above OBD's", () => {
    const { net, samples } = problem();
    const d = net.parameters.length;
    const h = hessianOf(net, samples);
    const saliencies = obsSaliencies(net, inverseByRecursion(net, samples, ALPHA));
    saliencies.forEach((value, q) => {
      expect(value).toBeLessThanOrEqual((net.parameters[q] ** 2 * h[q * d + q]) / 2 + 1e-12);
    });
  });

  test.each(["obs", "obd", "magnitude"] as const)("go one by one, the least salient first: %s", async (rule) => {
    const { net, samples } = problem();
    const saliencies =
      rule === "obs"
        ? obsSaliencies(net, inverseByRecursion(net, samples, 1e-4))
        : net.parameters.map((w, q) => w ** 2 * (rule === "obd" ? net.curvature(samples, "gauss-newton")[q] : 1));
    const trained: number[] = [];
    const gone = await deleteOneByOne(net, samples, {
      rule,
      retrain: ({ kept }) => void trained.push(kept),
      look: ({ kept }) => kept > 18,
    });
    expect(gone.length).toBe(5);
    expect(gone[0]).toBe(saliencies.indexOf(Math.min(...saliencies)));
    expect(trained).toEqual([22, 21, 20, 19, 18]);
    for (const q of gone) expect([net.mask[q], net.parameters[q]]).toEqual([0, 0]);
  });

  test("stop when they are told to", async () => {
    const { net, samples } = problem();
    const reason = new Error("enough");
    const options = { rule: "obs", look: () => true, signal: AbortSignal.abort(reason) } as const;
    await expect(deleteOneByOne(net, samples, options)).rejects.toBe(reason);
    expect(net.kept).toBe(23);
  });
});

test("says what is wrong", () => {
  const { net, samples } = problem();
  expect(() => inverseByRecursion(net, samples, 0)).toThrow(ArgumentRangeError);
  const large = smallNetwork([64, 64, 1]);
  const one = { inputs: new Float64Array(64), targets: new Float64Array(1) };
  expect(() => inverseByRecursion(large, one, 1)).toThrow('"net" expected at most 4096 parameters, got 4225');
});
