import { f32_sparsegpt_block as reference } from "../../src/reference/prune/sparsegpt-block.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";

const GUARD = 7;

/** A mask that is given when `group` is 0, else one with a few weights pruned already. */
function blockArguments(random: Random, m: number, n: number, group = 0, quota = 0, pad = 0): Argument[] {
  const [ldw, ldu, ldm] = [n + pad, n + 2 * pad, Math.ceil(n / 32) + (pad ? 1 : 0)];
  const u = random.uniform(n * ldu, -1 / Math.max(n, 1), 1 / Math.max(n, 1));
  // What stands below the diagonal is never read.
  for (let i = 0; i < n; i++) u.fill(Number.NaN, i * ldu, i * ldu + i);
  for (let i = 0; i < n; i++) u[i * ldu + i] = 0.5 + Math.abs(random.uniform(1)[0]);
  const mask = random.bits(m * ldm).map((word) => (group ? word | random.u32() | random.u32() : word));
  const errors = new Float32Array(4 * Math.ceil(m / 4) * n + GUARD).fill(GUARD);
  const losses = Float64Array.from(random.uniform(m, 0, 1));
  const words = 2 * n + Math.ceil(n / 32) + Math.max(8, group) + 2;
  const scratch = new Uint8Array(128 * words + 16 * group).fill(0xff);
  return [m, n, random.uniform(m * ldw), ldw, u, ldu, mask, ldm, group, quota, errors, losses, scratch];
}

type Twin = Parameters<typeof reference>;

/** The same sweep on the same final mask with all terms of one sign; the mask itself is to be exact. */
function magnitude(args: Argument[], output: number): Float32Array | Float64Array {
  const copied = () => args.map((arg) => (ArrayBuffer.isView(arg) ? (arg as Float32Array).slice() : arg));
  const done = copied() as unknown as Twin;
  reference(...done);
  const all = copied() as unknown as Twin;
  const isDiagonal = (at: number) => Math.floor(at / all[5]) === at % all[5];
  all[2] = all[2].map(Math.abs);
  all[4] = all[4].map((value, at) => (isDiagonal(at) ? value : -Math.abs(value)));
  all[6] = done[6];
  all[8] = 0;
  reference(...all);
  if (output === 6) return new Float64Array(all[6].length);
  return (all[output] as Float32Array).map(Math.abs);
}

kernelTest("f32_sparsegpt_block", reference, {
  *cases(random) {
    for (const m of [...edges(4), ...edges(32)]) {
      for (const n of [...edges(8), ...edges(32)]) {
        yield blockArguments(random, m, n, 0, 0, n % 2 === 0 ? 3 : 0);
      }
    }
    for (const [group, quota] of [
      [1, 0],
      [1, 1],
      [3, 1],
      [4, 0],
      [4, 2],
      [4, 4],
      [8, 3],
      [12, 5],
      [16, 15],
      [33, 20],
    ]) {
      for (const m of [1, 4, 33]) {
        const pad = m === 4 ? 1 : 0;
        for (const groups of [0, 1, 2, 11]) yield blockArguments(random, m, group * groups, group, quota, pad);
      }
    }
    yield blockArguments(random, 40, 128);
  },
  output: [2, 6, 10, 11],
  scratch: [12],
  terms: ([, n]) => 4 * (n as number) + 8,
  magnitude,
  special: {
    "among equal scores the lower column goes first": (random) => {
      const all = blockArguments(random, 5, 16, 8, 5);
      (all[2] as Float32Array).fill(1);
      (all[4] as Float32Array).fill(0);
      for (let i = 0; i < 16; i++) (all[4] as Float32Array)[i * 17] = 1;
      return all;
    },
    "a group with more pruned than wanted stays as it is": (random) => {
      const all = blockArguments(random, 6, 8, 4, 1);
      (all[6] as Uint32Array).set([0b10001000, 0, 0xff, 0b1111, 0b01000110, 0b1]);
      return all;
    },
    "infinite scores are chosen last": (random) => {
      const all = blockArguments(random, 4, 4, 4, 3);
      (all[2] as Float32Array).set([1e30, 1e31, 1, 2, 1e35, 1e34, 1e33, 1e32]);
      return all;
    },
    "NaN stays in its row": (random) => {
      const all = blockArguments(random, 6, 9);
      (all[2] as Float32Array)[20] = Number.NaN;
      (all[6] as Uint32Array).fill(0b101010101);
      return all;
    },
  },
  traps: {
    "ldw < n": blockArguments(new Random(1), 2, 9).with(3, 8),
    "ldu < n": blockArguments(new Random(1), 2, 9).with(5, 8),
    "ldm too small": blockArguments(new Random(1), 2, 33).with(7, 1),
    "groups that do not fit": blockArguments(new Random(1), 2, 9).with(8, 4),
    "more to prune than there is": blockArguments(new Random(1), 2, 8, 4, 2).with(9, 5),
  },
});
