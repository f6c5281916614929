import { describe, expect, test } from "vitest";
import {
  f32_obs_pack as packReference,
  f32_obs_sweep as sweepReference,
} from "../../src/reference/prune/obs-sweep.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";

const BLOCK = 32;
const STRIP = 8;
const padded = (n: number) => (n + 7) & ~7;
const packedLength = (n: number) => (padded(n) * (padded(n) + 8)) / 2;
const scratchFor = (n: number, unit: number) =>
  new Uint8Array(2 * padded(n) * (padded(n) + 8) + (148 + 4 * unit) * padded(n) + 16640);

/** A symmetric positive definite matrix, I + AAᵀ/n, and its diagonal's inverse: of what is left when alone. */
function spd(random: Random, n: number): Float64Array {
  const a = random.uniform(n * n);
  const h = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = i === j ? 0.3 : 0;
      for (let k = 0; k < n; k++) sum += (a[i * n + k] * a[j * n + k]) / n;
      h[i * n + j] = sum;
    }
  }
  return h;
}

interface Shape {
  n: number;
  unit?: number;
  group?: number;
  quota?: number;
}

function sweepArguments(random: Random, { n, unit = 1, group = 0, quota = 0 }: Shape): Argument[] {
  const inverse = spd(random, n);
  const packed = new Float32Array(packedLength(n));
  packReference(n, inverse, n, packed);
  const count = group ? (n / group) * quota : n / unit;
  return [
    ...[n, packed, new Float32Array(n).fill(1e6), random.uniform(n), unit, group, quota],
    ...[new Uint32Array(count).fill(77), new Float32Array(count).fill(Number.NaN), scratchFor(n, unit)],
  ];
}

kernelTest("f32_obs_pack", packReference, {
  *cases(random) {
    for (const n of edges(STRIP)) {
      for (const pad of [0, 3]) {
        const ldh = n + pad;
        const h = Float64Array.from(random.uniform(n * ldh));
        yield [n, h, ldh, new Float32Array(packedLength(n)).fill(Number.NaN)];
      }
    }
  },
  output: 3,
  traps: { "ldh < n": [9, new Float64Array(81), 8, new Float32Array(packedLength(9))] },
});

kernelTest("f32_obs_sweep", sweepReference, {
  *cases(random) {
    const sizes = [...edges(STRIP), ...edges(BLOCK), 2 * BLOCK, 77];
    for (const n of sizes) yield sweepArguments(random, { n });
    for (const unit of [2, 4, 7]) {
      for (const runs of [0, 1, 5, 19]) yield sweepArguments(random, { n: runs * unit, unit });
    }
    for (const [group, quota] of [
      [4, 2],
      [4, 0],
      [8, 5],
      [3, 3],
      [1, 1],
    ])
      for (const groups of [0, 1, 9, 21])
        yield sweepArguments(random, { n: groups * group, group, quota });
  },
  output: [7, 8],
  scratch: [9],
  returns: true,
  // Each loss comes out of as many roundings as eliminations went before it; the order must be the same.
  terms: ([n]) => 4 * (n as number) + 8,
  magnitude: (args, output) => {
    const values = (args[output] as Float32Array | Uint32Array).length;
    if (output === 7) return new Float32Array(values);
    sweepReference(...(args as unknown as Parameters<typeof sweepReference>));
    return (args[8] as Float32Array).map((loss) => 16 * loss + 1e-6);
  },
  special: {
    "weights that are 0 go first, at no cost": (random) => {
      const all = sweepArguments(random, { n: 21 });
      for (const i of [3, 4]) (all[3] as Float32Array)[i] = 0;
      return all;
    },
    "equal weights go in the order of their columns where the Hessian is a multiple of the identity": () => {
      const n = 4;
      const packed = new Float32Array(packedLength(n));
      packReference(n, Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) ? 0 : 2)), n, packed);
      const weights = new Float32Array([3, 1, 2, 4]);
      const outputs = [new Uint32Array(n), new Float32Array(n), scratchFor(n, 1)];
      return [n, packed, new Float32Array(n).fill(0.5), weights, 1, 0, 0, ...outputs];
    },
    "the diagonal of the inverse does not fall below that of a weight alone": (random) => {
      const all = sweepArguments(random, { n: 12 });
      (all[2] as Float32Array).fill(4);
      return all;
    },
  },
  traps: {
    "runs that do not fit": sweepArguments(new Random(1), { n: 9 }).with(4, 2),
    "groups that do not fit": sweepArguments(new Random(1), { n: 9 }).with(5, 4),
    "a run of 65": sweepArguments(new Random(1), { n: 65 }).with(4, 65),
  },
});

describe("its twin", () => {
  test("ends with the loss of closed-form joint removal, in any number of steps", () => {
    const n = 6;
    const random = new Random(3);
    const args = sweepArguments(random, { n });
    sweepReference(...(args as unknown as Parameters<typeof sweepReference>));
    const [order, losses, packed, weights] = [7, 8, 1, 3].map((i) => args[i] as Float32Array);
    const entry = (i: number, j: number) => packed[8 * Math.max(i, j) + Math.min(i, j)];
    for (let steps = 1; steps <= n; steps++) {
      const gone = [...order.subarray(0, steps)];
      // ½ w_S ([H⁻¹]_SS)⁻¹ w_S by elimination, S in the order of the columns.
      const a = gone
        .sort((x, y) => x - y)
        .map((i) => [...[...gone].sort((x, y) => x - y).map((j) => entry(i, j)), weights[i]]);
      let joint = 0;
      for (let k = 0; k < steps; k++) {
        joint += a[k][steps] ** 2 / a[k][k] / 2;
        for (let i = k + 1; i < steps; i++) {
          const factor = a[i][k] / a[k][k];
          for (let j = k; j <= steps; j++) a[i][j] -= factor * a[k][j];
        }
      }
      const sum = losses.subarray(0, steps).reduce((total, loss) => total + loss, 0);
      expect(Math.abs(sum - joint)).toBeLessThan(1e-5 * joint);
    }
  });
});
